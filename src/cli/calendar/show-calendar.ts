import type { Calendar } from '../../domain/calendar.ts';
import { AppError } from '../../domain/errors.ts';
import { toLocalTime } from '../../engine/calendars/local-time.ts';
import { formatDate, parseDate } from '../../engine/calendars/parse-hours.ts';
import { type CliIo, writeJson } from '../io.ts';
import { createStyle } from '../style.ts';
import { describeDays } from './describe-days.ts';
import { formatDays, formatState, formatZone } from './format-calendar.ts';
import { getCalendar, readCalendars } from './read-calendars.ts';

export interface ShowOptions {
  days: string;
  from?: string;
  rules?: string;
  json?: boolean;
}

const MAX_DAYS = 400;

/** @throws AppError not_found, rules_invalid or bad_request */
export async function showCalendar(name: string, options: ShowOptions, io: CliIo): Promise<void> {
  const { files, calendars, shownPath } = await readCalendars(options.rules, io);
  const file = getCalendar(name, files, shownPath);
  const calendar = getCalendar(name, calendars, shownPath);
  const now = Date.now();
  const today = toLocalTime(file.zone, now).day;
  const days = describeDays(file, parseFrom(options.from) ?? today, parseDays(options.days));
  if (options.json === true) {
    const { description } = file;
    writeJson(io, { ...stateOf(calendar, now), ...(description !== undefined && { description }), days });
    return;
  }
  const style = createStyle(io, io.stdout);
  io.stdout.write(
    [
      `${style('bold', name)}  ${formatZone(file.zone, now)}\n`,
      ...(file.description === undefined ? [] : [`${file.description}\n`]),
      `${formatState(calendar, now)}\n\n`,
      formatDays(days, formatDate(today), style),
    ].join(''),
  );
}

/** @throws AppError not_found or rules_invalid */
export async function listCalendars(options: ShowOptions, io: CliIo): Promise<void> {
  const { calendars, shownPath } = await readCalendars(options.rules, io);
  const now = Date.now();
  const all = [...calendars.values()];
  if (options.json === true) {
    writeJson(
      io,
      all.map((calendar) => stateOf(calendar, now)),
    );
    return;
  }
  const style = createStyle(io, io.stdout);
  for (const calendar of all) {
    const { name, zone } = calendar;
    io.stdout.write(`${style('bold', name)}  ${formatZone(zone, now)}\n  ${formatState(calendar, now)}\n`);
  }
  if (all.length === 0) io.stdout.write(`${shownPath} has no calendar.\n`);
}

/** For programs: `nextOpen` is there while it is closed, `nextClose` while it is open. */
function stateOf(calendar: Calendar, now: number) {
  const { name, zone } = calendar;
  const open = calendar.isOpen(now);
  const next = open ? calendar.nextClose(now) : calendar.nextOpen(now);
  const iso = next === undefined ? null : new Date(next).toISOString();
  return { name, zone, now: new Date(now).toISOString(), open, [open ? 'nextClose' : 'nextOpen']: iso };
}

function parseDays(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new AppError('bad_request', `--days takes a whole number from 1 to ${MAX_DAYS}, not "${text}"`);
}

function parseFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseDate(text) : undefined;
  if (day !== undefined) return day;
  throw new AppError('bad_request', `--from takes a date, not "${text}"`, {
    remedy: 'Write the year, the month and the day, as in 2027-12-20.',
  });
}
