import type { Clock } from '../domain/clock.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Database } from '../store/database.ts';
import { changeSilence, listUnreminded, lockSilence, type SilenceRow } from '../store/mutes.ts';
import { type TellOwnerDeps, tellOwner } from './tell-owner.ts';

/**
 * Tells the owner channel that a silence is about to end: a quarter of an hour before, or a tenth of its length where that
 * is less. Once for each end: who extends it is reminded anew.
 */
export interface RemindDeps {
  database: Database;
  clock: Clock;
  tell: TellOwnerDeps;
  onQueued?: () => void;
}

const REMIND_MS = 900_000;

/** @returns when the next reminder is due, epoch ms; absent: none is */
export async function remindSilences(deps: RemindDeps, orgId: string): Promise<number | undefined> {
  if (deps.tell.ownerChannel === undefined) return undefined;
  const now = deps.clock.now();
  let next: number | undefined;
  for (const silence of await listUnreminded(deps.database.db, orgId, now)) {
    const at = remindAt(silence);
    if (at <= now) await remind(deps, silence);
    else next = Math.min(next ?? at, at);
  }
  return next;
}

function remindAt({ startsAt, endsAt }: Pick<SilenceRow, 'startsAt' | 'endsAt'>): number {
  return endsAt - Math.min(REMIND_MS, Math.floor((endsAt - startsAt) / 10));
}

async function remind({ database, clock, tell, onQueued }: RemindDeps, { orgId, id }: SilenceRow): Promise<void> {
  const jobs = await database.transaction(async (tx) => {
    const silence = await lockSilence(tx, orgId, id);
    const now = clock.now();
    // Another process was quicker, or somebody lifted or extended it.
    if (silence === undefined || silence.remindedAt !== null || silence.liftedAt !== null) return 0;
    if (remindAt(silence) > now || silence.endsAt <= now) return 0;
    await changeSilence(tx, orgId, id, { remindedAt: now });
    const key = `silence/${id}/${silence.endsAt}`;
    return tellOwner(tell, tx, [{ orgId, key, text: toText(silence, now), now }]);
  });
  if (jobs > 0) onQueued?.();
}

function toText({ id, owner, reason, endsAt, heldBack }: SilenceRow, now: number): string {
  const left = formatDuration(endsAt - now);
  const count = heldBack === 0 ? 'nothing' : heldBack === 1 ? 'one message' : `${heldBack} messages`;
  return (
    `${owner}: silence ${id} ("${reason}") ends in ${left}, at ${new Date(endsAt).toISOString()}. ` +
    `It has held back ${count}. To keep it longer: vigia silence extend ${id} --for 1h`
  );
}
