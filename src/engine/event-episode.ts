import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { type Cause, type Draft, recordDecision, saveEpisode } from './draft.ts';
import { modeOf } from './emit.ts';

/**
 * The episodes of event rules: one whose card or ladder lives with the chat, and one whose event waits for the rule's
 * calendar to open.
 */

/**
 * Whether something of a firing is left to be done later: a ladder to climb, or a card to resolve with the chat. Without
 * an open chat nothing could resolve a card: it tells of a moment.
 */
export function outlivesItsFiring(draft: Draft, rule: Rule): boolean {
  const opensCard = rule.actions.some((spec) => spec.type === 'slack.alert');
  const chatIsOpen = draft.session !== undefined && draft.session.status !== 'ENDED';
  return rule.steps.length > 0 || (opensCard && chatIsOpen);
}

/** A running episode for a firing at this event. */
export function makeEventEpisode(draft: Draft, rule: Rule, { at, event }: { at: number; event: DeskEvent }): Episode {
  const episode: Episode = {
    orgId: draft.orgId,
    id: `${rule.id}:${draft.subject}:${at}:${event.key.slice(0, 8)}`,
    ruleId: rule.id,
    subject: draft.subject,
    mode: modeOf(rule),
    kind: 'event',
    state: 'running',
    eventKey: event.key,
    startedAt: at,
    approximate: false,
    dueAt: at,
    dueSetAt: event.receivedAt,
    stepsDone: 0,
    repeatsDone: 0,
    pausedMs: 0,
    firings: 0,
    by: [],
    alertIds: [],
  };
  if (draft.sessionId !== undefined) episode.sessionId = draft.sessionId;
  if (draft.session?.channelId !== undefined) episode.channelId = draft.session.channelId;
  return episode;
}

/** What is ready outside its calendar, and waits: a hold goes on running, an event gets an episode to wait in. */
export function waitForOpening(
  draft: Draft,
  { rule, cause, trace, episode }: { rule: Rule; cause: Cause; trace: Trace; episode?: Episode },
  { opening, reason }: { opening: number; reason: string },
): void {
  const { event } = cause;
  const waiting = episode ?? (event && makeEventEpisode(draft, rule, { at: cause.at, event }));
  recordDecision(draft, rule, cause, 'closed', reason, { episodeId: waiting?.id, step: 0, trace });
  if (waiting === undefined) return;
  const due = waiting.kind === 'event' ? { dueAt: opening } : {};
  saveEpisode(draft, { ...waiting, ...due, dueSetAt: opening, nextAt: opening });
}
