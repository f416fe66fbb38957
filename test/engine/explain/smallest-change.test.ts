import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Condition } from '../../../src/domain/rule-file.ts';
import { advance } from '../../../src/engine/advance.ts';
import type { CompiledRuleset } from '../../../src/engine/compile.ts';
import { leavesOf } from '../../../src/engine/explain/condition-tree.ts';
import { createFullEvaluation, type EvaluateFully } from '../../../src/engine/explain/evaluate-fully.ts';
import { explainLook } from '../../../src/engine/explain/explain-look.ts';
import type { ExplainedCondition } from '../../../src/engine/explain/explanation.ts';
import type { SeenLook } from '../../../src/engine/explain/facts-of-look.ts';
import { findSmallestChange } from '../../../src/engine/explain/smallest-change.ts';
import { aRule, rulesetOf } from '../../support/rules.ts';
import { START, toEvent } from '../../support/timeline.ts';

/** What the fields of random events and the comparisons of random conditions are made of. */
const FIELDS = ['a', 'b', 'c'];
const VALUES = [1, 2, 'x', 'y', true];
/** Every value that tells any of those comparisons apart, and a field that is not there. */
const POOL = [undefined, 0, 1, 2, 3, 'x', 'y', 'z', true, false];

const leaf: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.constantFrom(...FIELDS),
    fc.oneof(
      fc.record({
        operator: fc.constantFrom('equal', 'notEqual', 'not:equal'),
        value: fc.constantFrom(...VALUES),
      }),
      fc.record({
        operator: fc.constantFrom('in', 'notIn'),
        value: fc.subarray(VALUES, { minLength: 1, maxLength: 2 }),
      }),
      fc.record({
        operator: fc.constantFrom('lessThan', 'greaterThan', 'greaterThanInclusive'),
        value: fc.constantFrom(1, 2),
      }),
      fc.record({ operator: fc.constant('exists'), value: fc.boolean() }),
      fc.record({
        operator: fc.constantFrom('equal', 'notEqual'),
        value: fc.constantFrom(...FIELDS).map((field) => ({ fact: 'event', path: `$.${field}` })),
      }),
    ),
    fc.option(fc.constantFrom(1, 2), { nil: undefined }),
  )
  .map(([field, { operator, value }, priority]) => ({
    fact: 'event',
    path: `$.${field}`,
    operator,
    value,
    ...(priority === undefined ? {} : { priority }),
  }));

const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true, maxDepth: 3 },
    leaf,
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all): Condition => ({ all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any): Condition => ({ any })),
    tie('tree').map((not): Condition => ({ not })),
    fc.constant<Condition>({ condition: 'named' }),
  ),
}));

const payloads = fc
  .tuple(...FIELDS.map(() => fc.constantFrom(...POOL)))
  .map((values) => payloadOf(Object.fromEntries(FIELDS.map((field, index) => [field, values[index]]))));

function payloadOf(fields: Record<string, JsonObject[string] | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, JsonObject[string]] => field[1] !== undefined),
  );
}

/** What the heart makes of an event with this payload. */
async function judge(ruleset: CompiledRuleset, payload: JsonObject): Promise<SeenLook & { fired: boolean }> {
  const event = toEvent('Something', START, 's1', payload);
  const before = { orgId: 'o1', subject: 's1', episodes: [] };
  const known = { limits: new Map(), channels: new Map() };
  const answer = await advance({ state: before, events: [event], known, now: START, ruleset });
  if (answer.kind !== 'judged') throw new Error('asks for more');
  const { state: after, effects } = answer;
  const look = { kind: 'event' as const, at: START, event };
  const fired = effects.decisions.some(({ outcome }) => outcome === 'fired');
  return { ruleset, look, now: START, before, after, effects, known, maxReassignments: 3, fired };
}

/** Every way in which so many of the fields can be different. */
function* variations(payload: JsonObject, size: number, fields = FIELDS): Generator<JsonObject> {
  if (size === 0) {
    yield payload;
    return;
  }
  for (const [index, field] of fields.entries()) {
    for (const value of POOL) {
      yield* variations(payloadOf({ ...payload, [field]: value }), size - 1, fields.slice(index + 1));
    }
  }
}

