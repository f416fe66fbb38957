import type { Action, ActionSpec } from '../domain/action.ts';
import type { Calendar } from '../domain/calendar.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { HeldBack, MuteMatcher, MuteSubject, Recurrence, Silence } from '../domain/mute.ts';
import type { Directory, Rule } from '../domain/rule.ts';
import { createCalendar } from './calendars/create-calendar.ts';
import { aboutOf } from './computed/about.ts';
import type { Draft } from './draft.ts';

/**
 * Silences: what fits one is decided and recorded as always, only Slack is not told of it. They are looked at for the
 * logical moment of a firing (the event's time, the due time) and not for the time at which it is judged, so that
 * judging it again gives the same.
 */

/** Until when a silence is in force at `at`; undefined when it is not. */
export function silencedUntil({ startsAt, endsAt, liftedAt, recurrence }: Silence, at: number): number | undefined {
  const end = Math.min(endsAt, liftedAt ?? endsAt);
  if (at < startsAt || at >= end) return undefined;
  if (recurrence === undefined) return end;
  const calendar = calendarOf(recurrence);
  if (!calendar.isOpen(at)) return undefined;
  return Math.min(calendar.nextClose(at) ?? end, end);
}

/** The silence in force at `at` that something fits, and until when: of several the one that lasts longest. */
export function findSilence(
  silences: readonly Silence[],
  about: MuteSubject,
  directory: Directory,
  at: number,
): { silence: Silence; until: number } | undefined {
  let found: { silence: Silence; until: number } | undefined;
  for (const silence of silences) {
    if (!fits(silence.matcher, about, directory)) continue;
    const until = silencedUntil(silence, at);
    if (until === undefined || (found !== undefined && until <= found.until)) continue;
    found = { silence, until };
  }
  return found;
}

/** Whether everything that the matcher names is so. */
export function fits(matcher: MuteMatcher, about: MuteSubject, directory: Directory): boolean {
  return (
    (matcher.ruleId === undefined || matcher.ruleId === about.ruleId) &&
    (matcher.sessionId === undefined || matcher.sessionId === about.sessionId) &&
    (matcher.channelId === undefined || matcher.channelId === about.channelId) &&
    (matcher.agentId === undefined || agentIds(matcher, directory).includes(about.assigneeId ?? ''))
  );
}

/** All ids by which events may name the agent of a matcher. */
export function agentIds({ agentId, agentAliases = [] }: MuteMatcher, directory: Directory): string[] {
  if (agentId === undefined) return [];
  const zuid = directory.agents.get(agentId)?.zuid;
  const deskId = directory.agentIdByZuid.get(agentId);
  return [agentId, ...agentAliases, ...[zuid, deskId].filter((id) => id !== undefined)];
}

/**
 * What a silence holds back: what is said anew in Slack, and so notifies somebody. A repeat says its card again in the
 * card's thread; any other edit of a card only keeps true what stands there.
 */
export function isSaid({ type, params }: Pick<Action['spec'], 'type' | 'params'>): boolean {
  if (type === 'slack.alertUpdate') return params['change'] === 'repeated';
  return type === 'slack.alert' || type === 'slack.post';
}

/** A card that tells of an episode waits for the end of the silence; what tells of a moment is not told later. */
export function toSilenced(
  { silence, until }: { silence: Silence; until: number },
  { spec, episodeId }: Pick<Action, 'spec' | 'episodeId'>,
): HeldBack {
  const by = `silence:${silence.id}` as const;
  const reason = `held back by silence ${silence.id} of ${silence.owner} until ${toIsoTime(until)}`;
  return { by, until, reason, waits: spec.type === 'slack.alert' && episodeId !== undefined };
}

/** The silence that fits what a rule does about the draft's subject at `at`. */
export function silenceOf(draft: Draft, rule: Pick<Rule, 'id'>, at: number) {
  const { silences } = draft.known;
  if (silences === undefined || silences.length === 0) return undefined;
  const { channelId, assigneeId } = aboutOf(draft);
  const about: MuteSubject = { ruleId: rule.id, sessionId: draft.sessionId, channelId, assigneeId };
  return findSilence(silences, about, draft.ruleset.directory, at);
}

/**
 * What a decision to do `specs` says: `silenced` when a silence holds all of it back, else `fired`, with a word about the
 * silence when it holds a part of it back.
 */
export function decideAloud(
  draft: Draft,
  rule: Rule,
  specs: readonly ActionSpec[],
  at: number,
  reason: string,
): { outcome: 'fired' | 'silenced'; reason: string } {
  const said = rule.mode === 'live' ? specs.filter(isSaid).length : 0;
  const found = said === 0 ? undefined : silenceOf(draft, rule, at);
  if (found === undefined) return { outcome: 'fired', reason };
  const { silence, until } = found;
  const whole = said === specs.length;
  const what = whole ? 'held back' : 'what it says in Slack is held back';
  const silenced = `${reason}; ${what} by silence ${silence.id} of ${silence.owner} until ${toIsoTime(until)}`;
  return { outcome: whole ? 'silenced' : 'fired', reason: silenced };
}

const calendars = new Map<string, Calendar>();
/** Some dozen silences recur at a time; the cap only guards a process that runs for years. */
const MAX_CALENDARS = 500;

/** A recurrence is the opening hours of a calendar; compiled once, whoever asks. */
function calendarOf(recurrence: Recurrence): Calendar {
  const key = JSON.stringify(recurrence);
  const known = calendars.get(key);
  if (known !== undefined) return known;
  const { zone, days, from, to } = recurrence;
  const calendar = createCalendar('silence', { zone, hours: { [days.join(',')]: [`${from}-${to}`] } });
  if (calendars.size >= MAX_CALENDARS) calendars.clear();
  calendars.set(key, calendar);
  return calendar;
}
