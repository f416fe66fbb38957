import type { Alert } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { toCardEdit } from '../engine/emit-actions.ts';
import { hastenGroup } from '../store/alert-groups.ts';
import { acknowledgeEpisode, changeAlert, findAlert, snoozeEpisode } from '../store/alerts.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database, Db } from '../store/database.ts';
import { insertActions } from '../store/save-effects.ts';
import { lockSubjects } from '../store/subjects.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { toJob } from './plan-actions.ts';

/**
 * What people do to an alert: acknowledge it (which stops the ladder of its episode), snooze it (which makes the ladder
 * stand still for a while), resolve it. All are idempotent: people click twice, and an acknowledgement after the end must
 * not open it again.
 */
export interface AlertVerbDeps {
  database: Database;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  rulesetHash: () => string;
  onQueued?: () => void;
}

type Change = (
  tx: Db,
  alert: Alert,
  now: number,
) => Promise<{ version: string; params: JsonObject; detail?: JsonObject } | undefined>;

/** @throws AppError not_found */
export function acknowledgeAlert(deps: AlertVerbDeps, orgId: string, id: string, by: string): Promise<Alert> {
  return changeWith(deps, orgId, id, { verb: 'alert.acknowledge', by }, async (tx, alert, at) => {
    if (alert.state === 'acknowledged' || alert.state === 'resolved') return undefined;
    await changeAlert(tx, orgId, id, {
      state: 'acknowledged',
      snoozedUntil: null,
      acknowledgedAt: at,
      acknowledgedBy: by,
    });
    if (alert.episodeId !== undefined) await acknowledgeEpisode(tx, orgId, alert.episodeId, at);
    return { version: 'acknowledged', params: { change: 'acknowledged', at: new Date(at).toISOString(), by } };
  });
}

/** Shortest and longest snooze. */
export const SNOOZE_MS = { least: 60_000, most: 7 * 86_400_000 };
/** A snooze that ends this close to the one in force is the same click again. */
const SAME_SNOOZE_MS = 30_000;

export function isSameSnooze(before: number | undefined, until: number): boolean {
  return before !== undefined && Math.abs(before - until) <= SAME_SNOOZE_MS;
}

/**
 * Lets an open alert be until then (epoch ms): steps and repeats stand still, and it is open again after. An alert that is
 * acknowledged or resolved stays so.
 * @throws AppError not_found, bad_request
 */
export function snoozeAlert(
  deps: AlertVerbDeps,
  orgId: string,
  id: string,
  { by, until }: { by: string; until: number },
): Promise<Alert> {
  return changeWith(deps, orgId, id, { verb: 'alert.snooze', by }, async (tx, alert, at) => {
    if (until - at < SNOOZE_MS.least - SAME_SNOOZE_MS || until - at > SNOOZE_MS.most) {
      throw new AppError('bad_request', 'An alert is snoozed for a minute up to seven days.');
    }
    if (alert.state === 'acknowledged' || alert.state === 'resolved') return undefined;
    if (isSameSnooze(alert.snoozedUntil, until)) return undefined;
    await changeAlert(tx, orgId, id, { state: 'snoozed', snoozedUntil: until });
    if (alert.episodeId !== undefined) await snoozeEpisode(tx, orgId, alert.episodeId, { at, until });
    const end = new Date(until).toISOString();
    return { version: `snoozed-${until}`, params: { change: 'snoozed', at: end, by }, detail: { until: end } };
  });
}

/** @throws AppError not_found */
export function resolveAlert(deps: AlertVerbDeps, orgId: string, id: string, by: string): Promise<Alert> {
  return changeWith(deps, orgId, id, { verb: 'alert.resolve', by }, async (tx, alert, at) => {
    if (alert.state === 'resolved') return undefined;
    const reason = `resolved by ${by}`;
    await changeAlert(tx, orgId, id, { state: 'resolved', snoozedUntil: null, resolvedAt: at, resolvedReason: reason });
    if (alert.episodeId !== undefined) await acknowledgeEpisode(tx, orgId, alert.episodeId, at);
    return { version: 'resolved', params: { change: 'resolved', at: new Date(at).toISOString(), by, reason } };
  });
}

async function changeWith(
  deps: AlertVerbDeps,
  orgId: string,
  id: string,
  audited: { verb: string; by: string },
  change: Change,
): Promise<Alert> {
  const alert = await deps.database.transaction(async (tx) => {
    const found = await findAlert(tx, orgId, id);
    if (found === undefined) {
      throw new AppError('not_found', `there is no alert ${id}`, { remedy: 'List them with GET /api/v1/alerts.' });
    }
    // The lane first: processing rewrites the episodes of a subject whose lane it holds.
    await lockSubjects(tx, [{ orgId, subject: found.subject }]);
    const locked = (await findAlert(tx, orgId, id)) ?? found;
    const now = deps.clock.now();
    const edit = await change(tx, locked, now);
    if (edit === undefined) return locked;
    // The card of a member is that of its group, which counts it.
    if (locked.groupId !== undefined) await hastenGroup(tx, orgId, locked.groupId, now);
    else {
      const action = toCardEdit(locked, edit, deps.rulesetHash(), now);
      await insertActions(tx, [{ action, state: 'queued', attempts: 0 }]);
      await deps.queue.enqueue(tx, [toJob(action)]);
    }
    const detail = edit.detail === undefined ? {} : { detail: edit.detail };
    await appendAudit(tx, { orgId, at: now, actor: audited.by, verb: audited.verb, target: id, ...detail });
    return (await findAlert(tx, orgId, id)) ?? locked;
  });
  deps.onQueued?.();
  return alert;
}
