import {
  type Action,
  type ActionState,
  type Delivery,
  type DeliveryOutcome,
  destinationOf,
  editsCard,
  type Results,
} from '../domain/action.ts';
import { formatDuration } from '../domain/duration.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { findPause, type HeldBack, type Pause, toPausedAction } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { aboutOf } from '../engine/computed/about.ts';
import { renderCardEdit } from '../engine/templates/render-card-edit.ts';
import { renderParams } from '../engine/templates/render-params.ts';
import { findSibling } from './find-sibling.ts';
import { storedParams } from './stored-params.ts';

/**
 * What is looked at before an action is handed to its destination, and how it is rendered. Pure: the service asks these of
 * its tables and trials of their memory, so both carry out the same.
 */

/** An action of the same firing, as it stands. */
export type StandingAction = Pick<Action, 'path' | 'spec'> & {
  state: ActionState;
  reason?: string | undefined;
  result?: JsonObject | undefined;
};

/** The pause that stops a delivery that was about to begin; one that is under way comes to its end. */
export function pausedNow(
  { ruleId, subject, spec, channelId }: Pick<Action, 'ruleId' | 'subject' | 'spec' | 'channelId'>,
  pauses: readonly Pause[],
  now: number,
): HeldBack | undefined {
  const about = { ruleId, channelId: channelId ?? aboutOf({ subject, session: undefined }).channelId };
  const pause = findPause(pauses, { ...about, destination: destinationOf(spec.type) }, now);
  return pause === undefined ? undefined : toPausedAction(pause, editsCard(spec.type));
}

/** Why an action that `needs` another is not carried out; undefined when that was delivered. */
export function unmetNeed(
  action: Pick<Action, 'path' | 'spec'>,
  siblings: readonly StandingAction[],
): string | undefined {
  const { needs } = action.spec;
  if (needs === undefined) return undefined;
  const needed = findSibling(action, siblings, needs);
  if (needed?.state === 'delivered') return undefined;
  const state = needed === undefined ? 'is not there' : `was ${needed.state.replace('_', ' ')}`;
  return `it needs "${needs}", which ${state}${needed?.reason === undefined ? '' : `: ${needed.reason}`}`;
}

/** Why it is too late for an action that leaves our own tables; undefined while it is not. */
export function tooLate(
  { expiresAt, firedAt, reason }: Pick<Action, 'expiresAt' | 'firedAt'> & { reason?: string | undefined },
  now: number,
): string | undefined {
  if (now <= expiresAt) return undefined;
  const why = reason === undefined ? '' : ` (${reason})`;
  return `not delivered in time: ${formatDuration(now - firedAt)} after the firing${why}`;
}

/** Said of what tells a card again that is still to be posted. */
export const CARD_TO_COME = 'its card has not been posted yet, and tells of it when it is';

/** Said of a card that would tell of what is past. */
export const CARD_TOO_LATE = 'the episode was over before the card was posted';

/** Said of an action that a lost answer ends. */
export const LEFT_UNCERTAIN = 'the answer was lost and the rule says not to repeat it';

/** A pick that finds nobody is tried again for this long. */
const NOBODY_MS = 60_000;

/**
 * "Nobody" is tried again for a minute; then it is refused, which starts the rule's `onFailure`.
 * @param since when the first try that found nobody began, epoch ms
 */
export function refuseEndlessPick(outcome: DeliveryOutcome, since: number | undefined, now: number): DeliveryOutcome {
  if (outcome.kind !== 'nobody') return outcome;
  return since !== undefined && now - since >= NOBODY_MS ? { kind: 'refused', reason: outcome.reason } : outcome;
}

/** A card that has not been asked yet whether it is posted by itself: what could go when it was decided has been. */
export function isUnplaced({ spec, grouping, admittedAt }: Pick<Action, 'spec' | 'grouping' | 'admittedAt'>): boolean {
  return spec.type === 'slack.alert' && (grouping !== undefined || admittedAt === undefined);
}

/**
 * Whether an action has to do with its episode's lasting. What `onResolve` does in Zoho Desk is about the end itself, and is
 * not late because of it.
 */
export function endsWithEpisode({ episodeId, firing, spec }: Pick<Action, 'episodeId' | 'firing' | 'spec'>): boolean {
  if (episodeId === undefined) return false;
  return !(firing.endsWith('/end') && destinationOf(spec.type) === 'zoho-desk');
}

/** Whether a sibling has changed the chat, and the card of an episode that is over is to tell of just that. */
export function tellsOfChange(siblings: readonly Pick<StandingAction, 'spec' | 'state'>[]): boolean {
  return siblings.some(({ spec, state }) => destinationOf(spec.type) === 'zoho-desk' && state === 'delivered');
}

/** The params as they are delivered, and as they are kept. */
export type Rendered = { ok: true; params: JsonObject; stored: JsonObject } | { ok: false; reason: string };

export function renderAction(
  action: Pick<Action, 'path' | 'spec' | 'context'>,
  siblings: readonly StandingAction[],
  { directory, keepPersonal }: { directory: Directory; keepPersonal: boolean },
): Rendered {
  const { type, params: spec } = action.spec;
  if (type === 'slack.groupCard') return { ok: true, params: spec, stored: spec };
  const results: Results = {};
  for (const id of new Set([...action.spec.reads, ...(action.spec.needs === undefined ? [] : [action.spec.needs])])) {
    const sibling = findSibling(action, siblings, id);
    if (sibling !== undefined) results[id] = { ...(sibling.result ?? {}), state: sibling.state };
  }
  if (type === 'slack.alertUpdate') {
    const context = { ...action.context, results };
    const edit = renderCardEdit(spec, (card) => renderParams('slack.alert', card, context, { directory }));
    if (!edit.ok) return edit;
    const { card } = edit.params;
    if (!isJsonObject(card)) return { ok: true, params: edit.params, stored: edit.params };
    const shown = { ...card, rule: action.context['rule'] ?? {} };
    return { ok: true, params: { ...edit.params, card: shown }, stored: edit.params };
  }
  const renderOver = (facts: JsonObject) => renderParams(type, spec, { ...facts, results }, { directory });
  const rendered = renderOver(action.context);
  if (!rendered.ok) return rendered;
  const stored = storedParams(rendered.params, action.context, keepPersonal, renderOver);
  if (type !== 'slack.alert') return { ok: true, params: rendered.params, stored };
  return { ok: true, params: { ...rendered.params, rule: action.context['rule'] ?? {} }, stored };
}

export function toDelivery(
  action: Action,
  params: JsonObject,
  { attempt, mayHaveHappened, episodeOver }: Pick<Delivery, 'attempt' | 'mayHaveHappened' | 'episodeOver'>,
): Delivery {
  const delivery: Delivery = {
    orgId: action.orgId,
    actionId: action.id,
    ruleId: action.ruleId,
    subject: action.subject,
    type: action.spec.type,
    params,
    onUncertain: action.spec.onUncertain,
    attempt,
    mayHaveHappened,
    expiresAt: action.expiresAt,
    episodeOver,
  };
  if (action.sessionId !== undefined) delivery.sessionId = action.sessionId;
  if (action.episodeId !== undefined) delivery.episodeId = action.episodeId;
  if (action.expected !== undefined) delivery.session = action.expected;
  return delivery;
}
