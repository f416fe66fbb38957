import type { Calendar } from '../domain/calendar.ts';
import { type Clock, isWithin } from '../domain/clock.ts';
import { formatDuration } from '../domain/duration.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Database, Db } from '../store/database.ts';
import { lockJobState, readJobState, saveJobState } from '../store/job-states.ts';
import { findLastReceivedAt } from '../store/read/last-event.ts';
import { type TellOwnerDeps, tellOwner } from './tell-owner.ts';

/**
 * The dead-man check: a webhook that was switched off, or an address that leads nowhere any more, looks from inside like a
 * quiet day. When no event has come for long, though some had before, people are told once, and again when they come back.
 */
export interface DeadManDeps extends TellOwnerDeps {
  database: Database;
  clock: Clock;
  orgId: string;
  /** How long no event may come. */
  afterMs: number;
  /** Only the time in which it is open counts; undefined: all of it does. */
  calendar?: () => Calendar | undefined;
  /** Called after something was queued for Slack. */
  onQueued?: () => void;
}

export const DEAD_MAN_JOB = 'dead-man';
/** How often it is looked; whoever looks leaves word. */
export const DEAD_MAN_CHECK_MS = 60_000;
/** When nobody has looked for this long, nobody was there to receive events either. */
const DOWN_MS = 5 * DEAD_MAN_CHECK_MS;

interface Watch {
  checkedAt: number;
  /** Since when somebody has been there without a break. */
  upSince: number;
  /** When the last event came before the silence that was told; absent while there is none. */
  silentSince?: number;
}

/** Looks once; while another process does, nothing is done. */
export async function checkSilence(deps: DeadManDeps): Promise<void> {
  const { database, clock, orgId, afterMs } = deps;
  const jobs = await database.transaction(async (tx) => {
    const now = clock.now();
    const stored = await lockJobState(tx, orgId, DEAD_MAN_JOB, now);
    if (stored === undefined) return 0;
    const lastAt = await findLastReceivedAt(tx, orgId);
    const before = toWatch(stored);
    const wasUp = before !== undefined && isWithin(DOWN_MS, before.checkedAt, now + 1);
    const watch: Watch = { checkedAt: now, upSince: wasUp ? before.upSince : now };
    const told = before?.silentSince;
    let queued = 0;
    if (told !== undefined && lastAt !== undefined && lastAt > told) {
      queued += await tellBack(deps, tx, { silentSince: told, now });
    } else if (told !== undefined) {
      watch.silentSince = told;
    } else if (lastAt !== undefined && silentFor(deps, Math.max(lastAt, watch.upSince), now) >= afterMs) {
      watch.silentSince = lastAt;
      queued += await tellSilence(deps, tx, { silentSince: lastAt, now });
    }
    await saveJobState(tx, orgId, DEAD_MAN_JOB, { ...watch }, now);
    return queued;
  });
  if (jobs > 0) deps.onQueued?.();
}

/** How long nothing has come, ms: a desk that is closed is expected to be quiet. */
function silentFor({ calendar }: DeadManDeps, since: number, now: number): number {
  const hours = calendar?.();
  return hours === undefined ? now - since : hours.openTimeBetween(since, now);
}

interface Silence {
  silentSince: number;
  now: number;
}

function tellSilence(deps: DeadManDeps, tx: Db, { silentSince, now }: Silence): Promise<number> {
  const text = [
    `No event has come from Zoho Desk for ${formatDuration(now - silentSince)}, since ${utc(silentSince)}.`,
    'If your desk is not simply quiet, look whether the webhook still exists and is enabled in Zoho Desk, and whether its address reaches this server: vigia doctor tells both the address and what is reachable.',
  ].join('\n');
  return tellOwner(deps, tx, [{ orgId: deps.orgId, key: `silence/${silentSince}`, text, now }]);
}

function tellBack(deps: DeadManDeps, tx: Db, { silentSince, now }: Silence): Promise<number> {
  const text = `Events come from Zoho Desk again; none had since ${utc(silentSince)}.`;
  return tellOwner(deps, tx, [{ orgId: deps.orgId, key: `silence-over/${silentSince}`, text, now }]);
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function toWatch(stored: JsonObject | undefined): Watch | undefined {
  const { checkedAt, upSince, silentSince } = stored ?? {};
  if (typeof checkedAt !== 'number' || typeof upSince !== 'number') return undefined;
  return { checkedAt, upSince, ...(typeof silentSince === 'number' ? { silentSince } : {}) };
}

/** Since when no event has come, if that is so long that people were told; epoch ms. */
export async function findSilence(db: Db, orgId: string): Promise<number | undefined> {
  return toWatch(await readJobState(db, orgId, DEAD_MAN_JOB))?.silentSince;
}
