import type { Alert } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { toCardEdit } from '../engine/emit-actions.ts';
import { acknowledgeEpisode, changeAlert, findAlert } from '../store/alerts.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database, Db } from '../store/database.ts';
import { insertActions } from '../store/save-effects.ts';
import { lockSubjects } from '../store/subjects.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { toJob } from './plan-actions.ts';

/**
 * What people do to an alert: acknowledge it (which stops the ladder of its episode), resolve it. Both are idempotent:
 * people click twice, and an acknowledgement after the end must not open it again.
 */
export interface AlertVerbDeps {
  database: Database;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  rulesetHash: () => string;
  onQueued?: () => void;
}

type Change = (tx: Db, alert: Alert, now: number) => Promise<{ version: string; params: JsonObject } | undefined>;

/** @throws AppError not_found */
export function acknowledgeAlert(deps: AlertVerbDeps, orgId: string, id: string, by: string): Promise<Alert> {
  return changeWith(deps, orgId, id, { verb: 'alert.acknowledge', by }, async (tx, alert, at) => {
    if (alert.state === 'acknowledged' || alert.state === 'resolved') return undefined;
    await changeAlert(tx, orgId, id, { state: 'acknowledged', acknowledgedAt: at, acknowledgedBy: by });
    if (alert.episodeId !== undefined) await acknowledgeEpisode(tx, orgId, alert.episodeId, at);
    return { version: 'acknowledged', params: { change: 'acknowledged', at: new Date(at).toISOString(), by } };
  });
}

/** @throws AppError not_found */
export function resolveAlert(deps: AlertVerbDeps, orgId: string, id: string, by: string): Promise<Alert> {
  return changeWith(deps, orgId, id, { verb: 'alert.resolve', by }, async (tx, alert, at) => {
    if (alert.state === 'resolved') return undefined;
    const reason = `resolved by ${by}`;
    await changeAlert(tx, orgId, id, { state: 'resolved', resolvedAt: at, resolvedReason: reason });
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
    const action = toCardEdit(locked, edit, deps.rulesetHash(), now);
    await insertActions(tx, [{ action, state: 'queued', attempts: 0 }]);
    await deps.queue.enqueue(tx, [toJob(action)]);
    await appendAudit(tx, { orgId, at: now, actor: audited.by, verb: audited.verb, target: id });
    return (await findAlert(tx, orgId, id)) ?? locked;
  });
  deps.onQueued?.();
  return alert;
}
