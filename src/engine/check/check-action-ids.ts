import { suggestion } from '../../domain/did-you-mean.ts';
import type { Finding } from '../load/fault.ts';
import { actionListsOf, type PlacedAction } from './action-list.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** Ids of actions are unique within a firing, and `needs` names one that comes before. */
export const checkActionIds: RuleCheck = ({ file }) =>
  actionListsOf(file).flatMap(({ actions }) => [...checkUnique(actions), ...actions.flatMap(checkNeeds)]);

function checkUnique(actions: readonly PlacedAction[]): Finding[] {
  const seen = new Set<string>();
  return actions.flatMap(({ action: { id }, path }): Finding[] => {
    if (id === undefined) return [];
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const message = `another action of this list is called "${id}"`;
    return [{ path: [...path, 'id'], code: 'duplicate-id', message, remedy: 'Give each its own id.' }];
  });
}

function checkNeeds({ action: { needs }, path, earlier }: PlacedAction): Finding[] {
  if (needs === undefined || earlier.includes(needs)) return [];
  const message = `no earlier action of this list is called "${needs}"`;
  const remedy =
    earlier.length === 0
      ? 'Give the action that it needs an "id", and let it stand before.'
      : suggestion(needs, earlier);
  return [{ path: [...path, 'needs'], code: 'unknown-action-id', message, remedy }];
}
