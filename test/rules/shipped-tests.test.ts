import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readRulesDir } from '../../src/runtime/rules-dir.ts';
import { percentOf } from '../../src/trial/coverage.ts';
import { loadRulesAndTests, runTests } from '../../src/trial/run-tests.ts';

const RULES = fileURLToPath(new URL('../../rules', import.meta.url));

it('the tests of the shipped rules pass, and have seen all of every rule', async () => {
  const loaded = loadRulesAndTests(await readRulesDir(RULES));
  expect(loaded).toMatchObject({ ok: true });
  if (!loaded.ok) return;
  const { results, coverage } = await runTests(loaded.ruleset, loaded.tests);
  expect(results.flatMap(({ result }) => (result.failure === undefined ? [] : [result]))).toEqual([]);
  expect(coverage.filter(({ items }) => percentOf(items) < 100)).toEqual([]);
});
