import { retryDelayMs } from '../delivery/retry-policy.ts';
import { type ActionState, type DeliveryOutcome, isFinal } from '../domain/action.ts';
import type { Alert, AlertCard } from '../domain/alert.ts';
import { formatDuration } from '../domain/duration.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { cleanText } from '../domain/json-text.ts';
import { blankPersonal } from '../domain/personal.ts';
import { toAlert, toCardEdit, toFailureActions } from '../engine/emit-actions.ts';
import { addEpisodeAlerts, markPosted } from '../store/alerts.ts';
import type { Db } from '../store/database.ts';
import {
  closeAttempt,
  dropAttempt,
  insertAssignment,
  lockFiring,
  releaseActions,
  type Settlement,
  type StoredAction,
  settleAction,
} from '../store/deliveries.ts';
import { applyTileChanges, insertDatasetRows } from '../store/local-effects.ts';
import { insertActions, insertAlerts, resolveAlerts } from '../store/save-effects.ts';
import { lockSubjects } from '../store/subjects.ts';
import type { DeliverDeps } from './deliver.ts';
import type { ClaimedJob, DeliveryJob } from './delivery-queue.ts';
import { openSiblings, planActions, toJob, toLocalEffect } from './plan-actions.ts';
import { storedResult, toStorableObject } from './stored-params.ts';

/**
 * Settling: the answer of a destination becomes the action's state, its attempt is closed, its job is ended or given
 * back, waiting siblings are let go and failure actions are queued, all in one transaction.
 */
export interface Settled {
  outcome: DeliveryOutcome | { kind: 'dead'; reason: string } | { kind: 'local' };
  params?: JsonObject;
  /** The params as they are kept: without personal values, unless those may be stored. */
  stored?: JsonObject;
  /** The attempt that was started; absent when nothing was tried. */
  attempt?: number;
}

/** Failure actions may be carried out at least this long after the failure, however late it came. */
const FAILURE_GRACE_MS = 3_600_000;
const NOBODY_RETRY_MS = 10_000;

interface Verdict extends Settlement {
  /** Try again after this; absent: no more. */
  againAfterMs?: number;
}

/** @returns the state that the action has now, and how many jobs were enqueued with it */
export async function settleDelivery(
  deps: DeliverDeps,
  action: StoredAction,
  job: ClaimedJob,
  answered: Settled,
  now: number,
): Promise<{ state: ActionState; jobs: number }> {
  const settled = withStorableReason(answered);
  const verdict = toVerdict(deps, action, settled, now);
  return deps.database.transaction(async (tx) => {
    const firing = await lockFiring(tx, action.orgId, action.firing);
    const present = firing.find(({ id }) => id === action.id);
    if (present === undefined || isFinal(present.state)) {
      // Our claim had lapsed, and whoever took it over was quicker: what they settled stands.
      if (settled.attempt !== undefined) await endAttempt(tx, action, settled, settled.attempt, now);
      await deps.queue.complete(tx, job);
      return { state: present?.state ?? 'skipped', jobs: 0 };
    }
    const local =
      settled.outcome.kind === 'local' ? await carryOutLocally(tx, action, settled.params ?? {}, now) : undefined;
    const settlement: Verdict = local === undefined ? verdict : { ...verdict, ...local };
    if (settled.attempt !== undefined) await endAttempt(tx, action, settled, settled.attempt, now);
    await settleAction(tx, action.orgId, action.id, settlement);
    if (settlement.againAfterMs !== undefined) {
      await deps.queue.giveBack(tx, job, settlement.againAfterMs);
      return { state: settlement.state, jobs: 0 };
    }
    await deps.queue.complete(tx, job);
    const follow = await followUp(deps, tx, { ...action, ...settlement, context: action.context }, firing, now);
    if (follow.length > 0) await deps.queue.enqueue(tx, follow);
    return { state: settlement.state, jobs: follow.length };
  });
}

/** A reason may quote what a destination answered; one that the database refuses would make us call it for ever. */
function withStorableReason(settled: Settled): Settled {
  const { outcome } = settled;
  return 'reason' in outcome ? { ...settled, outcome: { ...outcome, reason: cleanText(outcome.reason) } } : settled;
}

