import { createInterface } from 'node:readline/promises';
import { Readable, Writable } from 'node:stream';
import { AppError } from '../../domain/errors.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import type { CliIo } from '../io.ts';
import { createStyle } from '../style.ts';
import { type Answers, QUESTIONS } from './questions.ts';

/**
 * Asks what is not known yet, one line each, again while an answer is no good. An empty line takes what stands in
 * brackets.
 * @throws AppError bad_request when it is broken off (Ctrl+C, Ctrl+D)
 */
export async function ask(given: Answers, ruleset: Ruleset, io: CliIo): Promise<Answers> {
  const style = createStyle(io, io.stdout);
  const input = io.stdin instanceof Readable ? io.stdin : Readable.from(io.stdin);
  const lines = createInterface({ input, output: toWritable(io), terminal: io.stdout instanceof Writable });
  lines.on('SIGINT', () => lines.close());
  const typed = lines[Symbol.asyncIterator]();
  const answers: Answers = { ...given };
  try {
    for (const { name, text, applies, otherwise, fault } of QUESTIONS) {
      if (answers[name] !== undefined || !applies(answers, ruleset)) continue;
      const usual = otherwise(answers);
      lines.setPrompt(`${style('bold', text)}${usual === undefined ? '' : ` [${usual}]`} `);
      for (let answered = false; !answered; ) {
        lines.prompt();
        const { value, done } = await typed.next();
        if (done === true) throw brokenOff();
        const answer = value.trim() || (usual ?? '');
        const wrong = answer === '' ? 'An answer is needed here.' : fault(answer, ruleset);
        answered = wrong === undefined;
        if (wrong === undefined) answers[name] = answer;
        else io.stdout.write(`  ${style('yellow', wrong)}\n`);
      }
    }
    return answers;
  } finally {
    lines.close();
  }
}

function brokenOff(): AppError {
  return new AppError('bad_request', 'broken off: nothing was written', {
    remedy: 'Call it again, or give all answers as options: vigia new --help.',
  });
}

function toWritable({ stdout }: CliIo): NodeJS.WritableStream {
  if (stdout instanceof Writable) return stdout;
  return new Writable({
    write(chunk, _, callback) {
      stdout.write(String(chunk));
      callback();
    },
  });
}
