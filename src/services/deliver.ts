import { getLogger } from '@logtape/logtape';
import {
  type Action,
  type ActionState,
  type Delivery,
  type DeliveryOutcome,
  type Destination,
  type DestinationName,
  destinationOf,
  isFinal,
} from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import { errorText } from '../domain/errors.ts';
import type { Pause } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { RenderTimeout } from '../engine/templates/template-fault.ts';
import type { Database } from '../store/database.ts';
import { isAwayFault } from '../store/database-fault.ts';
import {
  findAction,
  findActionToDeliver,
  isEpisodeOver,
  loadAttempts,
  loadFiring,
  type StoredAction,
  startAttempt,
} from '../store/deliveries.ts';
import {
  CARD_TO_COME,
  CARD_TOO_LATE,
  endsWithEpisode,
  isUnplaced,
  LEFT_UNCERTAIN,
  pausedNow,
  type Rendered,
  refuseEndlessPick,
  renderAction,
  tellsOfChange,
  toDelivery,
  tooLate,
  unmetNeed,
} from './delivery-checks.ts';
import type { ClaimedJob, DeliveryQueue } from './delivery-queue.ts';
import { type CardOptions, toReadyCard } from './join-groups.ts';
import { retellingOf } from './retelling.ts';
import { settleDelivery } from './settle-delivery.ts';
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

/** What a pause makes of it. */
function toPaused(
  { action, pauses, channelId }: { action: StoredAction; pauses: readonly Pause[]; channelId: string | undefined },
  now: number,
): Settled | undefined {
  const heldBack = pausedNow({ ...action, ...(channelId === undefined ? {} : { channelId }) }, pauses, now);
  if (heldBack === undefined) return undefined;
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
  const late = destination === undefined ? undefined : tooLate(action, now);
  if (late !== undefined) return { outcome: { kind: 'dead', reason: late } };
  if (await isCardToCome(deps, action)) {
    return { outcome: { kind: 'skipped', reason: CARD_TO_COME } };
  }
  const earlier = action.attempts > 0 ? await loadAttempts(database.db, action.orgId, action.id) : [];
  // Our own tables are written in the transaction that settles the action: of those nothing can be lost.
  const wasLost =
    destination !== undefined && earlier.some(({ outcome }) => outcome === undefined || outcome === 'uncertain');
  if (wasLost && action.spec.onUncertain === 'leave') {
    return { outcome: { kind: 'uncertain', reason: LEFT_UNCERTAIN } };
  }
  const mayHaveHappened = wasLost || earlier.some(({ outcome }) => outcome === 'overruled');
  const { directory, storePersonalData: keepPersonal } = deps;
  const rendered = renderInTime(() => renderAction(action, siblings, { directory: directory(), keepPersonal }));
  if ('kind' in rendered) return { outcome: rendered };
  if (!rendered.ok) return { outcome: { kind: 'refused', reason: rendered.reason } };
  const { params, stored } = rendered;
  const card = isUnplaced(action) ? toReadyCard(action, rendered, cardContext(deps)) : undefined;
  if (card !== undefined) {
    return (await isOver(deps, action))
      ? { outcome: { kind: 'skipped', reason: CARD_TOO_LATE }, params, stored }
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
  const nobodySince = earlier.find((one) => one.outcome === 'nobody')?.startedAt;
  return { outcome: refuseEndlessPick(outcome, nobodySince, now), params, stored, attempt };
}

/** A process that gets no time is no reason to refuse: that is for good, and a card would be lost. */
function renderInTime(render: () => Rendered): Rendered | Extract<DeliveryOutcome, { kind: 'retry' }> {
  try {
    return render();
  } catch (error) {
    if (error instanceof RenderTimeout) return { kind: 'retry', reason: error.message };
    throw error;
  }
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

/**
 * Whether the episode is over, so that a card about it would be stale. Where an action of the same firing changed the
 * chat (it was reassigned), that is what ended the episode, and the card is to tell of it.
 */
async function isOver(deps: DeliverDeps, action: StoredAction): Promise<boolean> {
  const { orgId, episodeId } = action;
  if (episodeId === undefined || !endsWithEpisode(action)) return false;
  if (!(await isEpisodeOver(deps.database.db, orgId, episodeId))) return false;
  return !tellsOfChange(await loadSiblings(deps, action));
}

async function loadSiblings(deps: DeliverDeps, action: StoredAction): Promise<StoredAction[]> {
  const all = await loadFiring(deps.database.db, action.orgId, action.firing);
  return all.filter((other) => other.id !== action.id);
}