function toVerdict(
  deps: DeliverDeps,
  action: StoredAction,
  { outcome, params = {}, stored, attempt }: Settled,
  now: number,
): Verdict {
  const kept = stored === undefined ? {} : { params: toStorableObject(stored) };
  const final = { ...kept, finishedAt: now };
  const redrivable = { ...final, context: deps.storePersonalData ? action.context : blankPersonal(action.context) };
  switch (outcome.kind) {
    case 'delivered':
      return {
        ...final,
        state: 'delivered',
        result: toStorableObject(storedResult(outcome.result, params, stored ?? params)),
      };
    case 'local':
      return { ...final, state: 'delivered' };
    case 'skipped':
      return { ...final, state: 'skipped', reason: outcome.reason };
    case 'refused':
      return { ...redrivable, state: 'refused', reason: outcome.reason };
    case 'dead':
      return { ...redrivable, state: 'dead', reason: outcome.reason };
    case 'not_connected':
      return { ...kept, state: 'not_connected', reason: outcome.reason };
    case 'uncertain': {
      const leave = action.spec.onUncertain === 'leave';
      if (leave) return { ...redrivable, state: 'uncertain', reason: outcome.reason };
      return again(action, redrivable, outcome.reason, retryDelayMs(attempt ?? 1, deps.random), now);
    }
    case 'nobody':
      return again(action, redrivable, outcome.reason, NOBODY_RETRY_MS, now);
    case 'retry': {
      const delayMs = outcome.afterMs ?? retryDelayMs(attempt ?? 1, deps.random);
      const verdict = again(action, redrivable, outcome.reason, delayMs, now);
      return outcome.counts === false ? { ...verdict, uncounted: true } : verdict;
    }
  }
}

/** Another try, unless it would come too late. */
function again(
  action: StoredAction,
  redrivable: Omit<Settlement, 'state'>,
  reason: string,
  delayMs: number,
  now: number,
): Verdict {
  if (now + delayMs <= action.expiresAt) return { state: 'queued', reason, againAfterMs: delayMs };
  const late = formatDuration(now - action.firedAt);
  return { ...redrivable, state: 'dead', reason: `given up ${late} after the firing: ${reason}` };
}

async function endAttempt(
  tx: Db,
  action: StoredAction,
  { outcome }: Settled,
  attempt: number,
  now: number,
): Promise<void> {
  const { orgId, id: actionId } = action;
  if (outcome.kind === 'retry' && outcome.counts === false) return dropAttempt(tx, orgId, actionId, attempt);
  const kind = outcome.kind === 'local' ? 'delivered' : outcome.kind === 'dead' ? 'failed' : outcome.kind;
  const reason = 'reason' in outcome ? outcome.reason : undefined;
  await closeAttempt(tx, { orgId, actionId, attempt }, kind, reason, now);
}

async function carryOutLocally(
  tx: Db,
  action: StoredAction,
  params: JsonObject,
  now: number,
): Promise<Partial<Settlement> | undefined> {
  const effect = toLocalEffect(action, params);
  if (!effect.ok) return { state: 'refused', reason: effect.reason };
  if ('tile' in effect) await applyTileChanges(tx, [effect.tile], now);
  else await insertDatasetRows(tx, [effect.row]);
  return undefined;
}

export type FollowUpDeps = Pick<DeliverDeps, 'directory' | 'storePersonalData'>;

/** What an action's end sets going: its effects on our own records, its failure actions, the siblings that waited. */
export async function followUp(
  deps: FollowUpDeps,
  tx: Db,
  action: StoredAction & Settlement,
  firing: readonly StoredAction[],
  now: number,
): Promise<DeliveryJob[]> {
  const jobs: DeliveryJob[] = [];
  const standing = firing.map((other) => (other.id === action.id ? { ...other, state: action.state } : other));
  if (action.state === 'delivered') jobs.push(...(await recordResult(tx, action, now)));
  if (action.state === 'refused' || action.state === 'dead')
    jobs.push(...(await queueFailureActions(deps, tx, { action, siblings: standing }, now)));
  const released = standing.filter(
    (other) => other.waitsFor !== undefined && openSiblings(other, standing).length === 0,
  );
  await releaseActions(
    tx,
    action.orgId,
    released.map(({ id }) => id),
  );
  return [...jobs, ...released.map(toJob)];
}