describe('the smallest change', () => {
  test('turns the verdict of the heart, and no change of fewer fields does', async () => {
    const counted = { changed: 0, impossible: 0, several: 0 };
    await fc.assert(
      fc.asyncProperty(tree, leaf, payloads, async (conditions, named, payload) => {
        const rule = aRule({
          id: 'r',
          conditions: { all: [conditions] },
          trigger: { kind: 'event', on: ['Something'], late: false },
        });
        const ruleset = rulesetOf([rule], { named });
        const seen = await judge(ruleset, payload);
        const { verdict, changes, conditions: explained } = await explainLook(seen, rule);
        expect(verdict).toBe(seen.fired ? 'fired' : 'not_matched');
        // Nothing is left out, whatever the priorities.
        expect(explained && leavesOf(explained).every((one) => one.verdict !== undefined)).toBe(true);
        const size = changes.length === 0 ? FIELDS.length + 1 : changes.length;
        for (let fewer = 1; fewer < size; fewer += 1) {
          for (const other of variations(payload, fewer)) {
            expect((await judge(ruleset, other)).fired, JSON.stringify(other)).toBe(seen.fired);
          }
        }
        if (changes.length === 0) {
          counted.impossible += 1;
          return;
        }
        counted.changed += 1;
        if (changes.length > 1) counted.several += 1;
        let changed = payload;
        for (const change of changes) {
          if (change.kind !== 'field') throw new Error(`an unexpected ${change.kind}`);
          changed = payloadOf({ ...changed, [change.path.replace('$.', '')]: change.to });
        }
        expect((await judge(ruleset, changed)).fired, JSON.stringify(changes)).toBe(!seen.fired);
        // "Anything but these" is what it says.
        for (const change of changes) {
          if (change.kind !== 'field' || change.otherThan === undefined) continue;
          for (const value of POOL.filter((one) => one !== undefined && !change.otherThan?.includes(one))) {
            const other = payloadOf({ ...changed, [change.path.replace('$.', '')]: value });
            expect((await judge(ruleset, other)).fired, JSON.stringify({ change, value })).toBe(!seen.fired);
          }
        }
      }),
      { numRuns: 120 },
    );
    expect(counted.changed).toBeGreaterThan(50);
    expect(counted.several).toBeGreaterThan(3);
  });

  test('of comparisons that share no field is found without trying their combinations', async () => {
    const fields = Array.from({ length: 15 }, (_, index) => `f${index}`);
    const rule = aRule({
      id: 'r',
      conditions: {
        all: fields.map((field, index) => ({ fact: 'event', path: `$.${field}`, operator: 'equal', value: index })),
      },
    });
    const evaluate = createFullEvaluation(rule, { conditions: {} });
    let tries = 0;
    const none = new Map<string, JsonObject>();
    const tree: ExplainedCondition = {
      op: 'all',
      verdict: false,
      of: fields.map((field, expected) => ({
        op: 'leaf',
        fact: 'event',
        path: `$.${field}`,
        operator: 'equal',
        expected,
        verdict: false,
      })),
    };
    const count: EvaluateFully = (...args) => {
      tries += 1;
      return evaluate(...args);
    };
    const judged = { tree, facts: {}, runtime: none, at: START, evaluate: count, others: fields.map(() => undefined) };
    const found = await findSmallestChange(judged, true);
    expect(found?.map(({ path, to }) => [path, to])).toEqual(fields.map((field, index) => [`$.${field}`, index]));
    expect(tries).toBeLessThan(200);
  });

  const compares = (path: string, operator: string, value: Json): Condition => ({
    fact: 'event',
    path,
    operator,
    value,
  });
  const other = (path: string): Json => ({ fact: 'event', path });
  test.each([
    [
      'a whole number between two comparisons',
      [compares('$.a', 'lessThan', 2), compares('$.a', 'notEqual', 1)],
      { a: 1 },
      { path: '$.a', from: 1, to: 0 },
    ],
    // Not "anything but 1": most of that is too large.
    [
      'a value of bounds',
      [compares('$.a', 'lessThan', 5), compares('$.a', 'notEqual', 1)],
      { a: 1 },
      { path: '$.a', from: 1, to: 4 },
    ],
    [
      'the other one of two fields',
      [compares('$.a', 'equal', other('$.b')), compares('$.a', 'equal', 1)],
      { a: 1, b: 2 },
      { path: '$.b', from: 2, to: 1 },
    ],
    [
      'nothing, sooner than a number below zero',
      [{ not: compares('$.a', 'greaterThanInclusive', 0) }],
      { a: 3 },
      { path: '$.a', from: 3 },
    ],
  ])('may be %s', async (_, all, payload, expected) => {
    const rule = aRule({ id: 'r', conditions: { all }, trigger: { kind: 'event', on: ['Something'], late: false } });
    const { changes } = await explainLook(await judge(rulesetOf([rule]), payload as JsonObject), rule);
    expect(changes).toEqual([{ kind: 'field', fact: 'event', ...expected }]);
  });
});
