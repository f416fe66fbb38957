import { type CalendarFile, WEEKDAYS } from '../../domain/calendar-file.ts';
import {
  DAY_MS,
  formatDate,
  parseDate,
  parseDays,
  parseStretch,
  type Stretch,
  weekdayOf,
} from '../calendars/parse-hours.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';

/** The hours of one calendar: each day is written once, each stretch lasts, and none runs into another. */
export function checkHours({ hours, exceptions = {} }: CalendarFile, path: JsonPath): Finding[] {
  const week: WrittenStretch[][] = WEEKDAYS.map(() => []);
  for (const [days, texts] of Object.entries(hours)) {
    const written = toWritten(texts, [...path, 'hours', days]);
    for (const weekday of parseDays(days)) if (week[weekday]?.length === 0) week[weekday]?.push(...written);
  }
  const dates = new Map(
    Object.entries(exceptions).flatMap(([date, exception]) => {
      const day = parseDate(date);
      const written = toWritten(exception.hours, [...path, 'exceptions', date, 'hours']);
      return day === undefined ? [] : [[day, written] as const];
    }),
  );
  const nextOf = (weekday: number) => ({ own: week[(weekday + 1) % 7] ?? [], name: WEEKDAYS[(weekday + 1) % 7] ?? '' });
  return [
    ...checkDays(Object.keys(hours), [...path, 'hours']),
    ...[...new Set([...week.flat(), ...[...dates.values()].flat()])].flatMap(checkLasts),
    ...once([
      ...week.flatMap((own, weekday) => [...overlapsWithin(own), ...overlapsNext(own, nextOf(weekday))]),
      ...[...dates].flatMap(([day, own]) => [
        ...overlapsWithin(own),
        // An exception is alone on its date: what began the evening before ends at its midnight.
        ...(dates.has(day + 1) ? [] : overlapsNext(own, { ...nextOf(weekdayOf(day)), name: formatDate(day + 1) })),
      ]),
    ]),
  ];
}

interface WrittenStretch {
  text: string;
  path: JsonPath;
  /** Undefined when it ends where it begins. */
  stretch: Stretch | undefined;
}

function toWritten(texts: readonly string[], path: JsonPath): WrittenStretch[] {
  return texts.map((text, index) => ({ text, path: [...path, index], stretch: parseStretch(text) }));
}

function checkDays(keys: readonly string[], path: JsonPath): Finding[] {
  const seen = new Map<number, string>();
  return keys.flatMap((key): Finding[] => {
    const days = parseDays(key);
    const again = days.find((day, index) => seen.has(day) || days.indexOf(day) !== index);
    const other = again === undefined ? undefined : (seen.get(again) ?? key);
    for (const day of days) seen.set(day, key);
    if (again === undefined) return [];
    const message = `${WEEKDAYS[again]} is in "${other}" already`;
    const remedy = 'Write each day once, with all of its stretches in one list.';
    return [{ path: [...path, key], on: 'key', code: 'duplicate-day', message, remedy }];
  });
}

function checkLasts({ text, path, stretch }: WrittenStretch): Finding[] {
  if (stretch !== undefined) return [];
  const message = `"${text}" ends where it begins`;
  return [{ path, code: 'bad-stretch', message, remedy: 'Write "00:00-24:00" for a whole day.' }];
}

function overlapsWithin(day: readonly WrittenStretch[]): Finding[] {
  return day.flatMap((later, index): Finding[] => {
    const earlier = day.slice(0, index).find((other) => overlap(other.stretch, later.stretch));
    if (earlier === undefined) return [];
    const message = `"${later.text}" overlaps "${earlier.text}"`;
    return [{ path: later.path, code: 'overlap', message, remedy: 'Make one stretch of the two, or part them.' }];
  });
}

/** A stretch that passes midnight, and what the day after begins with. */
function overlapsNext(
  day: readonly WrittenStretch[],
  next: { own: readonly WrittenStretch[]; name: string },
): Finding[] {
  return day.flatMap(({ text, path, stretch }): Finding[] => {
    if (stretch === undefined || stretch.to <= DAY_MS) return [];
    const rest = { from: 0, to: stretch.to - DAY_MS };
    const met = next.own.find((other) => overlap(rest, other.stretch));
    if (met === undefined) return [];
    const message = `"${text}" goes on into "${met.text}" of ${next.name}`;
    const remedy = 'Let it end before the hours of the next day begin.';
    return [{ path, code: 'overlap', message, remedy }];
  });
}

function overlap(a: Stretch | undefined, b: Stretch | undefined): boolean {
  return a !== undefined && b !== undefined && a.from < b.to && b.from < a.to;
}

/** What is written for several days is told once. */
function once(findings: readonly Finding[]): Finding[] {
  const places = findings.map(({ path }) => JSON.stringify(path));
  return findings.filter((_, index) => places.indexOf(places[index] ?? '') === index);
}
