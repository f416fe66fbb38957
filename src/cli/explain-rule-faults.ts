import { AppError } from '../domain/errors.ts';
import type { RuleFault } from '../domain/rule.ts';
import type { CliIo } from './io.ts';
import { createStyle } from './style.ts';

/** Runs something that loads rules; when they are faulty, prints each fault with its place before the error goes on. */
export async function explainRuleFaults<T>(io: CliIo, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'rules_invalid' && Array.isArray(error.cause)) {
      const style = createStyle(io, io.stderr);
      // Guarantee: openRules puts the faults there.
      for (const { file, line, column, message, remedy } of error.cause as RuleFault[]) {
        io.stderr.write(`${style('bold', `${file}:${line}:${column}`)} ${message}\n  ${remedy}\n`);
      }
    }
    throw error;
  }
}
