import type { Action } from '../domain/action.ts';
import { type Holder, isPausedAt, type Silence } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { silencedUntil } from '../engine/silences.ts';
import type { Db } from '../store/database.ts';
import { loadFiring, type StoredAction, settleAction } from '../store/deliveries.ts';
import {
  letGo,
  listEnded,
  listHolders,
  listResolvedByHand,
  type PassedOn,
  passOn,
  takeHeld,
} from '../store/held-actions.ts';
import { findPauseRow, findSilenceRow, idOf, loadMutes, toPause, toSilence } from '../store/mutes.ts';
import type { DeliveryJob } from './delivery-queue.ts';
import { findHeldBack } from './find-held-back.ts';
import { followUp } from './follow-up.ts';
import { toJob } from './plan-actions.ts';
import type { ExpireDeps } from './redrive.ts';
import { retellingOf } from './retelling.ts';

/**
 * Lets go of what silences and pauses held back, once they are over or lifted, in the order of its making. It looks for
 * whatever is held by something that is not in force, and not for ends: so nothing is lost to a crash in between, nor
 * what was held at the very moment of the end.
 */
const BATCH = 200;

/** @returns how many actions are held no longer by what held them */
export async function releaseHeld(deps: ExpireDeps, orgId: string): Promise<number> {
  let count = 0;
  let jobs = 0;
  for (const by of await listHolders(deps.database.db, orgId)) {
    for (;;) {
      const released = await deps.database.transaction((tx) => releaseSome(deps, tx, orgId, by));
      count += released.count;
      jobs += released.jobs;
      if (released.count < BATCH) break;
    }
  }
  if (jobs > 0) deps.onQueued?.();
  return count;
}

async function releaseSome(
  deps: ExpireDeps,
  tx: Db,
  orgId: string,
  by: Holder,
): Promise<{ count: number; jobs: number }> {
  const now = deps.clock.now();
  if (await isInForce(tx, orgId, by, now)) return { count: 0, jobs: 0 };
  const held = await takeHeld(tx, orgId, by, BATCH);
  const { free, passedOn, over } = sortHeld(held, by, {
    resolved: await listResolvedByHand(tx, orgId, alertsOf(held)),
    ended: await listEnded(tx, orgId, episodesOf(held)),
    silences: (await loadMutes(tx, [orgId], { now, silencesSince: now })).get(orgId)?.silences ?? [],
    directory: deps.directory(),
    now,
  });
  await passOn(tx, orgId, passedOn);
  await letGo(
    tx,
    orgId,
    free.map(({ id }) => id),
    now,
  );
  const jobs = free.filter(({ waitsFor }) => waitsFor === undefined).map(toJob);
  for (const { action, reason } of over) jobs.push(...(await skipHeld(deps, tx, action, reason, now)));
  if (jobs.length > 0) await deps.queue.enqueue(tx, jobs);
  return { count: held.length, jobs: jobs.length };
}

/** Without a lock on its row: who holds something back has locked the action before, and counts on the row last. */
async function isInForce(tx: Db, orgId: string, by: Holder, now: number): Promise<boolean> {
  if (by.startsWith('silence:')) {
    const row = await findSilenceRow(tx, orgId, idOf(by));
    return row !== undefined && silencedUntil(toSilence(row), now) !== undefined;
  }
  const row = await findPauseRow(tx, orgId, idOf(by));
  return row !== undefined && isPausedAt(toPause(row), now);
}

export interface SortedHeld<A> {
  /** To be carried out, or to wait for their siblings alone. */
  free: A[];
  /** They fit another silence that is in force. */
  passedOn: PassedOn[];
  /** They would tell of what is past. */
  over: { action: A; reason: string }[];
}

/** What decides about what was held back. */
export interface HeldContext {
  /** Ids of alerts that a person has resolved while their episode goes on. */
  resolved: ReadonlySet<string>;
  /** Ids of episodes that have ended. */
  ended: ReadonlySet<string>;
  silences: readonly Silence[];
  directory: Directory;
  now: number;
}

const alertsOf = (held: readonly Action[]) =>
  held.filter(({ spec }) => spec.type === 'slack.alert').map(({ id }) => id);
const episodesOf = (held: readonly Action[]) => held.flatMap(({ episodeId }) => episodeId ?? []);

/**
 * What a pause held goes its usual way: whether the episode of a card still lasts is looked at when it is delivered. Of
 * the reminders of one card, or its edits by ticks, only the latest goes: nobody wants them all at once.
 */
export function sortHeld<A extends Action>(
  held: readonly A[],
  by: Holder,
  { resolved, ended, silences, directory, now }: HeldContext,
): SortedHeld<A> {
  const sorted: SortedHeld<A> = { free: [], passedOn: [], over: [] };
  const reasonOf = (what: string) => `${what} before the ${by.startsWith('pause:') ? 'pause' : 'silence'} ended`;
  if (by.startsWith('pause:')) {
    const nameOf = (action: A) => JSON.stringify(retellingOf(action.spec));
    const latest = new Map(held.map((action) => [nameOf(action), action.id]));
    for (const action of held) {
      if (resolved.has(action.id)) sorted.over.push({ action, reason: reasonOf('the alert was resolved') });
      else if (retellingOf(action.spec) !== undefined && latest.get(nameOf(action)) !== action.id)
        sorted.over.push({ action, reason: 'a later one tells of it' });
      else sorted.free.push(action);
    }
    return sorted;
  }
  for (const action of held) {
    const other = findHeldBack(action, silences, directory, now);
    if (action.episodeId !== undefined && ended.has(action.episodeId)) {
      sorted.over.push({ action, reason: reasonOf('the episode was over') });
    } else if (resolved.has(action.id)) sorted.over.push({ action, reason: reasonOf('the alert was resolved') });
    else if (other !== undefined) sorted.passedOn.push({ id: action.id, ...other });
    else sorted.free.push(action);
  }
  return sorted;
}

/** Its firing is locked; it is read again, since the card before may have let go of one that waited for both. */
async function skipHeld(
  deps: ExpireDeps,
  tx: Db,
  action: StoredAction,
  reason: string,
  now: number,
): Promise<DeliveryJob[]> {
  const { orgId, id, firing } = action;
  const settlement = { state: 'skipped' as const, reason, finishedAt: now };
  await settleAction(tx, orgId, id, settlement);
  const siblings = await loadFiring(tx, orgId, firing);
  return followUp(deps, tx, { ...action, ...settlement, context: action.context }, siblings, now);
}
