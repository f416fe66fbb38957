import type { Rule } from '../../../domain/rule.ts';
import type { Ruleset } from '../../load/ruleset.ts';
import { type Clause, clausesOf, type Reading } from './clauses.ts';

/** A rule with what its conditions come to. */
export interface RuleInView {
  rule: Rule;
  reading: Reading;
  /** When it can match; undefined where that is too entangled to be told. */
  clauses: readonly Clause[] | undefined;
  /** When it does not match; worked out when somebody asks. */
  otherwise(): readonly Clause[] | undefined;
}

export function viewRules({ rules, conditions }: Ruleset): RuleInView[] {
  const named = new Map(Object.entries(conditions));
  return rules.map((rule) => {
    const { trigger } = rule;
    const reading: Reading = { trigger, late: trigger.kind === 'event' && trigger.late, named };
    let otherwise: { clauses: readonly Clause[] | undefined } | undefined;
    return {
      rule,
      reading,
      clauses: clausesOf(rule.conditions, false, reading),
      otherwise() {
        otherwise ??= { clauses: clausesOf(rule.conditions, true, reading) };
        return otherwise.clauses;
      },
    };
  });
}
