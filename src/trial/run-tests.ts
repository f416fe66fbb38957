import type { RuleFault } from '../domain/rule.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { createCoverage, type RuleCoverage } from './coverage.ts';
import { loadTests, type PlacedTest } from './load-tests.ts';
import { createTestRunner, type TestResult } from './run-test.ts';

/** Runs the tests of a rules folder, or those of them that are wanted. */
export interface TestRun {
  results: PlacedResult[];
  coverage: RuleCoverage[];
}

export interface PlacedResult {
  placed: PlacedTest;
  result: TestResult;
}

export type LoadedTests =
  | { ok: true; ruleset: Ruleset; tests: PlacedTest[] }
  /** Rules or test files that cannot be read: nothing can be run. */
  | { ok: false; faults: RuleFault[] };

/**
 * @param files name within the folder → text
 */
export function loadRulesAndTests(files: ReadonlyMap<string, string>): LoadedTests {
  const loaded = loadRuleset(files);
  if (!loaded.ok) return { ok: false, faults: loaded.faults.filter(({ severity }) => severity === 'error') };
  const faults: RuleFault[] = [];
  const tests = loadTests(files, faults);
  for (const { ruleId, file, position } of tests) {
    if (loaded.ruleset.rules.some(({ id }) => id === ruleId)) continue;
    faults.push({
      severity: 'error',
      file,
      ...position,
      code: 'test-without-rule',
      message: `there is no rule "${ruleId}" for these tests`,
      remedy: `Write ${ruleId}.rule.json, or rename this file after its rule.`,
    });
    break;
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, ruleset: loaded.ruleset, tests };
}

export async function runTests(
  ruleset: Ruleset,
  tests: readonly PlacedTest[],
  onResult?: (result: PlacedResult) => void,
): Promise<TestRun> {
  const coverage = createCoverage(ruleset);
  const runner = createTestRunner(ruleset, coverage.watch);
  const results: PlacedResult[] = [];
  for (const placed of tests) {
    const result = await runner.run(placed.ruleId, placed.test);
    coverage.add(result.record);
    results.push({ placed, result });
    onResult?.({ placed, result });
  }
  return { results, coverage: coverage.report() };
}
