import { WEEKDAYS } from '../../domain/calendar-file.ts';

/** What calendars.json writes as texts: days, stretches of a day, dates. The schema has checked their form. */

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A stretch of a day, in ms since its midnight; `to` is after `from`, and beyond DAY_MS when it passes midnight. */
export interface Stretch {
  from: number;
  to: number;
}

/** `fri-mon,wed` → 5, 6, 0, 1, 3: days of the week, Sunday being 0. A day that is written twice is there twice. */
export function parseDays(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const [from, to] = [indexOfDay(first), indexOfDay(last)];
    const count = ((to - from + 7) % 7) + 1;
    return Array.from({ length: count }, (_, index) => (from + index) % 7);
  });
}

const DAY_NUMBERS: ReadonlyMap<string, number> = new Map(WEEKDAYS.map((day, index) => [day, index]));

function indexOfDay(name: string): number {
  return DAY_NUMBERS.get(name) ?? 0;
}

/** `09:00-18:00`; an end that is not after the beginning is one of the day after. Undefined when it is no time at all. */
export function parseStretch(text: string): Stretch | undefined {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hours, minutes] = time.split(':');
    return (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  });
  if (from === to) return undefined;
  return { from, to: to > from ? to : to + DAY_MS };
}

/** Days since 1970-01-01 of a date such as `2027-12-25`; undefined when there is no such date. */
export function parseDate(text: string): number | undefined {
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || formatDate(at / DAY_MS) !== text ? undefined : at / DAY_MS;
}

/** The date of a day since 1970-01-01. */
export function formatDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Of a day since 1970-01-01, which was a Thursday: 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}
