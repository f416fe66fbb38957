import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { AppError } from '../domain/errors.ts';
import { directoryFileSchema, ruleFileSchema } from '../domain/rule-file.ts';
import { type CliIo, writeJson } from './io.ts';

/** The files that editors read: made of the schemas that the loader checks with, so the two cannot differ. */
const FILES = {
  'rule.schema.json': { schema: ruleFileSchema, title: 'A rule of Vigia' },
  'directory.schema.json': { schema: directoryFileSchema, title: 'The directory of names of Vigia' },
} as const;

export function registerSchema(program: Command, io: CliIo): void {
  program
    .command('schema')
    .description(
      'Writes rule.schema.json and directory.schema.json into a folder of rules. A file that names one as its "$schema"\n' +
        'gets completion and help in editors.',
    )
    .argument('[dir]', 'folder of rules (default: RULES_DIR, or ./rules)')
    .option('--check', 'write nothing; exit with 2 when a file is missing or not up to date')
    .option('--json', 'print the result as JSON')
    .action(async (dir: string | undefined, { check = false, json = false }: { check?: boolean; json?: boolean }) => {
      const folder = resolve(io.cwd, dir ?? io.env['RULES_DIR'] ?? 'rules');
      const stale = await findStale(folder);
      if (!check) for (const name of stale) await write(join(folder, name), toText(name));
      if (check && stale.length > 0) io.exitCode = 2;
      if (json) writeJson(io, { folder, [check ? 'stale' : 'written']: stale });
      else io.stdout.write(describe(stale, check));
    });
}

type FileName = keyof typeof FILES;

async function findStale(folder: string): Promise<FileName[]> {
  const stale: FileName[] = [];
  for (const name of Object.keys(FILES) as FileName[]) {
    const present = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (present !== toText(name)) stale.push(name);
  }
  return stale;
}

function toText(name: FileName): string {
  const { schema, title } = FILES[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', reused: 'inline', cycles: 'ref' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new AppError('not_found', `${path} cannot be written (${(error as NodeJS.ErrnoException).code})`, {
      remedy: 'Name a folder that exists and that this user may write to.',
      cause: error,
    });
  }
}

function describe(names: readonly string[], check: boolean): string {
  if (names.length === 0) return 'The schemas are up to date.\n';
  return check ? `Not up to date: ${names.join(', ')}. Run "vigia schema".\n` : `Written: ${names.join(', ')}\n`;
}
