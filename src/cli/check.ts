import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { AppError } from '../domain/errors.ts';
import { checkFolder } from '../engine/check/check-folder.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { findUnconnected } from './check/find-unconnected.ts';
import { formatGithub } from './check/format-github.ts';
import { formatSarif } from './check/format-sarif.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { formatReport } from './reporters/check-reporter.ts';
import { createStyle } from './style.ts';

const FORMATS = ['pretty', 'json', 'sarif', 'github'] as const;

export interface CheckOptions {
  /** How the result is printed; default pretty. */
  format?: (typeof FORMATS)[number];
  /** The same as the format json. */
  json?: boolean;
  /** Warnings fail the check, too. */
  strict?: boolean;
  /** False leaves out what depends on the environment. */
  environment?: boolean;
}

export function registerCheck(program: Command, io: CliIo): void {
  program
    .command('check')
    .description(
      'Checks a folder of rules as the server would load it, and what the rules come to beside each other: every fault\n' +
        'with its file, line and column, and what to do. docs/check.md explains each warning.\n' +
        'Exits with 0 when the rules can be loaded (warnings do not matter), with 2 when they cannot.',
    )
    .argument('[dir]', 'folder with the *.rule.json files (default: RULES_DIR, or ./rules)')
    .addOption(new Option('--format <name>', 'how the result is printed').choices(FORMATS).default('pretty'))
    .addOption(new Option('--json', 'print the result as JSON').conflicts('format'))
    .option('--strict', 'exit with 2 on warnings, too')
    .option('--no-environment', 'say nothing of destinations that this environment has no credentials for')
    .action(async (dir: string | undefined, options: CheckOptions) => {
      io.exitCode = await runCheck(dir ?? io.env['RULES_DIR'] ?? 'rules', options, io);
    });
}

/**
 * Checks a folder and prints what was found to stdout.
 * @returns 0 when the rules can be loaded, 2 when they have errors
 * @throws AppError not_found when there is no such folder, or no rule in it
 */
export async function runCheck(dir: string, options: CheckOptions, io: CliIo): Promise<ExitCode> {
  const files = await readRulesDir(resolve(io.cwd, dir));
  const ruleCount = [...files.keys()].filter((name) => name.endsWith('.rule.json')).length;
  if (ruleCount === 0) {
    throw new AppError('not_found', `there is no rule in ${dir}`, {
      remedy: 'A rule is a file <id>.rule.json in the folder itself. Is it the right folder?',
    });
  }
  const checked = checkFolder(files, options.environment === false ? [] : findUnconnected(io.env));
  const faults = checked.ok ? checked.warnings : checked.faults;
  const hash = checked.ok ? { hash: checked.ruleset.hash } : {};
  const shown = relative(io.cwd, resolve(io.cwd, dir)) || '.';
  switch (options.json === true ? 'json' : options.format) {
    case 'json':
      writeJson(io, { ok: checked.ok, rules: ruleCount, ...hash, faults });
      break;
    case 'sarif':
      writeJson(io, formatSarif(faults, shown));
      break;
    case 'github':
      io.stdout.write(formatGithub(faults, shown));
      break;
    default:
      io.stdout.write(formatReport({ dir: shown, files, faults, ruleCount, ...hash }, createStyle(io, io.stdout)));
  }
  return checked.ok && (options.strict !== true || faults.length === 0) ? 0 : 2;
}
