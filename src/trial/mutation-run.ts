import { isJsonObject } from '../domain/json.ts';
import { parseJsonSource } from '../engine/load/json-source.ts';
import type { Position } from '../engine/load/line-index.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { PlacedTest } from './load-tests.ts';
import { makeMutants } from './mutants.ts';
import { createTestRunner } from './run-test.ts';

/** Changes rules one at a time, and reports the changes that none of their tests noticed. */
export interface Survivor {
  ruleId: string;
  file: string;
  position: Position;
  what: string;
}

export interface MutationRun {
  /** Mutants that could be tried: what the check refuses cannot go live. */
  tried: number;
  survivors: Survivor[];
}

/**
 * @param tests all of them must pass on the rules as they are
 * @param onRule called before the mutants of a rule are tried, for progress
 */
export async function runMutants(
  files: ReadonlyMap<string, string>,
  tests: readonly PlacedTest[],
  onRule?: (ruleId: string) => void,
): Promise<MutationRun> {
  const run: MutationRun = { tried: 0, survivors: [] };
  for (const [ruleId, own] of Map.groupBy(tests, (test) => test.ruleId)) {
    const file = `${ruleId}.rule.json`;
    const parsed = parseJsonSource(file, files.get(file) ?? '');
    if (!parsed.ok || !isJsonObject(parsed.source.value)) continue;
    onRule?.(ruleId);
    for (const { rule, path, what } of makeMutants(parsed.source.value)) {
      const noticed = await isNoticed(new Map([...files, [file, JSON.stringify(rule)]]), own);
      if (noticed === undefined) continue;
      run.tried += 1;
      if (!noticed) run.survivors.push({ ruleId, file, position: parsed.source.positionOf(path, 'value'), what });
    }
  }
  return run;
}

/** Undefined when the changed rules cannot be loaded. */
async function isNoticed(
  files: ReadonlyMap<string, string>,
  tests: readonly PlacedTest[],
): Promise<boolean | undefined> {
  const loaded = loadRuleset(files);
  if (!loaded.ok) return undefined;
  const runner = createTestRunner(loaded.ruleset);
  for (const { ruleId, test } of tests) if ((await runner.run(ruleId, test)).failure !== undefined) return true;
  return false;
}
