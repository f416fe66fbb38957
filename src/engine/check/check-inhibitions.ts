import { suggestion } from '../../domain/did-you-mean.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import type { Finding } from '../load/fault.ts';
import { actionListsOf } from './action-list.ts';

/** A rule as far as it was read. */
export interface NamedRule {
  id: string;
  file: RuleFile;
}

/**
 * `inhibitedBy` names other rules that are there, and no circle of rules holds itself back: whichever fired first would
 * keep the others quiet for as long as it lasts. An event rule without a card or a ladder has no episodes, so that it holds nobody back.
 * @param others ids of files that could not be read: their rules are there, and nothing is known of them
 */
export function checkInhibitions(
  { id, file }: NamedRule,
  rules: ReadonlyMap<string, RuleFile>,
  others: ReadonlySet<string>,
): Finding[] {
  return (file.inhibitedBy ?? []).flatMap((name, index): Finding[] => {
    const path = ['inhibitedBy', index];
    const inhibitor = rules.get(name);
    if (name === id) {
      const message = 'the rule is held back by itself';
      return [{ path, code: 'inhibits-itself', message, remedy: 'Name other rules.' }];
    }
    if (inhibitor === undefined) {
      if (others.has(name)) return [];
      const known = [...rules.keys()].filter((other) => other !== id);
      const remedy = known.length === 0 ? `Write ${name}.rule.json, or take it out.` : suggestion(name, known);
      return [{ path, code: 'unknown-rule', message: `there is no rule "${name}"`, remedy }];
    }
    if (leadsTo(name, id, rules)) {
      const message = `"${name}" is itself held back by this rule, directly or by others between them`;
      return [{ path, code: 'cyclic-inhibition', message, remedy: 'Take one of the two out.' }];
    }
    if (inhibitor.on !== undefined && !hasEpisodes(inhibitor)) {
      const message = `"${name}" has no episodes: it is an event rule without slack.alert and without steps`;
      const remedy = 'Name a hold rule or a schedule rule, or let it open a card.';
      return [{ path, severity: 'warning', code: 'inhibits-never', message, remedy }];
    }
    return [];
  });
}

/** Whether a rule names another in `inhibitedBy`, directly or by way of others. */
function leadsTo(from: string, to: string, rules: ReadonlyMap<string, RuleFile>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(rules.get(id)?.inhibitedBy ?? []));
  }
  return false;
}

function hasEpisodes(file: RuleFile): boolean {
  return file.steps !== undefined || actionListsOf(file).some(({ actions }) => actions.some(isCard));
}

function isCard({ action }: { action: { type: string } }): boolean {
  return action.type === 'slack.alert';
}
