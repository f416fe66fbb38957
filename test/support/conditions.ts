import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import type { Facts } from '../../src/engine/facts.ts';

/** Any conditions, and facts for them, for property tests of the evaluator and of what stands before it. */

/** Few fields and values, so that rules match often, and values that are alike without being equal. */
const FIELDS = [
  ['session', '$.status'],
  ['session', '$.holds'],
  ['session', '$.labels'],
  ['event', '$.type'],
  ['event', '$.meta.count'],
  ['transition', '$.gap'],
  ['channel', '$.id'],
  ['clock', '$.weekday'],
] as const;
const SCALARS = ['OPEN', 'ON_HOLD', '1', 1, 0, -0, true, false, 'true', '', null] as const;
const OPERATORS = [
  'equal',
  'in',
  'notEqual',
  'notIn',
  'exists',
  'contains',
  'greaterThan',
  'not:equal',
  'not:in',
  'someFact:equal',
  'everyFact:in',
  'someValue:equal',
  'everyValue:equal',
  'swap:contains',
  'not:not:equal',
] as const;
export const NAMES = ['first', 'second', 'third'] as const;

const scalar = fc.constantFrom<Json>(...SCALARS);
const field = fc.constantFrom(...FIELDS);
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 3, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: field.map(([fact, path]) => ({ fact, path })) },
);
const leaf: fc.Arbitrary<Condition> = fc
  .record({ field, value, operator: fc.constantFrom(...OPERATORS), equal: fc.boolean(), scalar })
  .map(({ field: [fact, path], value, operator, equal, scalar }) =>
    // Half of them are what the index is for.
    equal ? { fact, path, operator: 'equal', value: scalar } : { fact, path, operator, value },
  );

/** Conditions that may name those of `names` only, so that no circle arises. */
export function conditionOf(names: readonly string[]): fc.Arbitrary<Condition> {
  const reference = names.map((condition) => fc.constant<Condition>({ condition }));
  const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: leaf },
      ...reference.map((arbitrary) => ({ weight: 1, arbitrary })),
      { weight: 3, arbitrary: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
      { weight: 2, arbitrary: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
      { weight: 1, arbitrary: tie('tree').map((not) => ({ not })) },
    ),
  }));
  return tree;
}

export const named: fc.Arbitrary<Record<string, Condition>> = fc.record({
  first: conditionOf([]),
  second: conditionOf(['first']),
  third: conditionOf(['first', 'second']),
});
export const root = fc.array(conditionOf(NAMES), { minLength: 0, maxLength: 3 }).map((all): Condition => ({ all }));
/** Objects in which any field may be missing. */
function object(fields: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<JsonObject> {
  return fc.record(fields, { requiredKeys: [] }).map((partial) => {
    const present: JsonObject = {};
    for (const [name, value] of Object.entries(partial)) if (value !== undefined) present[name] = value;
    return present;
  });
}
export const facts: fc.Arbitrary<Facts> = fc.record(
  {
    session: object({ status: scalar, holds: scalar, labels: fc.array(scalar, { maxLength: 2 }) }),
    event: object({ type: scalar, meta: object({ count: scalar }) }),
    transition: object({ gap: scalar }),
    channel: object({ id: scalar }),
    clock: object({ weekday: scalar }),
  },
  { requiredKeys: [] },
);
