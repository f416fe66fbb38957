import { getLogger } from '@logtape/logtape';
import {
  type Action,
  type ActionState,
  type Delivery,
  type DeliveryOutcome,
  type Destination,
  type DestinationName,
  destinationOf,
  editsCard,
  isFinal,
  type Results,
} from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import { formatDuration } from '../domain/duration.ts';
import { errorText } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { findPause, type Pause, toPausedAction } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { aboutOf } from '../engine/computed/about.ts';
import { renderCardEdit } from '../engine/templates/render-card-edit.ts';
import { renderParams } from '../engine/templates/render-params.ts';
import type { Database } from '../store/database.ts';
import { isAwayFault } from '../store/database-fault.ts';
import {
  type EarlierAttempt,
  findAction,
  findActionToDeliver,
  isEpisodeOver,
  loadAttempts,
  loadFiring,
  type StoredAction,
  startAttempt,
} from '../store/deliveries.ts';
import type { ClaimedJob, DeliveryQueue } from './delivery-queue.ts';
import { findSibling } from './find-sibling.ts';
import { type CardOptions, toReadyCard } from './join-groups.ts';
import { retellingOf } from './retelling.ts';
import { settleDelivery } from './settle-delivery.ts';
import { storedParams } from './stored-params.ts';
import type { Settled } from './verdict.ts';

/**
 * Carries out one action: look whether it may still be done, render it, hand it to its destination, and settle it
 * together with its job in one transaction. If the process dies in between, the job's lease lapses and another
 * attempt follows; an attempt without an answer means that the effect may be there already.
 */
export interface DeliverDeps {
  database: Database;
  clock: Clock;
  queue: DeliveryQueue;
  destinations: Readonly<Partial<Record<DestinationName, Destination>>>;
  directory: () => Directory;
  storePersonalData: boolean;
  /** How Slack cards share a channel; without it none is over a budget. */
  cards?: CardOptions | undefined;
  /** In [0, 1): the jitter of retries. */
  random: () => number;
  /** Called after an action was settled: metrics, the live board, and waking when siblings were let go. */
  onSettled?: (action: Action, state: ActionState, jobs: number) => void;
}

/** A pick that finds nobody is tried again for this long. */
const NOBODY_MS = 60_000;

const log = getLogger(['vigia', 'deliver']);

export async function deliverJob(deps: DeliverDeps, job: ClaimedJob, signal: AbortSignal): Promise<void> {
  const { database } = deps;
  const now = deps.clock.now();
  const found = await findActionToDeliver(database.db, job.orgId, job.actionId, now);
  if (found === undefined || isFinal(found.action.state) || found.action.heldBy !== undefined) {
    await database.transaction((tx) => deps.queue.complete(tx, job));
    return;
  }
  const { action } = found;
  const settled = toPaused(found, now) ?? (await attemptDelivery(deps, action, signal));
  const { state, jobs } = await settleInsistently(deps, action, job, settled, signal);
  log.debug('{type} {action} of {rule}: {state}', {
    type: action.spec.type,
    action: action.id,
    rule: action.ruleId,
    state,
  });
  deps.onSettled?.(action, state, jobs);
}

/** What a pause makes of a delivery that was about to begin; one that is under way comes to its end. */
function toPaused(
  { action, pauses, channelId }: { action: StoredAction; pauses: readonly Pause[]; channelId: string | undefined },
  now: number,
): Settled | undefined {
  const { ruleId, subject, spec } = action;
  const about = { ruleId, channelId: channelId ?? aboutOf({ subject, session: undefined }).channelId };
  const pause = findPause(pauses, { ...about, destination: destinationOf(spec.type) }, now);
  if (pause === undefined) return undefined;
  const heldBack = toPausedAction(pause, editsCard(spec.type));
  if (heldBack.waits) return { outcome: { kind: 'held', heldBack } };
  return { outcome: { kind: 'skipped', reason: heldBack.reason }, heldBackBy: heldBack.by };
}

/** Real ms between tries to settle. While the database is away there is no end to them: nobody else could go on. */
const SETTLE_PAUSES_MS = [250, 1_000, 3_000, 10_000];
const AWAY_PAUSE_MS = 250;