/** Results that our own tables keep: where Slack has the card, who got the chat. */
async function recordResult(tx: Db, action: StoredAction & Settlement, now: number): Promise<DeliveryJob[]> {
  const { result = {}, spec, orgId, id } = action;
  if (spec.type === 'zoho.assignSession' && typeof result['agentId'] === 'string' && action.sessionId !== undefined) {
    await insertAssignment(tx, {
      orgId,
      actionId: id,
      sessionId: action.sessionId,
      agentId: result['agentId'],
      at: now,
    });
  }
  const { channel: slackChannel, ts: slackTs } = result;
  if (typeof slackChannel !== 'string' || typeof slackTs !== 'string') return [];
  const alertId =
    spec.type === 'slack.alert' ? id : spec.type === 'slack.alertUpdate' ? spec.params['alertId'] : undefined;
  if (typeof alertId !== 'string') return [];
  const card = isJsonObject(result['card']) ? { card: toCard(result['card']) } : {};
  const alert = await markPosted(tx, orgId, alertId, { slackChannel, slackTs, ...card });
  if (spec.type !== 'slack.alert' || alert === undefined || alert.state === 'open') return [];
  // It was acknowledged or resolved before Slack had the card: the card is corrected at once.
  const params = lifeOf(alert, now);
  const edit = toCardEdit(alert, { version: 'posted', params }, action.rulesetHash, now);
  await insertActions(tx, [{ action: edit, state: 'queued', attempts: 0 }]);
  return [toJob(edit)];
}

/** An alert's state as the params of a card edit. */
function lifeOf(alert: Alert, now: number): JsonObject {
  if (alert.state === 'resolved') {
    const at = new Date(alert.resolvedAt ?? now).toISOString();
    return { change: 'resolved', at, ...(alert.resolvedReason === undefined ? {} : { reason: alert.resolvedReason }) };
  }
  const at = new Date(alert.acknowledgedAt ?? now).toISOString();
  return { change: 'acknowledged', at, ...(alert.acknowledgedBy === undefined ? {} : { by: alert.acknowledgedBy }) };
}

/** Guarantee: written by the Slack destination in the shape of AlertCard. */
function toCard(card: JsonObject): AlertCard {
  return card as unknown as AlertCard;
}

async function queueFailureActions(
  deps: FollowUpDeps,
  tx: Db,
  { action, siblings }: { action: StoredAction; siblings: readonly StoredAction[] },
  now: number,
): Promise<DeliveryJob[]> {
  if (action.spec.onFailure.length === 0) return [];
  const expiresAt = Math.max(action.expiresAt, now + FAILURE_GRACE_MS);
  const failures = toFailureActions(action, now).map((failure) => ({ ...failure, expiresAt }));
  const { directory, storePersonalData: keepPersonal } = deps;
  const plan = planActions(failures, { directory: directory(), now, keepPersonal, siblings });
  await insertActions(tx, plan.queued);
  await openFailureAlerts(tx, action, failures.filter(({ spec }) => spec.type === 'slack.alert').map(toAlert), now);
  await applyTileChanges(tx, plan.tiles, now);
  await insertDatasetRows(tx, plan.rows);
  return plan.jobs;
}

/**
 * Cards of failure actions belong to the episode like any other: they are resolved when it ends, or at once if it has.
 * Without an episode they are no alerts: nothing would ever resolve them.
 */
async function openFailureAlerts(tx: Db, action: StoredAction, opened: readonly Alert[], now: number): Promise<void> {
  const { orgId, subject, episodeId } = action;
  if (opened.length === 0 || episodeId === undefined) return;
  await insertAlerts(tx, opened);
  await lockSubjects(tx, [{ orgId, subject }]);
  const over = await addEpisodeAlerts(
    tx,
    orgId,
    episodeId,
    opened.map(({ id }) => id),
  );
  const reason = 'the episode was over';
  if (over)
    await resolveAlerts(
      tx,
      opened.map(({ id }) => ({ orgId, id, at: now, reason })),
    );
}
