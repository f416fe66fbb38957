import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../src/domain/rule.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import { createEvaluator } from '../../src/engine/evaluate.ts';
import type { Facts } from '../../src/engine/facts.ts';
import { createRuleIndex } from '../../src/engine/rule-index.ts';
import { facts, NAMES, named, root } from '../support/conditions.ts';
import { aRule } from '../support/rules.ts';
import { START } from '../support/timeline.ts';

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
