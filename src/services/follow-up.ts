import type { Action } from '../domain/action.ts';
import type { Alert, AlertCard } from '../domain/alert.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { Silence } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { toAlert, toCardEdit, toFailureActions } from '../engine/emit-actions.ts';
import { addEpisodeAlerts, markPosted } from '../store/alerts.ts';
import type { Db } from '../store/database.ts';
import { insertAssignment, releaseActions, type Settlement, type StoredAction } from '../store/deliveries.ts';
import { applyTileChanges, insertDatasetRows } from '../store/local-effects.ts';
import { countHeldBack, loadMutes } from '../store/mutes.ts';
import { insertActions, insertAlerts, resolveAlerts } from '../store/save-effects.ts';
import { lockSubjects } from '../store/subjects.ts';
import type { DeliverDeps } from './deliver.ts';
import type { DeliveryJob } from './delivery-queue.ts';
import { findHeldBack } from './find-held-back.ts';
import { openSiblings, planActions, toJob } from './plan-actions.ts';
import { settleGroupCard } from './settle-card.ts';

/**
 * What follows when an action is settled for good: its result goes to our own records, its failure actions are queued, the
 * siblings that waited for it are let go.
 */

/** Said of a card that is opened when the episode has ended already. */
export const EPISODE_WAS_OVER = 'the episode was over';

/** Failure actions may be carried out at least this long after the failure, however late it came. */
const FAILURE_GRACE_MS = 3_600_000;

export type FollowUpDeps = Pick<DeliverDeps, 'directory' | 'storePersonalData'>;

/** @returns the jobs to enqueue in the same transaction */
export async function followUp(
  deps: FollowUpDeps,
  tx: Db,
  action: StoredAction & Settlement,
  firing: readonly StoredAction[],
  now: number,
): Promise<DeliveryJob[]> {
  const jobs: DeliveryJob[] = [];
  if (action.spec.type === 'slack.groupCard') await settleGroupCard(tx, action, now);
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
  return [...jobs, ...released.filter(({ heldBy }) => heldBy === undefined).map(toJob)];
}

/** Results that our own tables keep: where Slack has the card, who got the chat. */
async function recordResult(tx: Db, action: StoredAction & Settlement, now: number): Promise<DeliveryJob[]> {
  const { result = {}, spec, orgId, id } = action;
  if (spec.type === 'zoho.assignSession' && typeof result['agentId'] === 'string' && action.sessionId !== undefined) {
    const previous = result['previousAssigneeId'];
    await insertAssignment(tx, {
      orgId,
      actionId: id,
      sessionId: action.sessionId,
      agentId: result['agentId'],
      ...(typeof previous === 'string' ? { previousAgentId: previous } : {}),
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
  const edit = toCorrection(alert, action.rulesetHash, now);
  await insertActions(tx, [{ action: edit, state: 'queued', attempts: 0 }]);
  return [toJob(edit)];
}

/** Of a card whose alert was acknowledged or resolved before Slack had it: it is corrected at once. */
export function toCorrection(alert: Alert, rulesetHash: string, now: number): Action {
  return toCardEdit(alert, { version: 'posted', params: lifeOf(alert, now) }, rulesetHash, now);
}

/** An alert's state as the params of a card edit. */
function lifeOf(alert: Alert, now: number): JsonObject {
  if (alert.state === 'resolved') {
    const at = new Date(alert.resolvedAt ?? now).toISOString();
    return { change: 'resolved', at, ...(alert.resolvedReason === undefined ? {} : { reason: alert.resolvedReason }) };
  }
  if (alert.state === 'snoozed') {
    return { change: 'snoozed', at: new Date(alert.snoozedUntil ?? now).toISOString() };
  }
  const at = new Date(alert.acknowledgedAt ?? now).toISOString();
  return { change: 'acknowledged', at, ...(alert.acknowledgedBy === undefined ? {} : { by: alert.acknowledgedBy }) };
}

/** Guarantee: written by the Slack destination in the shape of AlertCard. */
function toCard(card: JsonObject): AlertCard {
  return card as unknown as AlertCard;
}

/** The actions for the failure of one, with time enough to be carried out; a silence that is in force holds them back. */
export function toTimelyFailures(
  action: Action,
  { silences, directory, now }: { silences: readonly Silence[]; directory: Directory; now: number },
): Action[] {
  const expiresAt = Math.max(action.expiresAt, now + FAILURE_GRACE_MS);
  return toFailureActions(action, now).map((failure) => {
    const heldBack = findHeldBack(failure, silences, directory, now);
    return { ...failure, expiresAt, ...(heldBack === undefined ? {} : { heldBack }) };
  });
}

async function queueFailureActions(
  deps: FollowUpDeps,
  tx: Db,
  { action, siblings }: { action: StoredAction; siblings: readonly StoredAction[] },
  now: number,
): Promise<DeliveryJob[]> {
  if (action.spec.onFailure.length === 0) return [];
  const { storePersonalData: keepPersonal } = deps;
  const directory = deps.directory();
  const mutes = (await loadMutes(tx, [action.orgId], { now, silencesSince: now })).get(action.orgId);
  const failures = toTimelyFailures(action, { silences: mutes?.silences ?? [], directory, now });
  const plan = planActions(failures, { directory, now, keepPersonal, siblings, pauses: mutes?.pauses ?? [] });
  await insertActions(tx, plan.queued);
  await openFailureAlerts(tx, action, failures.filter(({ spec }) => spec.type === 'slack.alert').map(toAlert), now);
  await applyTileChanges(tx, plan.tiles, now);
  await insertDatasetRows(tx, plan.rows);
  await countHeldBack(tx, plan.heldBack);
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
  const reason = EPISODE_WAS_OVER;
  if (over)
    await resolveAlerts(
      tx,
      opened.map(({ id }) => ({ orgId, id, at: now, reason })),
    );
}
