import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Draft } from './draft.ts';
import { dueTimeOf } from './hours.ts';

/**
 * When an episode wants to be looked at next. It follows from the episode and its rule alone, so that whatever changes one
 * of them (a late event, an edit, a snooze, an absence of the conditions) need not know what else is pending. Only what
 * waits for a calendar to open is set apart, when its due time has shown that it must.
 */

/** The episode with its next look, not before `notBefore`; without one when nothing is to come. */
export function withNextLook(
  draft: Draft,
  episode: Episode,
  rule: Rule,
  notBefore = Number.NEGATIVE_INFINITY,
): Episode {
  const at = nextLook(draft, episode, rule);
  if (at !== undefined) return { ...episode, nextAt: Math.max(at, notBefore) };
  const { nextAt: _, ...rest } = episode;
  return rest;
}

function nextLook(draft: Draft, episode: Episode, rule: Rule): number | undefined {
  const { falseSince, snoozedUntil } = episode;
  const forgottenAt = falseSince === undefined ? undefined : falseSince + rule.keepForMs;
  const standsStill = falseSince !== undefined || snoozedUntil !== undefined;
  return earliest(forgottenAt, snoozedUntil, standsStill ? undefined : nextDeed(draft, episode, rule));
}

/** When it would act next. */
function nextDeed(draft: Draft, episode: Episode, rule: Rule): number | undefined {
  if (episode.state === 'fired') return earliest(stepDueAt(episode, rule), repeatDueAt(episode, rule));
  if (episode.state !== 'running') return undefined;
  if (episode.kind !== 'hold') return episode.dueAt;
  const due = dueTimeOf(draft.ruleset, rule, episode.startedAt);
  return due.reachable ? due.at : undefined;
}

/** When the next step of the ladder is due, counted from the firing; absent when the ladder is done. */
export function stepDueAt({ stepsDone, firedAt, pausedMs }: Episode, rule: Rule): number | undefined {
  const step = rule.steps[stepsDone];
  return step === undefined || firedAt === undefined ? undefined : firedAt + step.afterMs + pausedMs;
}

/** When a repeat is due (default: the next one), counted from the firing; absent when there is none. */
export function repeatDueAt(
  { repeatsDone, firedAt, pausedMs }: Episode,
  { repeat }: Rule,
  number = repeatsDone + 1,
): number | undefined {
  if (repeat === undefined || firedAt === undefined || number > repeat.times) return undefined;
  return firedAt + number * repeat.everyMs + pausedMs;
}

function earliest(...times: (number | undefined)[]): number | undefined {
  let first: number | undefined;
  for (const at of times) if (at !== undefined && (first === undefined || at < first)) first = at;
  return first;
}
