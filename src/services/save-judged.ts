import type { Directory } from '../domain/rule.ts';
import type { Effects } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { saveLimits } from '../store/limits.ts';
import { applyTileChanges, insertDatasetRows } from '../store/local-effects.ts';
import {
  appendDecisions,
  appendLedger,
  insertActions,
  insertAlerts,
  resolveAlerts,
  saveEpisodes,
  saveSessions,
} from '../store/save-effects.ts';
import { removeWaiting } from '../store/subjects.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { JudgedSubject } from './judge-subjects.ts';
import { planActions } from './plan-actions.ts';

export interface SaveOptions {
  queue: Pick<DeliveryQueue, 'enqueue'>;
  directory: Directory;
  now: number;
  keepPersonal: boolean;
}

/**
 * Writes what judging a batch gave, all in the caller's transaction: a statement per table whatever the size of the
 * batch, sent one behind the other without waiting in between.
 * @returns how many actions were queued for delivery
 */
export async function saveJudged(tx: Db, judged: readonly JudgedSubject[], options: SaveOptions): Promise<number> {
  const { now, queue } = options;
  const all = <T>(pick: (effects: Effects) => readonly T[]): T[] => judged.flatMap(({ effects }) => pick(effects));
  const plan = planActions(
    all((effects) => effects.actions),
    options,
  );
  const limits = new Map<string, Parameters<typeof saveLimits>[1][number]>();
  for (const { key, effects } of judged) {
    for (const { key: limit, firedAt } of effects.limits.values()) {
      limits.set(JSON.stringify([key.orgId, limit.ruleId, limit.scope]), { orgId: key.orgId, ...limit, firedAt });
    }
  }
  await Promise.all([
    saveSessions(
      tx,
      judged.flatMap(({ state }) => state.session ?? []),
    ),
    appendLedger(
      tx,
      { transitions: all((effects) => effects.transitions), messages: all((effects) => effects.messages) },
      now,
    ),
    saveEpisodes(
      tx,
      all((effects) => effects.episodes),
    ),
    saveLimits(tx, [...limits.values()]),
    appendDecisions(
      tx,
      all((effects) => effects.decisions),
    ),
    insertActions(tx, plan.queued),
    insertAlerts(
      tx,
      all((effects) => effects.alerts),
    ),
    insertDatasetRows(tx, plan.rows),
    applyTileChanges(tx, plan.tiles, now),
    removeWaiting(
      tx,
      judged.flatMap(({ waiting }) => waiting),
    ),
  ]);
  const changes = judged.flatMap(({ key, effects }) =>
    effects.alertChanges.map((change) => ({ orgId: key.orgId, ...change })),
  );
  await resolveAlerts(tx, changes);
  if (plan.jobs.length > 0) await queue.enqueue(tx, plan.jobs);
  return plan.jobs.length;
}
