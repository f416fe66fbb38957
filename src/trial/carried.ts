import type { Action, ActionState, RuleActionType } from '../domain/action.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Holder } from '../domain/mute.ts';
import type { StandingAction } from '../services/delivery-checks.ts';
import type { QueuedAction } from '../store/save-effects.ts';

/** An action and how it stands. */
export interface Carried {
  action: Action;
  state: ActionState;
  waitsFor: string[];
  /** Tries that count. */
  attempts: number;
  tries: { startedAt: number; outcome: string }[];
  nextTryAt: number;
  params: JsonObject;
  result: JsonObject;
  reason?: string;
  /** What holds it back, since when, and until when. */
  held?: { by: Holder; at: number; until?: number };
  /** A card that shares another's: nothing was posted for it. */
  joined?: boolean;
  /** Epoch ms. */
  finishedAt?: number;
}

/** As the service plans it to be stored. */
export function toCarried(
  { action, state, waitsFor = [], params = {}, result = {}, ...row }: QueuedAction,
  now: number,
): Carried {
  const carried: Carried = {
    action,
    state,
    waitsFor,
    attempts: row.attempts,
    tries: [],
    nextTryAt: now,
    params,
    result,
  };
  if (row.reason !== undefined) carried.reason = row.reason;
  if (row.finishedAt !== undefined) carried.finishedAt = row.finishedAt;
  if (row.heldBy !== undefined) {
    carried.held = { by: row.heldBy, at: now, ...(row.heldUntil === undefined ? {} : { until: row.heldUntil }) };
  }
  if (action.spec.type === 'slack.alert' && typeof result.group === 'string') carried.joined = true;
  return carried;
}

/** Whether a rule says it: the edits of cards are ours, and nothing was posted for a card that shares another's. */
export function isOfARule<A extends { action: Pick<Action, 'spec'>; joined?: boolean }>(
  carried: A,
): carried is A & { action: { spec: { type: RuleActionType } } } {
  const { type } = carried.action.spec;
  return type !== 'slack.alertUpdate' && type !== 'slack.groupCard' && carried.joined !== true;
}

/** As planning and rendering look at the others of a firing. */
export type Sibling = Action & StandingAction & { state: ActionState; heldBy?: Holder; waitsFor?: string[] };

export function toSibling(carried: Carried): Sibling {
  const { action, state, result, held, waitsFor } = carried;
  return {
    ...action,
    ...reasonOf(carried),
    state,
    result,
    ...(held === undefined ? {} : { heldBy: held.by }),
    ...(waitsFor.length === 0 ? {} : { waitsFor }),
  };
}

export function reasonOf({ reason }: Carried): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** In the order in which the service lets go of what was held. */
export function byMaking({ action: a }: Carried, { action: b }: Carried): number {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  if (a.firedAt !== b.firedAt) return a.firedAt - b.firedAt;
  if (a.firing !== b.firing) return a.firing < b.firing ? -1 : 1;
  return a.path.length - b.path.length || (a.path < b.path ? -1 : 1);
}
