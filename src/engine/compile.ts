import type { Rule } from '../domain/rule.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import type { Ruleset } from './load/ruleset.ts';
import { createRuleIndex, type RuleIndex } from './rule-index.ts';

/** A ruleset ready to judge: everything that does not depend on an event is done here, once, when it is loaded. */
export interface CompiledRuleset extends Ruleset {
  /** All rules that are not off, by id. */
  active: ReadonlyMap<string, Rule>;
  /** Event rules by event type. */
  eventRules: ReadonlyMap<string, RuleIndex<Rule>>;
  holdRules: RuleIndex<Rule>;
  evaluator: Evaluator;
}

export function compileRuleset(ruleset: Ruleset): CompiledRuleset {
  const active = ruleset.rules.filter((rule) => rule.mode !== 'off').sort(byPriority);
  const byType = new Map<string, Rule[]>();
  for (const rule of active) {
    if (rule.trigger.kind !== 'event') continue;
    for (const type of new Set(rule.trigger.on)) byType.set(type, [...(byType.get(type) ?? []), rule]);
  }
  return {
    ...ruleset,
    active: new Map(active.map((rule) => [rule.id, rule])),
    eventRules: new Map([...byType].map(([type, rules]) => [type, createRuleIndex(rules, ruleset.conditions)])),
    holdRules: createRuleIndex(
      active.filter((rule) => rule.trigger.kind === 'hold'),
      ruleset.conditions,
    ),
    evaluator: createEvaluator(active, ruleset.conditions),
  };
}

/** Higher priority first, then by id: the order in which rules are judged and fire. */
export function byPriority(a: Rule, b: Rule): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
