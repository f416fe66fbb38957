import { type CalendarFile, WEEKDAYS } from '../../domain/calendar-file.ts';
import { createOpeningPlan } from '../../engine/calendars/opening-plan.ts';
import { DAY_MS, formatDate, weekdayOf } from '../../engine/calendars/parse-hours.ts';
import { getZoneOffsets } from '../../engine/calendars/zone-offsets.ts';

/** One local date of a calendar, as people and programs are shown it. */
export interface CalendarDay {
  /** `2026-11-23` */
  date: string;
  /** `mon` … `sun` */
  weekday: string;
  /** What is open on this date by the clock there; a stretch past midnight is shown in two parts, on its two dates. */
  hours: string[];
  /** It is written under `exceptions`. */
  exception: boolean;
  /** Of the exception: the name of the holiday. */
  name?: string;
  /** Local time minus UTC when the date begins, `-03:00`. */
  utcOffset: string;
  clockChange?: ClockChange;
}

/** The clocks are set forward or back on this date. */
export interface ClockChange {
  /** ISO 8601, UTC. */
  at: string;
  /** What the clocks showed, and what they show from then on: `02:00`, `03:00`. */
  from: string;
  to: string;
  /** The offset from then on. */
  utcOffset: string;
}

/** `count` dates from a day (since 1970-01-01) on. */
export function describeDays(file: CalendarFile, firstDay: number, count: number): CalendarDay[] {
  const plan = createOpeningPlan(file);
  return Array.from({ length: count }, (_, index) => {
    const day = firstDay + index;
    const date = formatDate(day);
    const exception = file.exceptions?.[date];
    const beginning = beginningOf(file.zone, day);
    const change = findClockChange(file.zone, beginning, beginningOf(file.zone, day + 1));
    return {
      date,
      weekday: WEEKDAYS[weekdayOf(day)] ?? '',
      hours: plan.stretchesOn(day).map(({ from, to }) => `${formatTime(from)}-${formatTime(to)}`),
      exception: exception !== undefined,
      ...(exception?.name !== undefined && { name: exception.name }),
      utcOffset: formatOffset(getZoneOffsets(file.zone).at(beginning).offsetMs),
      ...(change && { clockChange: change }),
    };
  });
}

/** The first instant of a local date: its midnight, or what the clocks show in place of it. */
function beginningOf(zone: string, day: number): number {
  const midnight = day * DAY_MS;
  const { offsetMs, to } = getZoneOffsets(zone).at(midnight - DAY_MS);
  const before = midnight - offsetMs;
  if (before < to) return before;
  // The clocks change before this midnight comes, or at it.
  return Math.max(to, midnight - getZoneOffsets(zone).at(to).offsetMs);
}

function findClockChange(zone: string, from: number, until: number): ClockChange | undefined {
  const before = getZoneOffsets(zone).at(from - 1);
  if (before.to >= until) return undefined;
  const { offsetMs } = getZoneOffsets(zone).at(before.to);
  if (offsetMs === before.offsetMs) return undefined;
  return {
    at: new Date(before.to).toISOString(),
    from: formatTime(before.to + before.offsetMs),
    to: formatTime(before.to + offsetMs),
    utcOffset: formatOffset(offsetMs),
  };
}

/** `09:00`, of ms since a midnight; the end of a day is 24:00. */
export function formatTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const ofDay = minutes === 1440 ? 1440 : minutes % 1440;
  return `${pad(Math.floor(ofDay / 60))}:${pad(ofDay % 60)}`;
}

/** `+05:30` */
export function formatOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
