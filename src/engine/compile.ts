import type { ActionSpec } from '../domain/action.ts';
import type { Rule } from '../domain/rule.ts';
import { type RuleReads, readsOf } from './computed/rule-reads.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import type { Ruleset } from './load/ruleset.ts';
import { createRuleIndex, type RuleIndex } from './rule-index.ts';
import { compileOpenConditions, type OpenConditions } from './unknown-values.ts';
import { compileReaders, type VocabularyReaders } from './vocabulary-readers.ts';

/** A ruleset ready to judge: everything that does not depend on an event is done here, once, when it is loaded. */
export interface CompiledRuleset extends Ruleset {
  /** All rules that are not off, by id. */
  active: ReadonlyMap<string, Rule>;
  /** Event rules by event type. */
  eventRules: ReadonlyMap<string, RuleIndex<Rule>>;
  holdRules: RuleIndex<Rule>;
  /** What the conditions of each active rule read of computed facts. */
  reads: ReadonlyMap<string, RuleReads>;
  evaluator: Evaluator;
  /** For `onUnknown`, by rule id: only rules whose conditions read a vocabulary that may grow. */
  openConditions: ReadonlyMap<string, OpenConditions>;
  /** Which rules read which vocabulary. */
  readers: VocabularyReaders;
  /** Whether some rule may change a chat in Zoho Desk: then its events may be of our own making. */
  changesChats: boolean;
}

/**
 * @param createIndex how the rules that can match are found; trials look at all of them, to see each comparison judged
 */
export function compileRuleset(
  ruleset: Ruleset,
  createIndex: (rules: readonly Rule[], conditions: Ruleset['conditions']) => RuleIndex<Rule> = createRuleIndex,
): CompiledRuleset {
  const active = ruleset.rules.filter((rule) => rule.mode !== 'off').sort(byPriority);
  const byType = new Map<string, Rule[]>();
  for (const rule of active) {
    if (rule.trigger.kind !== 'event') continue;
    for (const type of new Set(rule.trigger.on)) byType.set(type, [...(byType.get(type) ?? []), rule]);
  }
  const named = new Map(Object.entries(ruleset.conditions));
  return {
    ...ruleset,
    active: new Map(active.map((rule) => [rule.id, rule])),
    eventRules: new Map([...byType].map(([type, rules]) => [type, createIndex(rules, ruleset.conditions)])),
    holdRules: createIndex(
      active.filter((rule) => rule.trigger.kind === 'hold'),
      ruleset.conditions,
    ),
    reads: new Map(active.map(({ id, conditions }) => [id, readsOf(conditions, named)])),
    evaluator: createEvaluator(active, ruleset.conditions),
    openConditions: compileOpenConditions(active, ruleset.conditions),
    readers: compileReaders(active, new Map(Object.entries(ruleset.conditions))),
    changesChats: active.some(({ mode, actions, steps, onResolve }) => {
      const all = [...actions, ...steps.flatMap((step) => step.actions), ...onResolve];
      return mode === 'live' && all.some(changesChat);
    }),
  };
}

function changesChat({ type, onFailure }: ActionSpec): boolean {
  return type === 'zoho.assignSession' || type === 'zoho.setSessionStatus' || onFailure.some(changesChat);
}

/** Higher priority first, then by id: the order in which rules are judged and fire. */
export function byPriority(a: Rule, b: Rule): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
