import type { AlertState } from '../../domain/alert.ts';
import { CARD_ACTIONS, type CardTarget, SNOOZES, toButtonValue } from '../../domain/card-buttons.ts';
import type { JsonObject } from '../../domain/json.ts';

/**
 * The buttons below a card, by what can still be done: an alert that is acknowledged escalates no more, so there is
 * nothing to snooze, and nothing at all is left once it is resolved. A group cannot be snoozed. Ids within Slack's 255 characters,
 * values within the 75 that an option may have.
 */
export function toButtons(state: AlertState, target: CardTarget): JsonObject[] {
  if (state === 'resolved') return [];
  const acknowledge = button(CARD_ACTIONS.acknowledge, 'Acknowledge', target, 'primary');
  const resolve = button(CARD_ACTIONS.resolve, 'Resolve', target);
  const later = target.kind === 'group' ? [] : [snooze(target)];
  const elements = state === 'acknowledged' ? [resolve] : [acknowledge, ...later, resolve];
  return [{ type: 'actions', block_id: `vigia.card.${target.kind}`, elements }];
}

function button(actionId: string, label: string, target: CardTarget, style?: 'primary'): JsonObject {
  return {
    type: 'button',
    action_id: actionId,
    text: { type: 'plain_text', text: label },
    value: toButtonValue(target),
    ...(style === undefined ? {} : { style }),
  };
}

function snooze(target: CardTarget): JsonObject {
  return {
    type: 'static_select',
    action_id: CARD_ACTIONS.snooze,
    placeholder: { type: 'plain_text', text: 'Snooze' },
    options: SNOOZES.map(({ name, label }) => ({
      text: { type: 'plain_text', text: label },
      value: toButtonValue(target, name),
    })),
  };
}
