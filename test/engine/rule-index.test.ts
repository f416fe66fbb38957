import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Rule } from '../../src/domain/rule.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import { createEvaluator } from '../../src/engine/evaluate.ts';
import type { Facts } from '../../src/engine/facts.ts';
import { createRuleIndex } from '../../src/engine/rule-index.ts';
import { aRule } from '../support/rules.ts';
import { START } from '../support/timeline.ts';

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
const NAMES = ['first', 'second', 'third'] as const;

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
function conditionOf(names: readonly string[]): fc.Arbitrary<Condition> {
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

const named: fc.Arbitrary<Record<string, Condition>> = fc.record({
  first: conditionOf([]),
  second: conditionOf(['first']),
  third: conditionOf(['first', 'second']),
});
const root = fc.array(conditionOf(NAMES), { minLength: 0, maxLength: 3 }).map((all): Condition => ({ all }));
const rules = fc
  .array(
    fc.oneof(
      root,
      fc.constantFrom(...NAMES).map((condition): Condition => ({ condition })),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((conditions) => conditions.map((condition, index) => aRule({ id: `rule-${index}`, conditions: condition })));

/** Objects in which any field may be missing. */
function object(fields: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<JsonObject> {
  return fc.record(fields, { requiredKeys: [] }).map((partial) => {
    const present: JsonObject = {};
    for (const [name, value] of Object.entries(partial)) if (value !== undefined) present[name] = value;
    return present;
  });
}
const facts: fc.Arbitrary<Facts> = fc.record(
  {
    session: object({ status: scalar, holds: scalar, labels: fc.array(scalar, { maxLength: 2 }) }),
    event: object({ type: scalar, meta: object({ count: scalar }) }),
    transition: object({ gap: scalar }),
    channel: object({ id: scalar }),
    clock: object({ weekday: scalar }),
  },
  { requiredKeys: [] },
);

describe('the index of rules', () => {
  test('selects every rule that matches, in the given order, whatever the rules and the facts', async () => {
    let matched = 0;
    let spared = 0;
    await fc.assert(
      fc.asyncProperty(rules, named, fc.array(facts, { minLength: 1, maxLength: 4 }), async (rules, named, moments) => {
        const evaluator = createEvaluator(rules, named);
        const index = createRuleIndex(rules, named);
        const matching = async (candidates: readonly Rule[], facts: Facts) => {
          const ids: string[] = [];
          for (const rule of candidates) {
            const evaluation = await evaluator.evaluate(rule, facts, START);
            if (!evaluation.ok) throw new Error(evaluation.reason);
            if (evaluation.result) ids.push(rule.id);
          }
          return ids;
        };
        for (const facts of moments) {
          const selected = index.select(facts);
          const all = await matching(rules, facts);
          expect(await matching(selected, facts)).toEqual(all);
          matched += all.length;
          spared += rules.length - selected.length;
        }
      }),
      { numRuns: 400 },
    );
    // The property says something only if rules do match and the index does leave rules out.
    expect(matched).toBeGreaterThan(300);
    expect(spared).toBeGreaterThan(300);
  });

  test('leaves out what cannot match, through all, groups of one and named conditions', () => {
    const status = (value: string): Condition => ({ fact: 'session', path: '$.status', operator: 'equal', value });
    const conditions: Record<string, Condition> = {
      held: { any: [{ all: [status('ON_HOLD')] }] },
      alias: { condition: 'held' },
    };
    const rules = [
      aRule({ id: 'plain', conditions: { all: [status('ON_HOLD')] } }),
      aRule({ id: 'open', conditions: { all: [status('OPEN')] } }),
      aRule({ id: 'named', conditions: { all: [{ condition: 'alias' }] } }),
      aRule({
        id: 'one-of',
        conditions: { all: [{ fact: 'session', path: '$.status', operator: 'in', value: ['OPEN'] }] },
      }),
      aRule({ id: 'either', conditions: { any: [status('OPEN'), status('ENDED')] } }),
      aRule({ id: 'not', conditions: { not: status('ON_HOLD') } }),
      aRule({
        id: 'second-field',
        conditions: { all: [status('ON_HOLD'), { fact: 'channel', path: '$.id', operator: 'equal', value: 'c2' }] },
      }),
    ];
    const selected = createRuleIndex(rules, conditions).select({
      session: { status: 'ON_HOLD' },
      channel: { id: 'c1' },
    });
    expect(selected.map(({ id }) => id)).toEqual(['plain', 'named', 'either', 'not']);
  });
});
