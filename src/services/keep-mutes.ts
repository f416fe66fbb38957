import { isPausedAt } from '../domain/mute.ts';
import { silencedUntil } from '../engine/silences.ts';
import { loadMutes } from '../store/mutes.ts';
import type { ExpireDeps } from './redrive.ts';
import { releaseHeld } from './release-held.ts';
import { type RemindDeps, remindSilences } from './remind-silences.ts';

/** What silences and pauses need of a loop: what they held back is let go, and owners are reminded of the end. */
export type KeepMutesDeps = ExpireDeps & RemindDeps;

/** @returns when there is something to do next, unless somebody lifts or makes one; epoch ms */
export async function keepMutes(deps: KeepMutesDeps, orgId: string): Promise<number | undefined> {
  await releaseHeld(deps, orgId);
  const remindAt = await remindSilences(deps, orgId);
  const now = deps.clock.now();
  const mutes = (await loadMutes(deps.database.db, [orgId], { now, silencesSince: now })).get(orgId);
  const ends = [
    remindAt,
    ...(mutes?.silences ?? []).map((silence) => silencedUntil(silence, now)),
    ...(mutes?.pauses ?? []).map((pause) => (isPausedAt(pause, now) ? pause.endsAt : undefined)),
  ].filter((at) => at !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
