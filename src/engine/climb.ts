import type { ActionSpec } from '../domain/action.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Episode } from '../domain/episode.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { Rule } from '../domain/rule.ts';
import {
  type Cause,
  type DecisionDetails,
  type Draft,
  momentOf,
  recordDecision,
  saveEpisode,
  stateFacts,
} from './draft.ts';
import { actsInShadow, emit } from './emit.ts';
import { endEventEpisode } from './end-episode.ts';
import { type Closed, closedAt } from './hours.ts';
import { isTooLate, lateReason } from './lateness.ts';
import { repeatDueAt, stepDueAt, withNextLook } from './next-look.ts';
import { decideAloud } from './silences.ts';

/**
 * What happens of an episode that has fired while it lasts: the steps of its ladder and its repeats, one at each look.
 * Both count from the firing, stand still while it is snoozed, and are asked their calendar each time.
 */
export function climb(draft: Draft, episode: Episode, rule: Rule, cause: Cause): void {
  const stepAt = stepDueAt(episode, rule);
  const repeatAt = repeatDueAt(episode, rule);
  if (stepAt !== undefined && stepAt <= cause.at) judgeStep(draft, episode, rule, { ...cause, dueAt: stepAt });
  else if (repeatAt !== undefined && repeatAt <= cause.at) judgeRepeat(draft, episode, rule, cause);
  else saveEpisode(draft, withNextLook(draft, episode, rule));
  endFinishedLadder(draft, episode.id, cause);
}

function judgeStep(draft: Draft, episode: Episode, rule: Rule, { dueAt, ...cause }: Cause & { dueAt: number }): void {
  const step = rule.steps[episode.stepsDone];
  if (step === undefined) return;
  const number = episode.stepsDone + 1;
  const details = { episodeId: episode.id, step: number };
  const climbed = withNextLook(draft, { ...episode, stepsDone: number }, rule, cause.at);
  const lateFrom = Math.max(dueAt, episode.dueSetAt);
  if (episode.acknowledgedAt !== undefined && step.unless === 'acknowledged') {
    saveEpisode(draft, climbed);
    recordDecision(draft, rule, cause, 'skipped', acknowledged(episode.acknowledgedAt), details);
    return;
  }
  const closed = closedAt(draft.ruleset, rule, cause.at);
  if (closed !== undefined) {
    recordDecision(draft, rule, cause, 'closed', `step ${number} falls ${closed.reason}`, details);
    waitOr(draft, episode, closed, climbed);
    return;
  }
  saveEpisode(draft, climbed);
  if (isTooLate(draft, rule, lateFrom)) {
    recordDecision(draft, rule, cause, 'expired', lateReason(draft, rule, lateFrom), details);
    return;
  }
  const reason = `step ${number} of the ladder, ${formatDuration(step.afterMs)} after the firing${snoozed(episode)}`;
  record(draft, rule, cause, episode, { specs: step.actions, reason, details });
  emit(draft, {
    rule,
    specs: step.actions,
    episode: climbed,
    identity: episode.id,
    step: String(number),
    facts: stateFacts(draft, cause.at),
    cause,
    dueAt: lateFrom,
  });
}

/**
 * One repeat. Of those that fell due while nobody could act (the service was away, the conditions were false for a moment,
 * the calendar was closed) only the latest is carried out: nobody wants five reminders at once.
 */
