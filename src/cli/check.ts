import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../domain/errors.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { formatReport } from './reporters/check-reporter.ts';
import { createStyle } from './style.ts';

export interface CheckOptions {
  /** Print the result for a program. */
  json?: boolean;
}

export function registerCheck(program: Command, io: CliIo): void {
  program
    .command('check')
    .description(
      'Checks a folder of rules as the server would load it: every fault with its file, line and column, and what to do.\n' +
        'Exits with 0 when the rules can be loaded (warnings do not matter), with 2 when they cannot.',
    )
    .argument('[dir]', 'folder with the *.rule.json files (default: RULES_DIR, or ./rules)')
    .option('--json', 'print the result as JSON')
    .action(async (dir: string | undefined, options: CheckOptions) => {
      io.exitCode = await runCheck(dir ?? io.env['RULES_DIR'] ?? 'rules', options, io);
    });
}

/**
 * Checks a folder and prints what was found to stdout.
 * @returns 0 when the rules can be loaded, 2 when they have errors
 * @throws AppError not_found when there is no such folder, or no rule in it
 */
export async function runCheck(dir: string, { json = false }: CheckOptions, io: CliIo): Promise<ExitCode> {
  const files = await readRulesDir(resolve(io.cwd, dir));
  const ruleCount = [...files.keys()].filter((name) => name.endsWith('.rule.json')).length;
  if (ruleCount === 0) {
    throw new AppError('not_found', `there is no rule in ${dir}`, {
      remedy: 'A rule is a file <id>.rule.json in the folder itself. Is it the right folder?',
    });
  }
  const loaded = loadRuleset(files);
  const faults = loaded.ok ? loaded.warnings : loaded.faults;
  const hash = loaded.ok ? { hash: loaded.ruleset.hash } : {};
  if (json) writeJson(io, { ok: loaded.ok, rules: ruleCount, ...hash, faults });
  else {
    const shown = relative(io.cwd, resolve(io.cwd, dir)) || '.';
    io.stdout.write(formatReport({ dir: shown, files, faults, ruleCount, ...hash }, createStyle(io, io.stdout)));
  }
  return loaded.ok ? 0 : 2;
}
