import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import { endKept, withhold } from './absence.ts';
import { climb } from './climb.ts';
import { type Cause, type Draft, momentOf, openEpisodes, recordDecision, saveEpisode, stateFacts } from './draft.ts';
import { reopenAlerts } from './emit.ts';
import { endEpisode, endReason, endWithoutRule } from './end-episode.ts';
import type { Facts } from './facts.ts';
import { eventFacts, transitionFacts } from './facts.ts';
import { fireReady, type Ready } from './fire.ts';
import { dueTimeOf } from './hours.ts';
import { withNextLook } from './next-look.ts';
import { judgeConditions } from './unknown-values.ts';

/**
 * What falls due at one instant for one subject: holds that have lasted long enough, events whose calendar has opened,
 * steps and repeats, the end of an absence or of a snooze. All events up to and including that instant have been judged
 * before. Returns false when it needs something that it does not have; the draft is then worthless.
 */
export function judgeDue(draft: Draft, at: number): boolean {
  const due = openEpisodes(draft).filter((episode) => episode.nextAt !== undefined && episode.nextAt <= at);
  const ready: Ready[] = [];
  for (const episode of due) {
    const candidate = judgeEpisode(draft, episode, { at });
    if (candidate !== undefined) ready.push(candidate);
  }
  if (draft.needs.events.length > 0) return false;
  fireReady(draft, ready);
  return true;
}

function judgeEpisode(draft: Draft, episode: Episode, cause: Cause): Ready | undefined {
  const rule = draft.ruleset.active.get(episode.ruleId);
  if (rule?.trigger.kind !== episode.kind) {
    endWithoutRule(draft, episode, cause);
    return undefined;
  }
  const { falseSince, snoozedUntil } = episode;
  if (falseSince !== undefined && falseSince + rule.keepForMs <= cause.at) {
    endKept(draft, episode, rule, falseSince);
  } else if (snoozedUntil !== undefined && snoozedUntil <= cause.at) {
    wake(draft, episode, rule, cause);
  } else if (falseSince !== undefined || snoozedUntil !== undefined) {
    saveEpisode(draft, withNextLook(draft, episode, rule));
  } else if (episode.state === 'fired') {
    climb(draft, episode, rule, cause);
  } else if (episode.state === 'running') {
    return judgeRunning(draft, episode, rule, cause);
  } else {
    saveEpisode(draft, withNextLook(draft, episode, rule));
  }
  return undefined;
}

/** The snooze is over: its cards are open again, unless they have been acknowledged or resolved meanwhile. */
function wake(draft: Draft, episode: Episode, rule: Rule, cause: Cause): void {
  const { snoozedUntil: _, ...awake } = episode;
  saveEpisode(draft, withNextLook(draft, awake, rule, cause.at));
  if (episode.acknowledgedAt === undefined) reopenAlerts(draft, episode, cause);
}

/** The sweep after an edit comes to every open chat within seconds; a due time may be quicker. */
const SWEEP_MS = 10_000;

/** Whether its rule was edited and what that does to it is still to be decided. */
function isYetToMeetEdit({ kind, ruleHash }: Episode, { onEdit, contentHash }: Rule): boolean {
  return kind === 'hold' && onEdit !== 'keep' && ruleHash !== undefined && ruleHash !== contentHash;
}

function judgeRunning(draft: Draft, episode: Episode, rule: Rule, cause: Cause): Ready | undefined {
  if (isYetToMeetEdit(episode, rule)) {
    saveEpisode(draft, { ...episode, nextAt: momentOf(draft, cause) + SWEEP_MS });
    return undefined;
  }
  if (episode.kind === 'hold') {
    const due = dueTimeOf(draft.ruleset, rule, episode.startedAt);
    if (!due.reachable || due.at > cause.at) {
      // The rule was edited to wait longer: the start is kept, the new text is judged.
      saveEpisode(draft, withNextLook(draft, { ...episode, dueAt: due.at, dueSetAt: draft.now }, rule));
      return undefined;
    }
  }
  const met = factsOf(draft, episode, cause);
  if (met === undefined) return undefined;
  const { facts, cause: led } = met;
  const evaluation = judgeConditions(draft, rule, facts, cause.at);
  if (!evaluation.ok) {
    recordDecision(draft, rule, led, 'error', evaluation.reason, { episodeId: episode.id });
    endEpisode(draft, episode, rule, cause, { reason: 'its conditions could not be evaluated' });
    return undefined;
  }
  const { trace } = evaluation;
  if (evaluation.withheld !== undefined) {
    // What is known of a channel may change without an event.
    withhold(draft, rule, episode, led, { withheld: evaluation.withheld, trace });
    return undefined;
  }
  if (!evaluation.result) {
    const reason = endReason(rule, draft.session);
    recordDecision(draft, rule, led, 'stale', reason, { episodeId: episode.id, trace });
    endEpisode(draft, episode, rule, cause, { reason, trace });
    return undefined;
  }
  const dueAt = Math.max(episode.dueAt, episode.dueSetAt);
  return { rule, cause: led, facts, trace, episode, dueAt };
}

/** What a running episode is judged by: the state as it is now; for an event that waited, that event as it is kept. */
function factsOf(draft: Draft, episode: Episode, cause: Cause): { facts: Facts; cause: Cause } | undefined {
  const state = stateFacts(draft, cause.at);
  if (episode.kind !== 'event') return { facts: state, cause };
  const { eventKey = '' } = episode;
  const { events } = draft.known;
  if (events?.has(eventKey) !== true) {
    draft.needs.events.push(eventKey);
    return undefined;
  }
  const stored = events.get(eventKey);
  if (stored === undefined) {
    const reason = 'the event that it waited with is not kept any more';
    endEpisode(draft, episode, draft.ruleset.active.get(episode.ruleId), cause, { reason });
    return undefined;
  }
  const facts: Facts = { ...state, event: eventFacts(stored.event) };
  // It may have come only just now, after the opening: then its transition is not stored yet.
  const transition = stored.transition ?? draft.effects.transitions.find((one) => one.eventKey === eventKey);
  if (transition !== undefined) facts.transition = transitionFacts(transition);
  return { facts, cause: { at: cause.at, event: stored.event } };
}
