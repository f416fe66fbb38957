import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../domain/errors.ts';
import { type CliIo, writeJson } from './io.ts';
import { SCHEMA_FILES, type SchemaFileName, toSchemaText } from './rule-json-schemas.ts';

export function registerSchema(program: Command, io: CliIo): void {
  program
    .command('schema')
    .description(
      `Writes ${SCHEMA_FILES.join(', ')} into a folder of rules.\n` +
        'A file that names one of them as its "$schema" gets completion and help in editors.',
    )
    .argument('[dir]', 'folder of rules (default: RULES_DIR, or ./rules)')
    .option('--check', 'write nothing; exit with 2 when a file is missing or not up to date')
    .option('--json', 'print the result as JSON')
    .action(async (dir: string | undefined, { check = false, json = false }: { check?: boolean; json?: boolean }) => {
      const folder = resolve(io.cwd, dir ?? io.env['RULES_DIR'] ?? 'rules');
      const stale = await findStale(folder);
      if (!check) for (const name of stale) await write(join(folder, name), toSchemaText(name));
      if (check && stale.length > 0) io.exitCode = 2;
      if (json) writeJson(io, { folder, [check ? 'stale' : 'written']: stale });
      else io.stdout.write(describe(stale, check));
    });
}

async function findStale(folder: string): Promise<SchemaFileName[]> {
  const stale: SchemaFileName[] = [];
  for (const name of SCHEMA_FILES) {
    const present = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (present !== toSchemaText(name)) stale.push(name);
  }
  return stale;
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
