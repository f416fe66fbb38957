import type { Pause } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import type { Effects } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { saveLimits } from '../store/limits.ts';
import { applyTileChanges, insertDatasetRows } from '../store/local-effects.ts';
import { countHeldBack } from '../store/mutes.ts';
import { insertActions, insertAlerts, reopenAlerts, resolveAlerts, saveState } from '../store/save-effects.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { CardOptions } from './join-groups.ts';
import type { JudgedSubject } from './judge-subjects.ts';
import { placeCards } from './place-cards.ts';
import { planActions } from './plan-actions.ts';
import { type TellJudgedOptions, tellJudged } from './tell-judged.ts';

export interface SaveOptions {
  queue: Pick<DeliveryQueue, 'enqueue'>;
  directory: Directory;
  now: number;
  keepPersonal: boolean;
  /** How people are told what concerns no rule. */
  tell: TellJudgedOptions;
  /** Those in force. */
  pauses: readonly Pause[];
  /** How Slack cards share a channel; without it none is over a budget. */
  cards?: CardOptions | undefined;
}

/**
 * Writes what judging a batch gave, all in the caller's transaction: one statement for what every batch writes, and one
 * for each table beside it that this batch has rows for.
 * @returns how many actions were queued for delivery
 */
export async function saveJudged(tx: Db, judged: readonly JudgedSubject[], options: SaveOptions): Promise<number> {
  const { now, queue } = options;
  const all = <T>(pick: (effects: Effects) => readonly T[]): T[] => judged.flatMap(({ effects }) => pick(effects));
  const planned = planActions(
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
  const { plan, alerts } = await placeCards(
    tx,
    planned,
    all((effects) => effects.alerts),
    options,
  );
  await insertActions(tx, plan.queued);
  await insertAlerts(tx, alerts);
  await insertDatasetRows(tx, plan.rows);
  await applyTileChanges(tx, plan.tiles, now);
  const changes = judged.flatMap(({ key, effects }) =>
    effects.alertChanges.map((change) => ({ orgId: key.orgId, ...change })),
  );
  await reopenAlerts(
    tx,
    changes.filter(({ state }) => state === 'open'),
  );
  await resolveAlerts(
    tx,
    changes.filter(({ state }) => state === 'resolved'),
  );
  if (plan.jobs.length > 0) await queue.enqueue(tx, plan.jobs);
  const told = await tellJudged(tx, judged, options.tell);
  await countHeldBack(tx, plan.heldBack);
  return plan.jobs.length + told;
}