/**
 * The answer is known: losing it to a database that is away for a while would repeat what was done. Settling twice is
 * harmless, since an action that is final stays as it is.
 */
async function settleInsistently(
  deps: DeliverDeps,
  action: StoredAction,
  job: ClaimedJob,
  settled: Settled,
  signal: AbortSignal,
) {
  let failures = 0;
  let told = false;
  for (;;) {
    try {
      return await settleDelivery(deps, action, job, settled, deps.clock.now());
    } catch (error) {
      const away = isAwayFault(error);
      const pauseMs = away ? AWAY_PAUSE_MS : SETTLE_PAUSES_MS[failures];
      if (pauseMs === undefined || signal.aborted) throw error;
      if (!away) failures += 1;
      if (!away || !told) {
        log.warn('action {action} could not be settled, trying again: {error}', {
          action: action.id,
          error: errorText(error),
        });
      }
      told = true;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function attemptDelivery(deps: DeliverDeps, action: StoredAction, signal: AbortSignal): Promise<Settled> {
  const { database, clock } = deps;
  const siblings =
    action.spec.needs !== undefined || action.spec.reads.length > 0 ? await loadSiblings(deps, action) : [];
  const unmet = unmetNeed(action, siblings);
  if (unmet !== undefined) return { outcome: { kind: 'skipped', reason: unmet } };
  const now = clock.now();
  const destination = deps.destinations[destinationOf(action.spec.type)];
  // What ends in our own tables is kept whatever its age, as when it is written at once.
  if (destination !== undefined && now > action.expiresAt) {
    const late = formatDuration(now - action.firedAt);
    return { outcome: { kind: 'dead', reason: `not delivered in time: ${late} after the firing${why(action)}` } };
  }
  if (await isCardToCome(deps, action)) {
    return { outcome: { kind: 'skipped', reason: 'its card has not been posted yet, and tells of it when it is' } };
  }
  const earlier = action.attempts > 0 ? await loadAttempts(database.db, action.orgId, action.id) : [];
  // Our own tables are written in the transaction that settles the action: of those nothing can be lost.
  const wasLost =
    destination !== undefined && earlier.some(({ outcome }) => outcome === undefined || outcome === 'uncertain');
  if (wasLost && action.spec.onUncertain === 'leave') {
    return { outcome: { kind: 'uncertain', reason: 'the answer was lost and the rule says not to repeat it' } };
  }
  const mayHaveHappened = wasLost || earlier.some(({ outcome }) => outcome === 'overruled');
  const rendered = render(deps, action, siblings);
  if (!rendered.ok) return { outcome: { kind: 'refused', reason: rendered.reason } };
  const { params, stored } = rendered;
  const card = isUnplaced(action) ? toReadyCard(action, rendered, cardContext(deps)) : undefined;
  if (card !== undefined) {
    return (await isOver(deps, action))
      ? { outcome: { kind: 'skipped', reason: 'the episode was over before the card was posted' }, params, stored }
      : { outcome: { kind: 'card', card }, params, stored };
  }
  if (destination !== undefined && !destination.connected) {
    return { outcome: { kind: 'not_connected', reason: `${destination.name} has no credentials` }, params, stored };
  }
  const attempt = await startAttempt(database.db, action.orgId, action.id, now);
  if (attempt === undefined) return { outcome: { kind: 'skipped', reason: 'it was settled meanwhile' } };
  if (destination === undefined) return { outcome: { kind: 'local' }, params, stored, attempt };
  const episodeOver = await isOver(deps, action);
  const delivery = toDelivery(action, params, { attempt, mayHaveHappened, episodeOver });
  const outcome = await callDestination(destination, delivery, signal);
  if (signal.aborted && outcome.kind !== 'delivered') return { outcome: stopped(outcome), params, stored, attempt };
  return { outcome: refuseEndlessPick(outcome, earlier, now), params, stored, attempt };
}

/**
 * Whether an action tells a card again that is still to be posted: a silence holds it back, or it waits for another. A card
 * that came to nothing is another matter: then what tells it again is the card.
 */
async function isCardToCome({ database }: DeliverDeps, { orgId, spec }: StoredAction): Promise<boolean> {
  const retelling = retellingOf(spec);
  if (retelling === undefined) return false;
  const card = await findAction(database.db, orgId, retelling.alertId);
  return card !== undefined && !isFinal(card.state);
}

/** A card that has not been asked yet whether it is posted by itself: what could go when it was decided has been. */
function isUnplaced({ spec, grouping, admittedAt }: StoredAction): boolean {
  return spec.type === 'slack.alert' && (grouping !== undefined || admittedAt === undefined);
}

function cardContext({ directory, cards }: DeliverDeps) {
  return { directory: directory(), publicUrl: cards?.publicUrl };
}

/** A call that was cut off by the stop of the process is tried again by whoever comes next. */
function stopped(outcome: DeliveryOutcome): DeliveryOutcome {
  return outcome.kind === 'uncertain' ? outcome : { kind: 'retry', reason: 'the server was stopped', afterMs: 0 };
}

async function callDestination(
  destination: Destination,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  try {
    return await destination.deliver(delivery, signal);
  } catch (error) {
    log.error('{destination} threw while delivering {action}: {error}', {
      destination: destination.name,
      action: delivery.actionId,
      error: errorText(error),
    });
    return { kind: 'retry', reason: 'an internal fault; see the log' };
  }
}

/** "Nobody" is tried again for a minute; then it is refused, which starts the rule's `onFailure`. */
function refuseEndlessPick(outcome: DeliveryOutcome, earlier: readonly EarlierAttempt[], now: number): DeliveryOutcome {
  if (outcome.kind !== 'nobody') return outcome;
  const first = earlier.find((attempt) => attempt.outcome === 'nobody');
  return first !== undefined && now - first.startedAt >= NOBODY_MS
    ? { kind: 'refused', reason: outcome.reason }
    : outcome;
}

/**
 * Whether the episode is over, so that a card about it would be stale. Where an action of the same firing changed the
 * chat (it was reassigned), that is what ended the episode, and the card is to tell of it.
 */
async function isOver(deps: DeliverDeps, action: StoredAction): Promise<boolean> {
  if (action.episodeId === undefined) return false;
  if (!(await isEpisodeOver(deps.database.db, action.orgId, action.episodeId))) return false;
  const siblings = await loadSiblings(deps, action);
  return !siblings.some(({ spec, state }) => destinationOf(spec.type) === 'zoho-desk' && state === 'delivered');
}

async function loadSiblings(deps: DeliverDeps, action: StoredAction): Promise<StoredAction[]> {
  const all = await loadFiring(deps.database.db, action.orgId, action.firing);
  return all.filter((other) => other.id !== action.id);
}

function unmetNeed(action: StoredAction, siblings: readonly StoredAction[]): string | undefined {
  const { needs } = action.spec;
  if (needs === undefined) return undefined;
  const needed = findSibling(action, siblings, needs);
  if (needed?.state === 'delivered') return undefined;
  const state = needed === undefined ? 'is not there' : `was ${needed.state.replace('_', ' ')}`;
  return `it needs "${needs}", which ${state}${needed?.reason === undefined ? '' : `: ${needed.reason}`}`;
}

/** The params as they are delivered, and as they are kept. */
type Rendered = { ok: true; params: JsonObject; stored: JsonObject } | { ok: false; reason: string };

function render(deps: DeliverDeps, action: StoredAction, siblings: readonly StoredAction[]): Rendered {
  const { type, params: spec } = action.spec;
  if (type === 'slack.groupCard') return { ok: true, params: spec, stored: spec };
  const results: Results = {};
  for (const id of new Set([...action.spec.reads, ...(action.spec.needs === undefined ? [] : [action.spec.needs])])) {
    const sibling = findSibling(action, siblings, id);
    if (sibling !== undefined) results[id] = { ...(sibling.result ?? {}), state: sibling.state };
  }
  const directory = deps.directory();
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
  const stored = storedParams(rendered.params, action.context, deps.storePersonalData, renderOver);
  if (type !== 'slack.alert') return { ok: true, params: rendered.params, stored };
  return { ok: true, params: { ...rendered.params, rule: action.context['rule'] ?? {} }, stored };
}

function toDelivery(
  action: StoredAction,
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

function why(action: StoredAction): string {
  return action.reason === undefined ? '' : ` (${action.reason})`;
}
