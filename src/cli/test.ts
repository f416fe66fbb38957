import { watch } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { AppError } from '../domain/errors.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { percentOf } from '../trial/coverage.ts';
import type { PlacedTest } from '../trial/load-tests.ts';
import { runMutants } from '../trial/mutation-run.ts';
import { loadRulesAndTests, type PlacedResult, runTests, type TestRun } from '../trial/run-tests.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { openReport } from './report-file.ts';
import { formatJunit } from './reporters/junit-reporter.ts';
import { formatCoverage, formatFaults, formatResult } from './reporters/test-reporter.ts';
import { createStyle } from './style.ts';
import { untilStopped } from './until-stopped.ts';

export interface TestOptions {
  rules?: string;
  name?: string;
  json?: boolean;
  junit?: string;
  coverage?: boolean;
  minCoverage?: number;
  mutate?: boolean;
  watch?: boolean;
}

export function registerTest(program: Command, io: CliIo): void {
  program
    .command('test')
    .description(
      'Runs the tests of rules (<id>.test.json) in virtual time, through the same judging as the server.\n' +
        'Exits with 0 when all pass, with 2 when one does not.',
    )
    .argument('[files...]', 'test files, or ids of rules (default: all of the folder)')
    .option('--rules <dir>', 'folder with the rules and their tests (default: RULES_DIR, or ./rules)')
    .option('--name <text>', 'only tests whose name contains this text')
    .option('--coverage', 'tell what of the rules no test has seen')
    .option('--min-coverage <percent>', 'fail when the tests have seen less than this', toPercent)
    .option('--mutate', 'change the rules one bit at a time, and tell which changes no test notices')
    .option('--json', 'print the result as JSON')
    .option('--junit <file>', 'write the result as JUnit XML, too')
    .option('--watch', 'run again whenever a file of the folder changes')
    .action(async (wanted: string[], options: TestOptions) => {
      io.exitCode = options.watch === true ? await watchTests(wanted, options, io) : await runTest(wanted, options, io);
    });
}

function toPercent(text: string): number {
  const percent = Number(text);
  if (!/^\d{1,3}(?:\.\d+)?$/.test(text) || percent > 100) {
    throw new InvalidArgumentError('Give a number from 0 to 100.');
  }
  return percent;
}

/**
 * Runs tests once and prints their results.
 * @returns 0 when all passed, 2 when one did not, or when the rules or tests cannot be loaded
 * @throws AppError not_found when there is no such folder, file or rule, or no test
 */
export async function runTest(wanted: readonly string[], options: TestOptions, io: CliIo): Promise<ExitCode> {
  const junit = options.junit === undefined ? undefined : await openReport(options.junit, 'report', io);
  const path = resolve(io.cwd, options.rules ?? io.env['RULES_DIR'] ?? 'rules');
  const dir = relative(io.cwd, path) || '.';
  const style = createStyle(io, io.stdout);
  const files = await readRulesDir(path);
  const loaded = loadRulesAndTests(files);
  if (!loaded.ok) {
    if (options.json === true) writeJson(io, { ok: false, faults: loaded.faults });
    else io.stdout.write(`${formatFaults(loaded.faults, dir, style)}\n${style('red', '✖')} nothing was run\n`);
    return 2;
  }
  const tests = select(loaded.tests, wanted, options, dir);
  const show =
    options.json === true ? undefined : (one: PlacedResult) => io.stdout.write(formatResult(one, dir, style));
  const run = await runTests(loaded.ruleset, tests, show);
  await junit?.write(formatJunit(run.results, dir));
  const failed = run.results.filter(({ result }) => result.failure !== undefined).length;
  const coverage = coverageOf(run, tests, wanted.length === 0 && options.name === undefined);
  const percent = percentOf(coverage.flatMap(({ items }) => items));
  const tooLittle = options.minCoverage !== undefined && percent < options.minCoverage;
  const mutation = options.mutate === true && failed === 0 ? await runMutants(files, tests) : undefined;
  const ok = failed === 0 && !tooLittle && (mutation?.survivors.length ?? 0) === 0;
  if (options.json === true) {
    writeJson(io, {
      ok,
      passed: run.results.length - failed,
      failed,
      tests: run.results.map(toJsonResult),
      coverage: { percent, rules: coverage },
      ...(mutation === undefined ? {} : { mutation }),
    });
    return ok ? 0 : 2;
  }
  if (options.coverage === true || options.minCoverage !== undefined) io.stdout.write(formatCoverage(coverage, style));
  if (tooLittle) {
    io.stdout.write(
      `${style('red', '✖')} coverage is below ${options.minCoverage}%: write tests for what is listed as never seen\n`,
    );
  }
  if (mutation !== undefined) {
    for (const { file, position, what } of mutation.survivors) {
      io.stdout.write(
        `${style('bold', `${dir}/${file}:${position.line}:${position.column}`)} ${what}: no test notices\n`,
      );
    }
    const { tried, survivors } = mutation;
    io.stdout.write(
      `${survivors.length === 0 ? style('green', '✔') : style('red', '✖')} ${tried - survivors.length} of ${tried} changes of the rules were noticed\n`,
    );
  } else if (options.mutate === true) io.stdout.write('The rules were not changed, since tests fail as it is.\n');
  const sign = failed === 0 ? style('green', '✔') : style('red', '✖');
  io.stdout.write(`${sign} ${run.results.length - failed} passed, ${failed} failed\n`);
  return ok ? 0 : 2;
}

