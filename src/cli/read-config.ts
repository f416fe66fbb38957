import { resolve } from 'node:path';
import { type Config, parseConfig } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import type { CliIo } from './io.ts';
import { createStyle } from './style.ts';

/**
 * The configuration of the environment, its folders taken from the working directory. Every fault is printed with its
 * remedy, all at once.
 * @param warn whether warnings are printed too: they are about running a server
 * @throws AppError config_invalid
 */
export function readConfig(io: CliIo, { warn = true }: { warn?: boolean } = {}): Config {
  const style = createStyle(io, io.stderr);
  const parsed = parseConfig(io.env);
  for (const { message, remedy } of warn ? parsed.warnings : [])
    io.stderr.write(`${style('yellow', 'warning:')} ${message}\n  ${remedy}\n`);
  if (parsed.ok) return inFolder(parsed.config, io.cwd);
  for (const { message, remedy } of parsed.faults)
    io.stderr.write(`${style('red', 'fault:')} ${message}\n  ${remedy}\n`);
  const count = parsed.faults.length === 1 ? 'a fault' : `${parsed.faults.length} faults`;
  throw new AppError('config_invalid', `the environment has ${count}`, {
    remedy: 'Mend what is named above; .env.example explains each variable.',
  });
}

/** The same configuration with absolute folders. */
export function inFolder(config: Config, cwd: string): Config {
  const { database } = config;
  return {
    ...config,
    rulesDir: resolve(cwd, config.rulesDir),
    database: database.kind === 'pglite' ? { ...database, dataDir: resolve(cwd, database.dataDir) } : database,
  };
}