function judgeRepeat(draft: Draft, episode: Episode, rule: Rule, cause: Cause): void {
  const { repeat } = rule;
  const number = episode.repeatsDone + 1;
  const dueAt = repeatDueAt(episode, rule);
  if (repeat === undefined || dueAt === undefined) return;
  const details = { episodeId: episode.id, repeat: number };
  const upTo = (done: number) => withNextLook(draft, { ...episode, repeatsDone: done }, rule, cause.at);
  if (episode.acknowledgedAt !== undefined) {
    saveEpisode(draft, upTo(repeat.times));
    recordDecision(draft, rule, cause, 'skipped', `${acknowledged(episode.acknowledgedAt)}: no more repeats`, details);
    return;
  }
  const closed = closedAt(draft.ruleset, rule, cause.at);
  if (closed !== undefined) {
    const opens = rule.during?.outside === 'skip' ? nextOpening(draft, rule, cause.at) : undefined;
    const last = opens === undefined ? number : lastDueBy(episode, rule, opens - 1);
    recordDecision(
      draft,
      rule,
      cause,
      'closed',
      `${nameRepeats(number, last, repeat.times)} ${closed.reason}`,
      details,
    );
    waitOr(draft, episode, closed, upTo(last));
    return;
  }
  const latest = lastDueBy(episode, rule, momentOf(draft, cause));
  if (latest > number) {
    const reason = `${nameRepeats(number, latest - 1, repeat.times)} due, and only the latest of those that were missed is carried out`;
    recordDecision(draft, rule, cause, 'expired', reason, details);
    saveEpisode(draft, upTo(latest - 1));
    return;
  }
  const repeated = saveEpisode(draft, upTo(number));
  const lateFrom = Math.max(dueAt, episode.dueSetAt);
  if (isTooLate(draft, rule, lateFrom)) {
    recordDecision(draft, rule, cause, 'expired', lateReason(draft, rule, lateFrom), details);
    return;
  }
  const after = formatDuration(number * repeat.everyMs);
  const reason = `repeat ${number} of ${repeat.times}, ${after} after the firing${snoozed(episode)}`;
  record(draft, rule, cause, episode, { specs: rule.actions, reason, details });
  emit(draft, {
    rule,
    specs: rule.actions,
    episode: repeated,
    identity: episode.id,
    step: `r${number}`,
    cards: episode.alertIds,
    facts: stateFacts(draft, cause.at),
    cause,
    dueAt: lateFrom,
  });
}

/** The number of the last repeat that is due by then. */
function lastDueBy({ firedAt = 0, pausedMs }: Episode, { repeat }: Rule, at: number): number {
  if (repeat === undefined) return 0;
  return Math.min(repeat.times, Math.floor((at - firedAt - pausedMs) / repeat.everyMs));
}

function nextOpening(draft: Draft, rule: Rule, at: number): number | undefined {
  return rule.during && draft.ruleset.calendars.get(rule.during.calendar)?.nextOpen(at);
}

function nameRepeats(first: number, last: number, times: number): string {
  return last > first ? `repeats ${first} to ${last} of ${times} fell` : `repeat ${first} of ${times} fell`;
}

/** Outside its calendar: looked at again when that opens, or passed over. */
function waitOr(draft: Draft, episode: Episode, { waitsUntil }: Closed, passedOver: Episode): void {
  if (waitsUntil === undefined) saveEpisode(draft, passedOver);
  else saveEpisode(draft, { ...episode, dueSetAt: waitsUntil, nextAt: waitsUntil });
}

function record(
  draft: Draft,
  rule: Rule,
  cause: Cause,
  episode: Episode,
  { specs, reason, details }: { specs: readonly ActionSpec[]; reason: string; details: DecisionDetails },
): void {
  const decided = actsInShadow(rule, episode)
    ? ({ outcome: 'shadow', reason } as const)
    : decideAloud(draft, rule, specs, cause.at, reason);
  recordDecision(draft, rule, cause, decided.outcome, decided.reason, details);
}

function acknowledged(at: number): string {
  return `acknowledged at ${toIsoTime(at)}`;
}

function snoozed({ pausedMs }: Episode): string {
  return pausedMs === 0 ? '' : ` and ${formatDuration(pausedMs)} of snooze`;
}

/** An event rule's ladder on something that is no open chat has nothing to end it but its own last step. */
function endFinishedLadder(draft: Draft, id: string, cause: Cause): void {
  const episode = draft.episodes.get(id);
  const chatIsOpen = draft.session !== undefined && draft.session.status !== 'ENDED';
  if (episode === undefined || episode.kind !== 'event' || episode.nextAt !== undefined || chatIsOpen) return;
  endEventEpisode(draft, episode, cause, 'its last step is done');
}
