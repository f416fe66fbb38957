import fc from 'fast-check';
import { Engine } from 'json-rules-engine';
import { describe, expect, it } from 'vitest';
import { addOperators } from '../../../src/engine/operators/index.ts';
import { OPERATORS, parseOperator } from '../../../src/engine/operators/operator-info.ts';
import { createOperators } from '../../../src/engine/operators/operators.ts';

const NOW = Date.parse('2026-03-02T13:00:00Z');

/** Judges one condition with the real engine. */
async function judge(operator: string, met: unknown, wanted: unknown): Promise<boolean> {
  const engine = new Engine([], { allowUndefinedFacts: true });
  addOperators(engine, () => NOW);
  engine.addRule({ conditions: { all: [{ fact: 'met', operator, value: wanted }] }, event: { type: 'held' } });
  const { events } = await engine.run(met === undefined ? {} : { met });
  return events.length === 1;
}

describe('operators', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['equal', 'a', 'a', true],
    ['equal', 1, '1', false],
    ['equal', null, '', true],
    ['equal', undefined, 'a', false],
    ['notEqual', 'a', 'b', true],
    ['notEqual', undefined, 'b', true],
    ['notEqual', undefined, '', false],
    ['in', 'a', ['a', 'b'], true],
    ['in', 'a', 'abc', false],
    ['in', 1, ['1'], false],
    ['notIn', 'c', ['a', 'b'], true],
    ['notIn', 'c', 'abc', false],
    ['contains', ['a'], 'a', true],
    ['contains', 'abc', 'a', false],
    ['doesNotContain', ['a'], 'b', true],
    ['doesNotContain', undefined, 'b', false],
    ['lessThan', 9, 10, true],
    ['lessThan', '9', 10, false],
    ['lessThan', undefined, 10, false],
    ['lessThanInclusive', 10, 10, true],
    ['greaterThan', '10', 9, false],
    ['greaterThan', '10', '9', false],
    ['greaterThan', 10, 9, true],
    ['greaterThanInclusive', 9, 9, true],
    ['between', 5, [5, 10], true],
    ['between', 10, [5, 10], true],
    ['between', 11, [5, 10], false],
    ['between', '7', [5, 10], false],
    ['between', 7, [5], false],
    ['exists', 'a', true, true],
    ['exists', 0, true, true],
    ['exists', false, true, true],
    ['exists', '', true, false],
    ['exists', null, false, true],
    ['exists', undefined, false, true],
    ['exists', 'a', false, false],
    ['startsWith', 'Olá', 'Ol', true],
    ['startsWith', 'Olá', 'ol', false],
    ['startsWith', 12, '1', false],
    ['endsWith', 'Olá', 'lá', true],
    ['endsWith', undefined, 'lá', false],
    ['containsText', 'Quero CANCELAR já', 'cancelar', true],
    ['containsText', 'AÇÃO', 'ação', true],
    ['containsText', 'ação', 'ação', true],
    ['containsText', ['a'], 'a', false],
    ['olderThan', '2026-03-02T12:45:00.000Z', '15m', true],
    ['olderThan', '2026-03-02T12:45:00.001Z', '15m', false],
    ['olderThan', NOW - 900_000, '15m', true],
    ['olderThan', String(NOW - 900_000), '15m', true],
    ['olderThan', '2026-03-02T12:00:00.000Z', '15 minutes', false],
    ['olderThan', 'yesterday', '15m', false],
    ['olderThan', undefined, '15m', false],
    ['newerThan', '2026-03-02T12:45:00.001Z', '15m', true],
    ['newerThan', '2026-03-02T12:45:00.000Z', '15m', false],
    ['newerThan', undefined, '15m', false],
    ['changedTo', { from: 'OPEN', to: 'ON_HOLD' }, 'ON_HOLD', true],
    ['changedTo', { to: 'ON_HOLD' }, 'ON_HOLD', true],
    ['changedTo', { from: 'ON_HOLD', to: 'ON_HOLD' }, 'ON_HOLD', false],
    ['changedTo', { from: 'ON_HOLD', to: 'OPEN' }, 'ON_HOLD', false],
    ['changedTo', 'ON_HOLD', 'ON_HOLD', false],
    ['changedFrom', { from: 'OPEN', to: 'ON_HOLD' }, 'OPEN', true],
    ['changedFrom', { from: 'OPEN' }, 'OPEN', true],
    ['changedFrom', { from: 'OPEN', to: 'OPEN' }, 'OPEN', false],
    ['changedFrom', undefined, 'OPEN', false],
    ['not:equal', 'a', 'b', true],
    ['not:in', 'a', ['a'], false],
    ['someFact:equal', ['a', 'b'], 'b', true],
    ['someFact:equal', 'b', 'b', false],
    ['everyFact:startsWith', ['ab', 'ac'], 'a', true],
    ['someValue:changedTo', { from: 'OPEN', to: 'ENDED' }, ['ENDED', 'BLOCKED'], true],
    ['someValue:containsText', 'hello', 'hello', false],
    ['everyValue:containsText', 'hello world', ['hello', 'world'], true],
    ['swap:in', ['a', 'b'], 'a', true],
    ['swap:in', undefined, 'a', false],
    ['not:someFact:equal', ['a', 'b'], 'c', true],
  ])('%s of %j and %j is %s', async (operator, met, wanted, expected) => {
    expect(await judge(operator, met, wanted)).toBe(expected);
  });

  it('never throw and never coerce, whatever they meet', () => {
    const anything = fc.oneof(fc.anything(), fc.constantFrom('15m', 'OPEN', '10', 10, null, undefined));
    const operators = createOperators(() => NOW);
    fc.assert(
      fc.property(fc.constantFrom(...operators), anything, anything, (operator, met, wanted) => {
        const evaluate: unknown = Reflect.get(operator, 'cb');
        expect(typeof evaluate).toBe('function');
        if (typeof evaluate === 'function') expect(typeof evaluate(met, wanted)).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });

  it('are described one and all', () => {
    expect(
      createOperators(() => NOW)
        .map((operator) => operator.name)
        .sort(),
    ).toEqual(Object.keys(OPERATORS).sort());
  });
});

describe('operator names', () => {
  it('are taken apart into decorators and operator', () => {
    expect(parseOperator('not:someFact:equal')).toMatchObject({
      ok: true,
      name: 'equal',
      decorators: ['not', 'someFact'],
    });
  });

  it.each([
    ['equals', 'equals'],
    ['nope:equal', 'nope'],
    ['not:', ''],
    ['toString', 'toString'],
  ])('%s is unknown for its part "%s"', (text, unknown) => {
    expect(parseOperator(text)).toMatchObject({ ok: false, unknown });
  });
});
