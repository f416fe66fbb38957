import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import type { Trace } from '../domain/trace.ts';
import { type Cause, type Draft, endedBy, recordDecision, saveEpisode, stateFacts } from './draft.ts';
import { actsInShadow, emit, resolveAlerts } from './emit.ts';
import { decideAloud } from './silences.ts';

export interface Ending {
  /** One sentence for people. */
  reason: string;
  trace?: Trace | undefined;
  /** What ended it, where that is not the cause itself. */
  by?: 'kept';
}

/**
 * Ends an episode. One that runs is cancelled; one that has fired is resolved, with the rule's `onResolve` actions and its
 * cards; one that was forgone just ends.
 * @param rule absent when it is not in force any more
 */
export function endEpisode(
  draft: Draft,
  episode: Episode,
  rule: Rule | undefined,
  cause: Cause,
  { reason, trace, by }: Ending,
): void {
  const { nextAt: _, falseSince: __, snoozedUntil: ___, ...rest } = episode;
  const wasRunning = episode.state === 'running';
  const ended: Episode = { ...rest, endedAt: cause.at, endReason: reason, endedBy: by ?? endedBy(cause) };
  if (wasRunning) ended.state = 'cancelled';
  saveEpisode(draft, ended);
  const judged = rule ?? { id: episode.ruleId, mode: episode.mode };
  if (wasRunning) recordDecision(draft, judged, cause, 'disarmed', reason, { episodeId: episode.id, trace });
  if (episode.state !== 'fired') return;
  const acts = rule !== undefined && !actsInShadow(rule, episode);
  const said = acts ? decideAloud(draft, rule, rule.onResolve, cause.at, reason).reason : reason;
  recordDecision(draft, judged, cause, 'resolved', said, { episodeId: episode.id, trace });
  if (rule !== undefined) {
    const facts = stateFacts(draft, cause.at);
    const specs = rule.onResolve;
    emit(draft, { rule, specs, episode: ended, identity: episode.id, step: 'end', facts, cause, dueAt: draft.now });
  }
  resolveAlerts(draft, episode, cause, reason);
}

/** A rule that was removed or switched off ends its episodes; what it had begun is not escalated further. */
export function endWithoutRule(draft: Draft, episode: Episode, cause: Cause): void {
  const reason = `rule ${episode.ruleId} is not in force any more`;
  endEpisode(draft, episode, undefined, { ...cause, ruleset: draft.ruleset.hash }, { reason });
}

/** Ends the episode of an event rule, whose end is nothing that a rule decides: its chat is over, or all is done. */
export function endEventEpisode(draft: Draft, episode: Episode, cause: Cause, reason: string): void {
  const { nextAt: _, snoozedUntil: __, ...rest } = episode;
  saveEpisode(draft, { ...rest, endedAt: cause.at, endReason: reason, endedBy: endedBy(cause) });
  resolveAlerts(draft, episode, cause, reason);
}

/**
 * Ends the episodes of event rules whose chat has just ended: those that were open before it did. A ladder that the end
 * itself has set going, or that began on an ended chat, climbs to its last step; an event that waits for a calendar to open
 * is judged then, by the state of that moment.
 */
export function endEventEpisodes(draft: Draft, cause: Cause, openBefore: readonly Episode[]): void {
  for (const { id, kind } of openBefore) {
    const episode = draft.episodes.get(id);
    if (kind !== 'event' || episode === undefined || episode.state === 'running') continue;
    endEventEpisode(draft, episode, cause, 'the chat has ended');
  }
}

/** One sentence on why the conditions no longer hold. */
export function endReason(rule: Rule, session: Session | undefined): string {
  const status = session?.status === undefined ? 'in no known status' : session.status;
  return `the conditions of ${rule.id} no longer hold; the chat is ${status}`;
}
