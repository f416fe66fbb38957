import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { CONDITION_FACTS } from '../../../src/engine/catalogue/facts.ts';
import { listPaths } from '../../../src/engine/catalogue/find-field.ts';
import { compileRuleset } from '../../../src/engine/compile.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import { DECORATOR_NAMES } from '../../../src/engine/operators/decorators.ts';
import { OPERATORS } from '../../../src/engine/operators/operator-info.ts';

const PATHS = CONDITION_FACTS.flatMap((fact) => [
  { fact },
  ...listPaths(fact).map(([path]) => ({ fact, path: `$.${path}` })),
]);

const scalar = fc.constantFrom<unknown>(
  'OPEN',
  'ON_HOLD',
  '10',
  '',
  null,
  0,
  10,
  true,
  '2026-03-02T13:00:00.000Z',
  '15m',
);
const operator = fc
  .tuple(fc.subarray([...DECORATOR_NAMES], { maxLength: 2 }), fc.constantFrom(...Object.keys(OPERATORS)))
  .map(([decorators, name]) => [...decorators, name].join(':'));
const leaf = fc
  .record({
    read: fc.constantFrom(...PATHS),
    operator: fc.oneof(fc.constantFrom(...Object.keys(OPERATORS)), operator),
    value: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.constantFrom(...PATHS)),
  })
  .map(({ read, ...rest }) => ({ ...read, ...rest }));

/** What facts may hold, the kinds mixed up. */
const anything = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'type'), scalar),
);
const facts = fc.record(
  Object.fromEntries(
    CONDITION_FACTS.map((fact) => {
      const names = listPaths(fact).flatMap(([path]) => (path.includes('.') ? [] : [path]));
      return [fact, fc.dictionary(fc.constantFrom(...names), anything)];
    }),
  ),
  { requiredKeys: [] },
);

it('whatever the check accepts can be judged, whatever the facts hold', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(leaf, fc.boolean(), facts, async (condition, not, met) => {
      const rule = {
        name: 'x',
        on: ['IM_Session_Status'],
        conditions: not ? { not: condition } : { any: [condition] },
        actions: [{ type: 'slack.post', params: { channel: '#x', text: 'x' } }],
      };
      const loaded = loadRuleset(new Map([['a.rule.json', JSON.stringify(rule)]]));
      if (!loaded.ok) return;
      accepted += 1;
      const { rules, evaluator } = compileRuleset(loaded.ruleset);
      const [first] = rules;
      if (first === undefined) throw new Error('no rule');
      const evaluation = await evaluator.evaluate(first, toFacts(met), 1_772_456_400_000);
      expect(evaluation).toMatchObject({ ok: true, result: expect.any(Boolean) });
    }),
    { numRuns: 5_000 },
  );
  // The property would hold of a check that accepts nothing.
  expect(accepted).toBeGreaterThan(300);
});

/** Guarantee: the arbitraries make JSON only. */
function toFacts(met: object): Record<string, JsonObject> {
  return met as Record<string, JsonObject>;
}
