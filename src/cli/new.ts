import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../domain/errors.ts';
import type { RuleFault } from '../domain/rule.ts';
import { checkFolder } from '../engine/check/check-folder.ts';
import { describeRule } from '../engine/describe/describe-rule.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { loadRulesAndTests, runTests } from '../trial/run-tests.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { ask } from './new/ask.ts';
import { findRecipe } from './new/cookbook.ts';
import { draftRule } from './new/draft-rule.ts';
import { toJsonText } from './new/json-text.ts';
import { type Answers, QUESTIONS } from './new/questions.ts';
import { writePair } from './new/write-pair.ts';
import { formatFaults } from './reporters/test-reporter.ts';
import { createStyle } from './style.ts';

export interface NewOptions extends Answers {
  rules?: string;
  /** Id of a rule of the cookbook. */
  from?: string;
  json?: boolean;
}

export function registerNew(program: Command, io: CliIo): void {
  const command = program
    .command('new')
    .description(
      'Writes a new rule with its test. On a terminal it asks for what no option says; elsewhere the options must say it\n' +
        'all. It writes over nothing, and what it writes passes "vigia check" and "vigia test".',
    )
    .option('--from <id>', 'copy a rule of docs/cookbook.md');
  for (const { name, option } of QUESTIONS) command.option(`--${name} <${option[0]}>`, option[1]);
  command
    .option('--rules <dir>', 'folder with the rules (default: RULES_DIR, or ./rules)')
    .option('--json', 'print the result as JSON, and ask nothing')
    .action(async (options: NewOptions) => {
      io.exitCode = await runNew(options, io);
    });
}

interface NewFiles {
  id: string;
  rule: string;
  test: string;
}

/**
 * @returns 2 when the rules that are there cannot be loaded, so that nothing could be tried
 * @throws AppError bad_request when answers are missing or wrong, conflict when the files are there, not_found without the folder
 */
export async function runNew(options: NewOptions, io: CliIo): Promise<ExitCode> {
  const path = resolve(io.cwd, options.rules ?? io.env['RULES_DIR'] ?? 'rules');
  const dir = relative(io.cwd, path) || '.';
  const style = createStyle(io, io.stdout);
  const present = await readRulesDir(path);
  const loaded = loadRuleset(present);
  if (!loaded.ok) {
    const errors = loaded.faults.filter(({ severity }) => severity === 'error');
    if (options.json === true) writeJson(io, { ok: false, faults: errors });
    else io.stdout.write(`${formatFaults(errors, dir, style)}Mend these first; nothing was written.\n`);
    return 2;
  }
  const made =
    options.from === undefined ? await makeNew(options, loaded.ruleset, io) : await copyRecipe(options, loaded.ruleset);
  const names = { rule: `${made.id}.rule.json`, test: `${made.id}.test.json` };
  const { ruleset, warnings } = await tryOut(
    new Map([...present, [names.rule, made.rule], [names.test, made.test]]),
    made.id,
  );
  await writePair(path, [
    [names.test, made.test],
    [names.rule, made.rule],
  ]);
  const rule = ruleset.rules.find(({ id }) => id === made.id);
  const sentences = rule === undefined ? [] : describeRule(rule, ruleset, 'en');
  if (options.json === true)
    writeJson(io, { ok: true, id: made.id, files: [names.rule, names.test], sentences, warnings });
  else {
    for (const { line, message, remedy } of warnings)
      io.stdout.write(`  ${style('yellow', 'warning')}: line ${line}: ${message}. ${remedy}\n`);
    io.stdout.write(`${sentences.map((sentence) => `  ${sentence}\n`).join('')}`);
    io.stdout.write(
      `${style('green', '✔')} written: ${dir}/${names.rule}, ${dir}/${names.test}. Its test passes: vigia test ${made.id}\n`,
    );
  }
  return 0;
}

async function makeNew(options: NewOptions, ruleset: Ruleset, io: CliIo): Promise<NewFiles> {
  const given = takeAnswers(options, ruleset);
  const isTerminal = io.stdout.isTTY === true && io.stdin.isTTY === true && options.json !== true;
  const answers = isTerminal ? await ask(given, ruleset, io) : fillIn(given, ruleset);
  const { rule, test } = draftRule(answers, ruleset);
  return { id: answers.id ?? '', rule: `${toJsonText(rule)}\n`, test: `${toJsonText(test)}\n` };
}

