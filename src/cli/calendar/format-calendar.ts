import type { Calendar } from '../../domain/calendar.ts';
import { WEEKDAYS } from '../../domain/calendar-file.ts';
import { toLocalTime } from '../../engine/calendars/local-time.ts';
import { formatDate } from '../../engine/calendars/parse-hours.ts';
import type { Colour } from '../style.ts';
import { type CalendarDay, formatOffset, formatTime } from './describe-days.ts';

type Style = (colour: Colour, text: string) => string;

/** `America/Sao_Paulo (UTC-03:00), now Mon 2026-11-23 10:15` */
export function formatZone(zone: string, now: number): string {
  const { offsetMs } = toLocalTime(zone, now);
  return `${zone} (UTC${formatOffset(offsetMs)}), now ${formatMoment(zone, now)}`;
}

/** `open, closes Mon 2026-11-23 12:00`; or when it opens. */
export function formatState(calendar: Calendar, now: number): string {
  const open = calendar.isOpen(now);
  const next = open ? calendar.nextClose(now) : calendar.nextOpen(now);
  const verb = open ? 'closes' : 'opens';
  const when = next === undefined ? `never ${verb} within 400 days` : `${verb} ${formatMoment(calendar.zone, next)}`;
  return `${open ? 'open' : 'closed'}, ${when}`;
}

function formatMoment(zone: string, at: number): string {
  const { day, weekday, timeMs } = toLocalTime(zone, at);
  return `${capital(WEEKDAYS[weekday] ?? '')} ${formatDate(day)} ${formatTime(timeMs)}`;
}

/** A line for each date: its hours, what is special about it, and changes of the clocks. */
export function formatDays(days: readonly CalendarDay[], today: string, style: Style): string {
  const shown = days.map(({ hours }) => (hours.length === 0 ? 'closed' : hours.join('  ')));
  const width = Math.max(...shown.map(({ length }) => length));
  return days
    .map((day, index) => {
      const head = `${capital(day.weekday)} ${day.date}`;
      const hours = (shown[index] ?? '').padEnd(width);
      const line = `${day.date === today ? style('bold', head) : head}  ${day.hours.length === 0 ? style('dim', hours) : hours}`;
      return `  ${[line, ...notesOf(day)].join('  ').trimEnd()}\n`;
    })
    .join('');
}

function notesOf({ name, exception, clockChange }: CalendarDay): string[] {
  return [
    ...(name !== undefined ? [name] : exception ? ['exception'] : []),
    ...(clockChange === undefined
      ? []
      : [`clocks change from ${clockChange.from} to ${clockChange.to} (UTC${clockChange.utcOffset})`]),
  ];
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
