import { type Command, Option } from 'commander';
import { findNearest } from '../domain/did-you-mean.ts';
import { AppError } from '../domain/errors.ts';
import { describeRule, RULE_LANGUAGES } from '../engine/describe/describe-rule.ts';
import type { Language } from '../engine/describe/language.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { loadRules } from './load-rules.ts';
import { createStyle } from './style.ts';

export interface DescribeOptions {
  rules?: string;
  lang: Language['tag'];
  json?: boolean;
}

export function registerDescribe(program: Command, io: CliIo): void {
  program
    .command('describe')
    .description('Tells each rule in plain sentences, made from the rule itself.')
    .argument('[ids...]', 'ids of rules (default: all)')
    .option('--rules <dir>', 'folder with the rules (default: RULES_DIR, or ./rules)')
    .addOption(new Option('--lang <tag>', 'language').choices(Object.keys(RULE_LANGUAGES)).default('en'))
    .option('--json', 'print the result as JSON')
    .action(async (ids: string[], options: DescribeOptions) => {
      io.exitCode = await runDescribe(ids, options, io);
    });
}

/**
 * @returns 2 when the rules cannot be loaded
 * @throws AppError not_found when there is no such folder or rule
 */
export async function runDescribe(ids: readonly string[], options: DescribeOptions, io: CliIo): Promise<ExitCode> {
  const style = createStyle(io, io.stdout);
  const loaded = await loadRules(options, 'nothing was told', io);
  if (loaded === undefined) return 2;
  const { ruleset } = loaded;
  const known = ruleset.rules.map(({ id }) => id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const nearest = findNearest(id, known);
    throw new AppError('not_found', `there is no rule "${id}"`, {
      remedy: nearest === undefined ? `There are ${known.join(', ') || 'none'}.` : `Did you mean "${nearest}"?`,
    });
  }
  const told = ruleset.rules
    .filter(({ id }) => ids.length === 0 || ids.includes(id))
    .map((rule) => ({ id: rule.id, name: rule.name, sentences: describeRule(rule, ruleset, options.lang) }));
  if (options.json === true) writeJson(io, { ok: true, rules: told });
  else
    for (const { id, sentences } of told)
      io.stdout.write(`${style('bold', id)}\n${sentences.map((one) => `  ${one}\n`).join('')}`);
  return 0;
}