async function copyRecipe(options: NewOptions, ruleset: Ruleset): Promise<NewFiles> {
  const [other] = QUESTIONS.filter(({ name }) => name !== 'id' && options[name] !== undefined);
  if (other !== undefined) {
    throw new AppError('bad_request', `--from copies a rule as it is, and --${other.name} would change it`, {
      remedy: 'Leave one of the two out; edit the copy.',
    });
  }
  const { id, rule, test } = await findRecipe(options.from ?? '');
  const { id: chosen = id } = takeAnswers({ id: options.id ?? id }, ruleset);
  return { id: chosen, rule, test };
}

/** The answers among the options, each looked at. */
function takeAnswers(options: NewOptions, ruleset: Ruleset): Answers {
  const answers: Answers = {};
  for (const { name, applies, fault } of QUESTIONS) {
    const answer = options[name];
    if (answer === undefined) continue;
    const wrong = fault(answer, ruleset);
    if (wrong !== undefined)
      throw new AppError('bad_request', `--${name} "${answer}" cannot be taken`, { remedy: wrong });
    answers[name] = answer;
    // Whether there is a calendar to choose decides only whether it is asked.
    if (name !== 'during' && answers.kind !== undefined && !applies(answers, ruleset)) {
      throw new AppError('bad_request', `--${name} does not go with --kind ${answers.kind}`, {
        remedy: 'Leave it out.',
      });
    }
  }
  return answers;
}

/** Where nobody can be asked: what has an obvious answer gets it, for the rest everything that is missing is told at once. */
function fillIn(given: Answers, ruleset: Ruleset): Answers {
  const answers: Answers = { ...given };
  const missing: string[] = [];
  for (const { name, option, applies, otherwise, fault } of QUESTIONS) {
    if (answers[name] !== undefined || !applies(answers, ruleset)) continue;
    // Which kind it is decides what else is needed, so it is not guessed.
    const usual = name === 'kind' || name === 'status' ? undefined : otherwise(answers);
    const isGood = usual !== undefined && (missing.length > 0 || fault(usual, ruleset) === undefined);
    if (isGood) answers[name] = usual;
    else missing.push(`--${name} <${option[0]}>`);
  }
  if (missing.length === 0) return answers;
  throw new AppError('bad_request', `it is not said what the rule is to do: ${missing.join(', ')}`, {
    remedy:
      "For example: vigia new --kind hold --status ON_HOLD --for 15m --slack '#ops'. On a terminal, vigia new asks.",
  });
}

interface Tried {
  ruleset: Ruleset;
  /** What the check tells of the new rule. */
  warnings: RuleFault[];
}

/** Checks the folder as it would be, and runs the new rule's test. */
async function tryOut(files: ReadonlyMap<string, string>, id: string): Promise<Tried> {
  const checked = checkFolder(files, []);
  if (!checked.ok) throw doesNotFit(checked.faults);
  // What is wrong with the tests of other rules is no matter here.
  const own = [...files].filter(([name]) => !name.endsWith('.test.json') || name === `${id}.test.json`);
  const loaded = loadRulesAndTests(new Map(own));
  if (!loaded.ok) throw doesNotFit(loaded.faults);
  const { results } = await runTests(loaded.ruleset, loaded.tests);
  const failed = results.find(({ result }) => result.failure !== undefined);
  if (failed === undefined) {
    const warnings = checked.warnings.filter(({ file }) => file === `${id}.rule.json`);
    return { ruleset: checked.ruleset, warnings };
  }
  const { name, failure } = failed.result;
  throw new AppError(
    'rules_invalid',
    `in this folder its test "${name}" would fail at ${failure?.at}; nothing was written`,
    {
      remedy:
        'Names of the directory or the hours of a calendar differ from what it expects: copy it from docs/cookbook.md by hand.',
    },
  );
}

function doesNotFit(faults: readonly RuleFault[]): AppError {
  const [first] = faults.filter(({ severity }) => severity === 'error');
  const what = first === undefined ? '' : `: ${first.file}, ${first.message}`;
  return new AppError('rules_invalid', `the rule does not fit into this folder${what}; nothing was written`, {
    ...(first !== undefined && { remedy: first.remedy }),
  });
}
