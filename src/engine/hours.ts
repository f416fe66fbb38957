import type { Calendar } from '../domain/calendar.ts';
import { formatDuration } from '../domain/duration.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { Rule } from '../domain/rule.ts';
import { LOOK_AHEAD_DAYS } from './calendars/create-calendar.ts';
import type { CompiledRuleset } from './compile.ts';

/** What a rule's calendar says: whether it may act at a moment, and when a hold is due whose clock stops with it. */

type Calendars = Pick<CompiledRuleset, 'calendars'>;

/** The calendar of `during`, if it has one. */
export function calendarOf({ calendars }: Calendars, { during }: Pick<Rule, 'during'>): Calendar | undefined {
  return during === undefined ? undefined : calendars.get(during.calendar);
}

/** A moment outside the calendar of `during`. */
export interface Closed {
  calendar: string;
  /** The opening at which to look again; absent: it does not wait, or the calendar never opens again. */
  waitsUntil?: number;
  /** One half-sentence for people. */
  reason: string;
}

/** Undefined when the rule may act at this moment. */
export function closedAt(calendars: Calendars, rule: Rule, at: number): Closed | undefined {
  const { during } = rule;
  const calendar = calendarOf(calendars, rule);
  if (during === undefined || calendar === undefined || calendar.isOpen(at)) return undefined;
  const outside = `outside the calendar "${during.calendar}"`;
  if (during.outside === 'skip') return { calendar: during.calendar, reason: outside };
  const waitsUntil = calendar.nextOpen(at);
  if (waitsUntil === undefined) return { calendar: during.calendar, reason: `${outside}, which never opens again` };
  return {
    calendar: during.calendar,
    waitsUntil,
    reason: `${outside}; waits until it opens at ${toIsoTime(waitsUntil)}`,
  };
}

const NEVER_MS = LOOK_AHEAD_DAYS * 86_400_000;

export interface DueTime {
  at: number;
  /** Whether its clock gets there within the days that calendars look ahead; if not, `at` is the end of those days. */
  reachable: boolean;
}

/** When a hold that began at `startedAt` is due. */
export function dueTimeOf(calendars: Calendars, rule: Rule, startedAt: number): DueTime {
  const forMs = rule.trigger.kind === 'hold' ? rule.trigger.forMs : 0;
  const calendar = rule.clock === 'business' ? calendarOf(calendars, rule) : undefined;
  const at = calendar === undefined ? startedAt + forMs : calendar.addOpenTime(startedAt, forMs);
  return at === undefined ? { at: startedAt + NEVER_MS, reachable: false } : { at, reachable: true };
}

/** For people. */
export function describeDue({ at, reachable }: DueTime, { trigger, during }: Rule): string {
  if (reachable) return `due at ${toIsoTime(at)}`;
  const open = formatDuration(trigger.kind === 'hold' ? trigger.forMs : 0);
  return `never due: within ${LOOK_AHEAD_DAYS} days the calendar "${during?.calendar}" is not open for ${open}`;
}
