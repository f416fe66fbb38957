import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { type Cause, type Draft, openEpisodes, recordDecision, saveEpisode } from './draft.ts';
import { inhibitorName } from './subject-state.ts';

/**
 * `inhibitedBy`: while one of the named rules has an open live episode that has fired on the same channel, this one is
 * held back. A hold goes on running and is looked at again every minute, so that it fires when the other is over; a
 * firing of an event rule is recorded and lost, as its moment has passed.
 */
const LOOK_AGAIN_MS = 60_000;

/** What is about to fire. */
export interface Inhibitable {
  rule: Rule;
  cause: Cause;
  trace: Trace;
  /** The hold that fell due; absent for an event rule. */
  episode?: Episode;
}

/** Whether nothing holds it back. What it has to know for that and does not is noted in the needs. */
export function passesInhibition(draft: Draft, { rule, cause, trace, episode }: Inhibitable): boolean {
  const channelId = draft.session?.channelId ?? episode?.channelId;
  if (channelId === undefined) return true;
  const inhibitor = rule.inhibitedBy.find((ruleId) => hasOpenEpisode(draft, ruleId, channelId));
  if (inhibitor === undefined) return true;
  const reason = `rule ${inhibitor} has an open episode on channel ${channelId}`;
  if (episode?.inhibitedSince === undefined) {
    recordDecision(draft, rule, cause, 'inhibited', reason, { episodeId: episode?.id, step: 0, trace });
  }
  // Of a schedule rule the next tick looks again.
  if (episode !== undefined && episode.kind !== 'schedule') {
    const nextAt = cause.at + LOOK_AGAIN_MS;
    // Lateness counts from the time at which it can be known that nothing holds it back any more.
    const dueSetAt = Math.max(episode.dueSetAt, nextAt);
    saveEpisode(draft, { ...episode, inhibitedSince: episode.inhibitedSince ?? cause.at, dueSetAt, nextAt });
  }
  return false;
}

/** Of this subject the draft knows best: what it fired or ended just now is not stored yet. */
export function hasOpenEpisode(draft: Draft, ruleId: string, channelId: string): boolean {
  const own = openEpisodes(draft).some(
    (episode) =>
      episode.ruleId === ruleId &&
      episode.channelId === channelId &&
      episode.state === 'fired' &&
      episode.mode === 'live',
  );
  if (own) return true;
  const key = { ruleId, channelId };
  const subjects = draft.known.inhibitors?.get(inhibitorName(key));
  if (subjects === undefined) {
    draft.needs.inhibitors.push(key);
    return false;
  }
  return subjects.some((subject) => subject !== draft.subject);
}
