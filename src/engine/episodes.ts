import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { type Cause, type Draft, knownSince, recordDecision, saveEpisode } from './draft.ts';
import { modeOf } from './emit.ts';
import { type Facts, textsAt } from './facts.ts';
import { describeDue, dueTimeOf } from './hours.ts';
import { withNextLook } from './next-look.ts';

/**
 * How a hold's episode begins, and how its start moves. Its end is in end-episode.ts, what happens at its due time in
 * judge-due.ts, and what while its conditions are false for a moment in absence.ts.
 */

/** The values of the rule's `episodeBy` fields in these facts. */
export function episodeValues(rule: Rule, facts: Facts): (string | null)[] {
  return textsAt(facts, rule.episodeBy);
}

export function sameValues(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

export interface Start {
  at: number;
  approximate: boolean;
  /** Names the origin in the episode's id: an event's key, or `load` for a chat that was there before the rule. */
  origin: string;
  by: (string | null)[];
  trace: Trace;
  /** It is not looked at before this moment, epoch ms. */
  notBefore?: number | undefined;
}

export function armEpisode(draft: Draft, rule: Rule, start: Start, cause: Cause): void {
  const due = dueTimeOf(draft.ruleset, rule, start.at);
  const episode: Episode = {
    orgId: draft.orgId,
    id: `${rule.id}:${draft.subject}:${start.at}:${start.origin.slice(0, 8)}`,
    ruleId: rule.id,
    subject: draft.subject,
    mode: modeOf(rule),
    kind: 'hold',
    state: 'running',
    ruleHash: rule.contentHash,
    startedAt: start.at,
    approximate: start.approximate,
    dueAt: due.at,
    dueSetAt: knownSince(draft, cause),
    stepsDone: 0,
    repeatsDone: 0,
    pausedMs: 0,
    firings: 0,
    by: start.by,
    alertIds: [],
  };
  if (draft.sessionId !== undefined) episode.sessionId = draft.sessionId;
  if (draft.session?.channelId !== undefined) episode.channelId = draft.session.channelId;
  saveEpisode(draft, withNextLook(draft, episode, rule, start.notBefore));
  const reason = `the conditions hold; ${describeDue(due, rule)}`;
  recordDecision(draft, rule, cause, 'armed', reason, { episodeId: episode.id, trace: start.trace });
}

/** Where a late event or an edit of the rule puts the start of a running hold. */
export interface Move {
  startedAt: number;
  /** Half a sentence for people. */
  why: string;
  /** It is not looked at before this moment, epoch ms: a time that has passed by then is judged at it. */
  notBefore?: number;
}

export function moveEpisode(
  draft: Draft,
  rule: Rule,
  episode: Episode,
  { startedAt, why, notBefore }: Move,
  cause: Cause,
): void {
  const due = dueTimeOf(draft.ruleset, rule, startedAt);
  if (episode.startedAt === startedAt && episode.dueAt === due.at) return;
  const moved: Episode = { ...episode, startedAt, dueAt: due.at, dueSetAt: knownSince(draft, cause) };
  saveEpisode(draft, withNextLook(draft, moved, rule, notBefore));
  recordDecision(draft, rule, cause, 'armed', `${why}; ${describeDue(due, rule)}`, { episodeId: episode.id });
}
