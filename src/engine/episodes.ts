import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import type { Trace } from '../domain/trace.ts';
import { type Cause, type Draft, recordDecision, saveEpisode, stateFacts } from './draft.ts';
import { type Facts, valueAt } from './facts.ts';
import { emit, modeOf, resolveAlerts } from './fire.ts';

/**
 * The life of a hold's episode: it is armed when the conditions begin to hold, and ends when they end (or when a field
 * of `episodeBy` changes, which begins the next one). What happens at the due time is in judge-due.ts.
 */

/** The values of the rule's `episodeBy` fields in these facts. */
export function episodeValues(rule: Rule, facts: Facts): (string | null)[] {
  return rule.episodeBy.map((path) => {
    const value = valueAt(facts, path);
    return value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
  });
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
}

export function armEpisode(draft: Draft, rule: Rule, start: Start, cause: Cause): void {
  const forMs = rule.trigger.kind === 'hold' ? rule.trigger.forMs : 0;
  const episode: Episode = {
    orgId: draft.orgId,
    id: `${rule.id}:${draft.subject}:${start.at}:${start.origin.slice(0, 8)}`,
    ruleId: rule.id,
    subject: draft.subject,
    mode: modeOf(rule),
    kind: 'hold',
    state: 'running',
    startedAt: start.at,
    approximate: start.approximate,
    dueAt: start.at + forMs,
    dueSetAt: cause.event?.receivedAt ?? draft.now,
    nextAt: start.at + forMs,
    stepsDone: 0,
    firings: 0,
    by: start.by,
    alertIds: [],
  };
  if (draft.sessionId !== undefined) episode.sessionId = draft.sessionId;
  saveEpisode(draft, episode);
  const reason = `the conditions hold; due at ${new Date(episode.dueAt).toISOString()}`;
  recordDecision(draft, rule, cause, 'armed', reason, { episodeId: episode.id, trace: start.trace });
}

/** Moves the start of a running hold, when a late event or an edit of the rule shows another one. */
export function moveEpisode(
  draft: Draft,
  rule: Rule,
  episode: Episode,
  startedAt: number,
  cause: Cause,
  why: string,
): void {
  const dueAt = startedAt + (rule.trigger.kind === 'hold' ? rule.trigger.forMs : 0);
  if (episode.startedAt === startedAt && episode.dueAt === dueAt) return;
  saveEpisode(draft, { ...episode, startedAt, dueAt, dueSetAt: cause.event?.receivedAt ?? draft.now, nextAt: dueAt });
  recordDecision(draft, rule, cause, 'armed', `${why}; due at ${new Date(dueAt).toISOString()}`, {
    episodeId: episode.id,
  });
}

/**
 * Ends an episode whose conditions are over. A running hold is cancelled; one that has fired is resolved, with the
 * rule's `onResolve` actions and its cards; one that was forgone just ends.
 */
export function endEpisode(
  draft: Draft,
  episode: Episode,
  rule: Rule | undefined,
  cause: Cause,
  reason: string,
  trace?: Trace,
): void {
  const { nextAt: _, ...rest } = episode;
  const wasRunning = episode.state === 'running';
  const ended: Episode = { ...rest, endedAt: cause.at, endReason: reason };
  if (wasRunning) ended.state = 'cancelled';
  if (cause.event !== undefined) ended.endedBy = cause.event.key;
  saveEpisode(draft, ended);
  const judged = rule ?? { id: episode.ruleId, mode: episode.mode };
  if (wasRunning) recordDecision(draft, judged, cause, 'disarmed', reason, { episodeId: episode.id, trace });
  if (episode.state !== 'fired') return;
  recordDecision(draft, judged, cause, 'resolved', reason, { episodeId: episode.id, trace });
  if (rule !== undefined) {
    const facts = stateFacts(draft, cause.at);
    const specs = rule.onResolve;
    emit(draft, { rule, specs, episode: ended, identity: episode.id, step: 'end', facts, cause, dueAt: draft.now });
  }
  resolveAlerts(draft, episode, cause, reason);
}

/** One sentence on why the conditions no longer hold. */
export function endReason(rule: Rule, session: Session | undefined): string {
  const status = session?.status === undefined ? 'in no known status' : session.status;
  return `the conditions of ${rule.id} no longer hold; the chat is ${status}`;
}
