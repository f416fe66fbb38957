import type { Clock } from '../domain/clock.ts';
import { KEPT_WEEKS, learnSilence } from '../domain/silence.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { loadRhythms, measureSilences, type RhythmRow, saveRhythms } from '../store/channel-rhythms.ts';
import type { Database } from '../store/database.ts';
import { hourOfWeek, listChannelsWithChats } from '../store/facts/channels.ts';
import { lockJobState, saveJobState } from '../store/job-states.ts';

/**
 * Learns how long each channel is ever silent, by hour of the week, from the ledgers: hour by hour, each once, by one
 * process at a time. On a database that has a history it begins eight weeks back, a day at a time.
 */
export interface LearnDeps {
  database: Database;
  clock: Clock;
  orgId: string;
}

const HOUR_MS = 3_600_000;
const MOST_HOURS = 24;
/** An event may be late: an hour is looked at when it has been over for so long. */
const SETTLED_MS = 600_000;
export const REMEMBERED_MS = KEPT_WEEKS * 7 * 24 * HOUR_MS;

const JOB = 'channel-rhythms';

/** Whether some rule asks for what is learned here. */
export function readsSilence({ reads }: Pick<CompiledRuleset, 'reads'>): boolean {
  return [...reads.values()].some(({ channel }) => channel);
}

/** Learns a day at the most. @returns whether there is more to learn now */
export async function learnRhythms({ database, clock, orgId }: LearnDeps): Promise<boolean> {
  return database.transaction(async (tx) => {
    const now = clock.now();
    const state = await lockJobState(tx, orgId, JOB, now);
    if (state === undefined) return false;
    const { learnedUntil } = state;
    const settled = floorHour(now - SETTLED_MS);
    const from = Math.max(typeof learnedUntil === 'number' ? learnedUntil : 0, floorHour(now) - REMEMBERED_MS);
    const to = Math.min(settled, from + MOST_HOURS * HOUR_MS);
    if (to <= from) return false;
    const channelIds = await listChannelsWithChats(tx, orgId);
    const window = { from, to, heardWithinMs: REMEMBERED_MS };
    const rows = new Map((await loadRhythms(tx, orgId, channelIds)).map((row) => [nameOf(row), row]));
    const changed = new Map<string, RhythmRow>();
    for (const { channelId, hourAt, silenceMs } of await measureSilences(tx, orgId, channelIds, window)) {
      const place = { orgId, channelId, hourOfWeek: hourOfWeek(hourAt) };
      const known = changed.get(nameOf(place)) ?? rows.get(nameOf(place));
      changed.set(nameOf(place), { ...place, silencesMs: learnSilence(known?.silencesMs ?? [], silenceMs) });
    }
    await saveRhythms(tx, [...changed.values()]);
    await saveJobState(tx, orgId, JOB, { learnedUntil: to }, now);
    return to < settled;
  });
}

function floorHour(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

function nameOf({ channelId, hourOfWeek: hour }: Pick<RhythmRow, 'channelId' | 'hourOfWeek'>): string {
  return `${hour} ${channelId}`;
}
