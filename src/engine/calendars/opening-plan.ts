import type { CalendarFile } from '../../domain/calendar-file.ts';
import { DAY_MS, parseDate, parseDays, parseStretch, type Stretch, weekdayOf } from './parse-hours.ts';

/**
 * What a calendar says of each local date, in the time of a clock on the wall there. A stretch that passes midnight
 * goes on into the next date, unless that date is an exception: an exception says all that is open from 00:00 to 24:00 of
 * its date, so a holiday is closed from its first minute, whatever began the evening before.
 */
export interface OpeningPlan {
  /** What is open on a local date (days since 1970-01-01), in ms since its midnight, in order, never touching. */
  stretchesOn(day: number): readonly Stretch[];
  /** What is open within `days` days, ms: that of their whole weeks, and of every exception that is written. */
  openTimeWithin(days: number): number;
}

/** The hours as they are written, before midnights are seen to. */
interface WrittenHours {
  /** By day of the week, Sunday first. */
  week: readonly (readonly Stretch[])[];
  exceptions: ReadonlyMap<number, readonly Stretch[]>;
}

export function createOpeningPlan(file: CalendarFile): OpeningPlan {
  const { week, exceptions } = toWrittenHours(file);
  const writtenFor = (day: number) => exceptions.get(day) ?? week[weekdayOf(day)] ?? [];
  const compile = (day: number) => [
    ...(exceptions.has(day) ? [] : writtenFor(day - 1).flatMap(pastMidnight)),
    ...writtenFor(day).map(untilMidnight),
  ];
  // Most dates are like any other of their day of the week; the rest lie at exceptions and the day after.
  const usual = week.map((own, weekday) => [
    ...(week[(weekday + 6) % 7] ?? []).flatMap(pastMidnight),
    ...own.map(untilMidnight),
  ]);
  const special = new Map<number, Stretch[]>();
  for (const day of exceptions.keys()) {
    special.set(day, joined(compile(day)));
    special.set(day + 1, joined(compile(day + 1)));
  }
  const days = usual.map(joined);
  return {
    stretchesOn: (day) => special.get(day) ?? days[weekdayOf(day)] ?? [],
    openTimeWithin: (count) => Math.floor(count / 7) * sum(days.flat()) + sum([...exceptions.values()].flat()),
  };
}

export function toWrittenHours({ hours, exceptions = {} }: CalendarFile): WrittenHours {
  const week: Stretch[][] = Array.from({ length: 7 }, () => []);
  for (const [days, texts] of Object.entries(hours)) {
    for (const weekday of parseDays(days)) week[weekday]?.push(...toStretches(texts));
  }
  const dates = Object.entries(exceptions).flatMap(([date, exception]): [number, Stretch[]][] => {
    const day = parseDate(date);
    return day === undefined ? [] : [[day, toStretches(exception.hours)]];
  });
  return { week: week.map(inOrder), exceptions: new Map(dates) };
}

/** In the order of the day; what is no stretch is left out (the check tells it). */
function toStretches(texts: readonly string[]): Stretch[] {
  return inOrder(texts.flatMap((text) => parseStretch(text) ?? []));
}

function inOrder(stretches: readonly Stretch[]): Stretch[] {
  return stretches.toSorted((a, b) => a.from - b.from);
}

function untilMidnight({ from, to }: Stretch): Stretch {
  return { from, to: Math.min(to, DAY_MS) };
}

function pastMidnight({ to }: Stretch): Stretch[] {
  return to > DAY_MS ? [{ from: 0, to: to - DAY_MS }] : [];
}

/** In order, with what touches or overlaps made one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const { from, to } of inOrder(stretches)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

function sum(stretches: readonly Stretch[]): number {
  return stretches.reduce((total, { from, to }) => total + to - from, 0);
}
