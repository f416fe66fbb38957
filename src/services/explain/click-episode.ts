import type { Episode } from '../../domain/episode.ts';
import type { StoredClick } from '../../store/read/session-history.ts';

/** What a click does to an episode, as services/alert-verbs.ts does it in the database. */
export function clickEpisode(episode: Episode, { kind, at, until }: StoredClick): Episode {
  if (kind !== 'snooze') return { ...episode, acknowledgedAt: episode.acknowledgedAt ?? at };
  const { acknowledgedAt, snoozedUntil, state, pausedMs, falseSince, nextAt } = episode;
  if (until === undefined || state !== 'fired' || acknowledgedAt !== undefined) return episode;
  return {
    ...episode,
    snoozedUntil: until,
    pausedMs: pausedMs + until - Math.max(at, snoozedUntil ?? at),
    nextAt: falseSince === undefined || nextAt === undefined ? until : Math.min(nextAt, until),
  };
}
