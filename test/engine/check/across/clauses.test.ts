import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAbsent, type Json, type JsonObject } from '../../../../src/domain/json.ts';
import type { Condition } from '../../../../src/domain/rule-file.ts';
import { type Clause, clausesOf } from '../../../../src/engine/check/across/clauses.ts';
import { OPAQUE } from '../../../../src/engine/check/across/field-key.ts';
import { admits, type Scalar } from '../../../../src/engine/check/across/possible-values.ts';
import { createEvaluator } from '../../../../src/engine/evaluate.ts';
import { type Facts, valueAt } from '../../../../src/engine/facts.ts';
import { toInstant } from '../../../../src/engine/operators/operators.ts';
import { aRule } from '../../../support/rules.ts';

/** What is said of conditions holds for the evaluator that judges them: nothing that can happen is ruled out. */
const NOW = Date.parse('2026-03-02T13:00:00.000Z');
const FIELDS = [
  ['session', '$.assigneeId'],
  ['session', '$.messagesCount'],
  ['session', '$.lastInboundAt'],
  ['transition', '$.from'],
  ['transition', '$.to'],
  ['event', '$.note'],
] as const;
const TEXTS = ['OPEN', 'ON_HOLD', 'ON', 'OLD'];
const ago = (ms: number) => new Date(NOW - ms).toISOString();

const text = fc.constantFrom(...TEXTS);
const number = fc.integer({ min: 0, max: 3 });
const plain = fc.oneof(text, number);
const leaf: fc.Arbitrary<Condition> = fc
  .record({
    field: fc.constantFrom(...FIELDS),
    compared: fc.oneof(
      fc.record({ operator: fc.constantFrom('equal', 'notEqual', 'not:equal'), value: plain }),
      fc.record({
        operator: fc.constantFrom('in', 'notIn', 'not:in'),
        value: fc.array(plain, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        operator: fc.constantFrom(
          'lessThan',
          'lessThanInclusive',
          'greaterThan',
          'greaterThanInclusive',
          'not:lessThan',
        ),
        value: number,
      }),
      fc.record({
        operator: fc.constantFrom('between', 'not:between'),
        value: fc.tuple(number, number).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
      }),
      fc.record({ operator: fc.constantFrom('exists', 'not:exists'), value: fc.boolean() }),
      fc.record({ operator: fc.constantFrom('startsWith', 'not:startsWith', 'endsWith', 'containsText'), value: text }),
      fc.record({
        operator: fc.constantFrom('olderThan', 'newerThan', 'not:olderThan'),
        value: fc.constantFrom('5m', '10m'),
      }),
      fc.constant({ operator: 'equal', value: { fact: 'transition', path: '$.from' } }),
    ),
  })
  .map(({ field: [fact, path], compared }) => ({ fact, path, ...(compared as { operator: string; value: Json }) }));
const change: fc.Arbitrary<Condition> = fc
  .record({ operator: fc.constantFrom('changedTo', 'changedFrom', 'not:changedTo'), value: text })
  .map((compared) => ({ fact: 'transition', ...compared }));

const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(leaf, change),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('tree').map((not) => ({ not })),
  ),
}));

const met = fc.option(fc.oneof(text, number), { nil: undefined });
const facts: fc.Arbitrary<Facts> = fc
  .record({
    assigneeId: met,
    messagesCount: fc.option(number, { nil: undefined }),
    lastInboundAt: fc.constantFrom(undefined, ago(60_000), ago(300_000), ago(420_000), ago(600_000)),
    from: met,
    to: met,
    note: met,
  })
  .map(({ from, to, note, ...session }) => ({
    session: present(session),
    transition: present({ from, to }),
    event: present({ note, type: 'IM_Session_Status' }),
  }));

function present(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]): [string, Json][] => (value === undefined ? [] : [[key, value]])),
  );
}

/** Whether the clause leaves room for these facts; what it keeps as a whole is not looked into. */
function allows(clause: Clause, given: Facts): boolean {
  return [...clause].every(([field, values]) => {
    if (field.startsWith(OPAQUE)) return true;
    const [, path = ''] = /^(\S+)/.exec(field) ?? [];
    const value = valueAt(given, path);
    if (isAbsent(value)) return values.absent;
    const isAge = field.endsWith('(its age)');
    // An age is a number where the value is a time, and something else where it is not.
    const at = toInstant(value);
    return admits(values, isAge ? (at === undefined ? String(value) : NOW - at) : (value as Scalar));
  });
}

describe('the clauses of conditions', () => {
  test('leave room for whatever the evaluator says can be', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(facts, { minLength: 1, maxLength: 8 }), async (condition, many) => {
        const rule = aRule({ id: 'r', conditions: { all: [condition] } });
        const evaluator = createEvaluator([rule], {});
        const reading = {
          trigger: { kind: 'event' as const, on: ['IM_Session_Status'] },
          late: true,
          named: new Map(),
        };
        for (const given of many) {
          const evaluation = await evaluator.evaluate(rule, given, NOW);
          if (!evaluation.ok) throw new Error(evaluation.reason);
          const clauses = clausesOf(rule.conditions, !evaluation.result, reading);
          expect(clauses === undefined || clauses.some((clause) => allows(clause, given))).toBe(true);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  test('are given up where there are too many, not worked on for ever', () => {
    const any = (field: string) => ({
      any: [1, 2, 3].map((value) => ({ fact: 'event', path: `$.${field}${value}`, operator: 'equal', value })),
    });
    const all = { all: Array.from({ length: 50 }, (_, index) => any(`f${index}x`)) };
    const reading = { trigger: undefined, late: false, named: new Map() };
    expect(clausesOf(all, false, reading)).toBeUndefined();
    expect(clausesOf({ not: all }, true, reading)).toBeUndefined();
  });
});
