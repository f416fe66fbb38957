import type { Action } from '../domain/action.ts';

/** How an edit tells a card again: a repeat reminds people of it, a tick of a schedule rule keeps its text up to date. */
export interface Retelling {
  alertId: string;
  change: 'repeated' | 'ticked';
}

/** Undefined for what does something else. */
export function retellingOf({ type, params }: Pick<Action['spec'], 'type' | 'params'>): Retelling | undefined {
  const { alertId, change } = params;
  if (type !== 'slack.alertUpdate' || typeof alertId !== 'string') return undefined;
  return change === 'repeated' || change === 'ticked' ? { alertId, change } : undefined;
}
