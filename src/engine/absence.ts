import type { Episode } from '../domain/episode.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { type Cause, type Draft, knownSince, recordDecision, saveEpisode } from './draft.ts';
import { endEpisode, endReason } from './end-episode.ts';
import { withNextLook } from './next-look.ts';
import { type UnknownValue, withheldReason } from './unknown-values.ts';

/**
 * `keepFor`: conditions that are false for a moment only do not end an episode. While they are false nothing of it is
 * carried out; when they hold again in time, nothing has happened, but that what fell due meanwhile is judged then.
 */

/**
 * The conditions of an open episode do not hold at this event.
 * @returns the episode if it is kept for now
 */
export function leave(draft: Draft, episode: Episode, rule: Rule, cause: Cause, trace: Trace): Episode | undefined {
  if (rule.keepForMs === 0) {
    endEpisode(draft, episode, rule, cause, { reason: endReason(rule, draft.session), trace });
    return undefined;
  }
  if (episode.falseSince !== undefined) return episode;
  return saveEpisode(draft, withNextLook(draft, { ...episode, falseSince: cause.at }, rule));
}

/** The conditions of an open episode hold; if they did not before, they have come back in time. */
export function comeBack(draft: Draft, episode: Episode, rule: Rule, cause: Cause): Episode {
  if (episode.falseSince === undefined) return episode;
  const { falseSince: _, ...rest } = episode;
  const returnedAt = Math.max(cause.at, draft.session?.lastEventAt ?? cause.at);
  const due = withNextLook(draft, rest, rule).nextAt;
  if (due === undefined || due > returnedAt) return saveEpisode(draft, withNextLook(draft, rest, rule));
  // It could not be done before now: this is no lateness.
  const returned = { ...rest, dueSetAt: Math.max(episode.dueSetAt, knownSince(draft, cause), returnedAt) };
  return saveEpisode(draft, withNextLook(draft, returned, rule, returnedAt));
}

/** The end of an episode whose conditions have been false for as long as `keepFor` says, counted from when they began to. */
export function endKept(draft: Draft, episode: Episode, rule: Rule, falseSince: number): void {
  const since = toIsoTime(falseSince);
  const reason = `${endReason(rule, draft.session)}, and they have not since ${since}`;
  endEpisode(draft, episode, rule, { at: falseSince + rule.keepForMs }, { reason, by: 'kept' });
}

/**
 * A rule that skips what it does not know: nothing is armed and what runs ends (a hold with `keepFor` is absent), since it is
 * not known that the conditions hold. An episode that has fired stands as it is: neither is it known that they are over.
 */
export function withhold(
  draft: Draft,
  rule: Rule,
  open: Episode | undefined,
  cause: Cause,
  { withheld, trace }: { withheld: readonly UnknownValue[]; trace: Trace },
): void {
  const reason = withheldReason(withheld);
  if (open?.state !== 'running') {
    recordDecision(draft, rule, cause, 'skipped', reason, { episodeId: open?.id, trace });
  } else if (rule.keepForMs > 0 && open.kind === 'hold') leave(draft, open, rule, cause, trace);
  else endEpisode(draft, open, rule, cause, { reason, trace });
}
