import type { JsonObject } from '../../domain/json.ts';
import type { Rule } from '../../domain/rule.ts';
import type { Condition } from '../../domain/rule-file.ts';
import type { Trace } from '../../domain/trace.ts';
import { createEvaluator } from '../evaluate.ts';
import type { Facts } from '../facts.ts';
import type { Ruleset } from '../load/ruleset.ts';

/** Judges the conditions of one rule over facts; every comparison of them is judged. */
export type EvaluateFully = (
  facts: Facts,
  at: number,
  runtime: ReadonlyMap<string, JsonObject>,
) => Promise<Trace | undefined>;

/**
 * The evaluator of rules for one rule, without the priorities among conditions: these decide what need not be looked at,
 * and never what the verdict is. The answer is undefined where the conditions cannot be evaluated at all.
 */
export function createFullEvaluation(rule: Rule, { conditions }: Pick<Ruleset, 'conditions'>): EvaluateFully {
  const named = Object.fromEntries(Object.entries(conditions).map(([name, one]) => [name, withoutPriority(one)]));
  const whole = { ...rule, conditions: withoutPriority(rule.conditions) };
  const evaluator = createEvaluator([whole], named);
  return async (facts, at, runtime) => {
    const evaluation = await evaluator.evaluate(whole, facts, at, runtime);
    return evaluation.ok ? evaluation.trace : undefined;
  };
}

function withoutPriority(condition: Condition): Condition {
  const { priority: _, ...rest } = condition;
  if ('all' in rest) return { ...rest, all: rest.all.map(withoutPriority) };
  if ('any' in rest) return { ...rest, any: rest.any.map(withoutPriority) };
  if ('not' in rest) return { ...rest, not: withoutPriority(rest.not) };
  return rest;
}