/** The tests of the files or rules that are named, and whose name contains the text. */
function select(
  tests: readonly PlacedTest[],
  wanted: readonly string[],
  { name }: TestOptions,
  dir: string,
): PlacedTest[] {
  // A file by its name, for a rule may have several; a rule by its id, or by its file.
  const ids = wanted.map((one) => basename(one).replace(/\.rule\.json$/, ''));
  const isNamed = ({ ruleId, file }: PlacedTest, id: string) => (id.endsWith('.test.json') ? file : ruleId) === id;
  const missing = ids.find((id) => tests.every((placed) => !isNamed(placed, id)));
  if (missing !== undefined) {
    const id = missing.replace(/\.test\.json$/, '');
    throw new AppError('not_found', `there are no tests of a rule "${id}" in ${dir}`, {
      remedy: `They would be in ${dir}/${id}.test.json.`,
    });
  }
  const chosen = tests.filter(
    (placed) =>
      (ids.length === 0 || ids.some((id) => isNamed(placed, id))) &&
      (name === undefined || placed.test.name.toLowerCase().includes(name.toLowerCase())),
  );
  if (chosen.length > 0) return chosen;
  if (name !== undefined && tests.length > 0) {
    throw new AppError('not_found', `no test has "${name}" in its name`, {
      remedy: 'Leave out --name to see them all.',
    });
  }
  throw new AppError('not_found', `there are no tests in ${dir}`, {
    remedy: 'The tests of a rule stand beside it, in <id>.test.json; docs/testing-rules.md shows one.',
  });
}

/** When all tests ran, of every rule; else of the rules whose tests ran. */
function coverageOf({ coverage }: TestRun, tests: readonly PlacedTest[], all: boolean) {
  const tested = new Set(tests.map(({ ruleId }) => ruleId));
  return coverage.filter(({ ruleId }) => all || tested.has(ruleId));
}

function toJsonResult({ placed, result }: PlacedResult) {
  const { ruleId, file, position } = placed;
  const { name, failure } = result;
  const place = failure === undefined ? position : placed.positionOfStep(failure.step, failure.differences[0]?.what);
  return {
    rule: ruleId,
    file,
    name,
    ok: failure === undefined,
    ...place,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** Editors write a file in several steps: so long nothing more must change before the tests run. */
const QUIET_MS = 100;

async function watchTests(wanted: readonly string[], options: TestOptions, io: CliIo): Promise<ExitCode> {
  const path = resolve(io.cwd, options.rules ?? io.env['RULES_DIR'] ?? 'rules');
  let code = await runTest(wanted, options, io);
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const again = async () => {
    io.stdout.write('\n');
    try {
      code = await runTest(wanted, options, io);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      io.stdout.write(`${error.message}. ${error.remedy ?? ''}\n`);
    }
    io.stdout.write('Waiting for changes. Stop with Ctrl+C.\n');
  };
  io.stdout.write('Waiting for changes. Stop with Ctrl+C.\n');
  const watcher = watch(path, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(again);
    }, QUIET_MS);
  });
  await untilStopped();
  clearTimeout(timer);
  watcher.close();
  await running;
  return code;
}
