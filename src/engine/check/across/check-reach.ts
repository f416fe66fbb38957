import { allLeaves } from '../../load/condition-tree.ts';
import type { Finding } from '../../load/fault.ts';
import { clausesOf } from './clauses.ts';
import { OPAQUE } from './field-key.ts';
import type { RuleInView } from './rule-in-view.ts';

/** Conditions that never hold, and conditions that hold whatever comes. */
export function checkReach(view: RuleInView): Finding[] {
  const { rule, reading, clauses } = view;
  const place = { path: ['conditions'], on: 'key' as const, severity: 'warning' as const };
  if (clauses?.length === 0) {
    const conflicts = new Set<string>();
    clausesOf(rule.conditions, false, { ...reading, conflicts });
    const fields = [...conflicts].map((field) => (field.startsWith(OPAQUE) ? 'one comparison' : field));
    const asked = [...new Set(fields)].slice(0, 3).join(' and of ');
    return [
      {
        ...place,
        code: 'never-matches',
        message: `these conditions never hold: no value can be all that is asked of ${asked}`,
        remedy: 'Put alternatives into "any", or take out the comparison that was not meant.',
      },
    ];
  }
  // To mean every event, or every tick, is written with an empty list.
  const [leaf] = allLeaves(rule.conditions, reading.named);
  if (leaf === undefined || view.otherwise()?.length !== 0) return [];
  const remedy =
    rule.trigger.kind === 'hold'
      ? 'Ask for the state that is to last, such as a status.'
      : 'Write "conditions": { "all": [] } if every one is meant; else look for an "any" whose parts leave nothing out.';
  return [{ ...place, code: 'always-matches', message: 'these conditions hold whatever comes', remedy }];
}
