import { CALENDAR_NAME_PATTERN, type CalendarFile, MAX_CALENDARS } from '../../domain/calendar-file.ts';
import { createOpeningPlan } from '../calendars/opening-plan.ts';
import { parseDate } from '../calendars/parse-hours.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { checkHours } from './check-hours.ts';
import { checkZone } from './check-zone.ts';

/** calendars.json, once its schema has accepted it: zones that exist, dates that exist, hours that go together. */
export function checkCalendars(calendars: ReadonlyMap<string, CalendarFile>): Finding[] {
  return [...calendars].flatMap(([name, calendar], index) => {
    const dates = checkDates(calendar, [name, 'exceptions']);
    const hours = checkHours(calendar, [name]);
    const sound = dates.length === 0 && hours.length === 0;
    return [
      ...checkName(name, index),
      ...checkZone(calendar.zone, [name, 'zone']),
      ...hours,
      ...dates,
      ...(sound ? checkEverOpen(calendar, name) : []),
    ];
  });
}

function checkName(name: string, index: number): Finding[] {
  const place = { path: [name], on: 'key' as const };
  if (!CALENDAR_NAME_PATTERN.test(name)) {
    const message = `"${name}" is no name of a calendar`;
    const remedy = 'Begin with a letter; go on with letters, digits, _ or -, at most 64.';
    return [{ ...place, code: 'bad-name', message, remedy }];
  }
  if (index < MAX_CALENDARS) return [];
  const message = `there are more than ${MAX_CALENDARS} calendars`;
  return [{ ...place, code: 'too-many-calendars', message, remedy: 'Remove those that no rule uses.' }];
}

function checkDates({ exceptions = {} }: CalendarFile, path: JsonPath): Finding[] {
  return Object.keys(exceptions).flatMap((date): Finding[] => {
    if (parseDate(date) !== undefined) return [];
    const remedy = 'Write the year, the month and the day, as in 2027-12-25.';
    return [{ path: [...path, date], on: 'key', code: 'no-such-date', message: `there is no ${date}`, remedy }];
  });
}

function checkEverOpen(calendar: CalendarFile, name: string): Finding[] {
  if (createOpeningPlan(calendar).openTimeWithin(7) > 0) return [];
  const message = `the calendar "${name}" is never open`;
  const remedy = 'Write its hours: "hours": { "mon-fri": ["09:00-18:00"] }.';
  return [{ path: [name], on: 'key', severity: 'warning', code: 'never-open', message, remedy }];
}
