import { actionListsOf } from './action-list.ts';
import { checkStatePath } from './check-episode-by.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** `groupAlerts` is about the cards that a rule opens, and goes by plain fields of the state. */
export const checkGroupAlerts: RuleCheck = ({ file }) => {
  if (file.groupAlerts === undefined) return [];
  const opensCard = actionListsOf(file).some(({ actions }) =>
    actions.some(({ action }) => action.type === 'slack.alert'),
  );
  if (!opensCard) {
    const message = '"groupAlerts" goes with "slack.alert": no action of this rule opens a card';
    const remedy = 'Remove "groupAlerts", or write "slack.alert" instead of "slack.post".';
    return [{ path: ['groupAlerts'], on: 'key', code: 'key-without-effect', message, remedy }];
  }
  return (file.groupAlerts.by ?? []).flatMap((text, index) =>
    checkStatePath(text, ['groupAlerts', 'by', index], { code: 'bad-group-by', what: 'a group' }),
  );
};
