import type { Episode } from '../../domain/episode.ts';
import type { Rule } from '../../domain/rule.ts';
import type { CompiledRuleset } from '../compile.ts';
import { calendarOf, dueTimeOf } from '../hours.ts';
import type { HoldGate } from './explanation.ts';

/** The clock of a rule's episode as it stood at a moment. */
export function toHoldGate(
  ruleset: Pick<CompiledRuleset, 'calendars'>,
  rule: Rule,
  episode: Episode | undefined,
  at: number,
): HoldGate {
  const forMs = rule.trigger.kind === 'hold' ? rule.trigger.forMs : 0;
  const gate: HoldGate = { forMs, keepForMs: rule.keepForMs };
  if (episode === undefined) return gate;
  const due = dueTimeOf(ruleset, rule, episode.startedAt);
  const calendar = rule.clock === 'business' ? calendarOf(ruleset, rule) : undefined;
  const businessElapsedMs = calendar?.openTimeBetween(episode.startedAt, Math.max(at, episode.startedAt));
  return {
    ...gate,
    episode: toEpisodeView(episode, rule, ruleset),
    elapsedMs: Math.max(0, at - episode.startedAt),
    ...(businessElapsedMs === undefined ? {} : { businessElapsedMs }),
    ...(calendar === undefined ? {} : { calendar: calendar.name }),
    ...(due.reachable && episode.state === 'running' ? { remainingMs: Math.max(0, due.at - at) } : {}),
  };
}

/** What of an episode tells people how it stands. */
export function toEpisodeView(
  episode: Episode,
  rule: Rule,
  ruleset: Pick<CompiledRuleset, 'calendars'>,
): NonNullable<HoldGate['episode']> {
  const { id, state, startedAt, approximate, dueAt, nextAt, firedAt, falseSince, snoozedUntil } = episode;
  const { acknowledgedAt, endedAt, endReason, kind } = episode;
  const isUnreachable = kind === 'hold' && !dueTimeOf(ruleset, rule, startedAt).reachable;
  return {
    id,
    state,
    startedAt,
    approximate,
    armedBy: id.slice(id.lastIndexOf(':') + 1),
    dueAt,
    ...(isUnreachable ? { unreachable: true } : {}),
    ...(nextAt === undefined ? {} : { nextAt }),
    ...(firedAt === undefined ? {} : { firedAt }),
    ...(falseSince === undefined ? {} : { falseSince }),
    ...(snoozedUntil === undefined ? {} : { snoozedUntil }),
    ...(acknowledgedAt === undefined ? {} : { acknowledgedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endReason === undefined ? {} : { endReason }),
  };
}
