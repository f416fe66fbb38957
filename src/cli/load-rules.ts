import { relative, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { type CliIo, writeJson } from './io.ts';
import { formatFaults } from './reporters/test-reporter.ts';
import { createStyle } from './style.ts';

/** A folder of rules that a command is about. */
export interface RulesFolder {
  /** As people call it from where they are. */
  dir: string;
  files: ReadonlyMap<string, string>;
  /** With one rule at least. */
  ruleset: Ruleset;
}

/**
 * The rules of a folder (by default RULES_DIR, or ./rules), or their faults, told.
 * @param left what was not done because of them, for people: "nothing was tuned"
 * @returns undefined when they cannot be loaded: the command ends with 2
 * @throws AppError not_found when there is no such folder, or no rule in it
 */
export async function loadRules(
  { rules, json }: { rules?: string | undefined; json?: boolean | undefined },
  left: string,
  io: CliIo,
): Promise<RulesFolder | undefined> {
  const path = resolve(io.cwd, rules ?? io.env['RULES_DIR'] ?? 'rules');
  const dir = relative(io.cwd, path) || '.';
  const files = await readRulesDir(path);
  const loaded = loadRuleset(files);
  if (!loaded.ok) {
    const errors = loaded.faults.filter(({ severity }) => severity === 'error');
    if (json === true) writeJson(io, { ok: false, faults: errors });
    else io.stdout.write(`${formatFaults(errors, dir, createStyle(io, io.stdout))}\n${left}\n`);
    return undefined;
  }
  if (loaded.ruleset.rules.length === 0) {
    throw new AppError('not_found', `there is no rule in ${dir}`, {
      remedy: 'A rule is a file <id>.rule.json in the folder itself. Is it the right folder?',
    });
  }
  return { dir, files, ruleset: loaded.ruleset };
}
