import type { Directory } from '../domain/rule.ts';
import type { Effects } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { saveLimits } from '../store/limits.ts';
import { applyTileChanges, insertDatasetRows } from '../store/local-effects.ts';
import { insertActions, insertAlerts, resolveAlerts, saveState } from '../store/save-effects.ts';
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
 * Writes what judging a batch gave, all in the caller's transaction: one statement for what every batch writes, and one
 * for each table beside it that this batch has rows for.
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
  await saveState(
    tx,
    {
      sessions: judged.flatMap(({ state }) => state.session ?? []),
      transitions: all((effects) => effects.transitions),
      messages: all((effects) => effects.messages),
      episodes: all((effects) => effects.episodes),
      decisions: all((effects) => effects.decisions),
      waiting: judged.flatMap(({ waiting }) => waiting),
    },
    now,
  );
  await saveLimits(tx, [...limits.values()]);
  await insertActions(tx, plan.queued);
  await insertAlerts(
    tx,
    all((effects) => effects.alerts),
  );
  await insertDatasetRows(tx, plan.rows);
  await applyTileChanges(tx, plan.tiles, now);
  const changes = judged.flatMap(({ key, effects }) =>
    effects.alertChanges.map((change) => ({ orgId: key.orgId, ...change })),
  );
  await resolveAlerts(tx, changes);
  if (plan.jobs.length > 0) await queue.enqueue(tx, plan.jobs);
  return plan.jobs.length;
}
