import type { CalendarFile } from '../../../src/domain/calendar-file.ts';

/**
 * A calendar as somebody would follow it who looks at a clock on the wall each minute, and at the page of calendars.json.
 * Slow and simple, and made of nothing that the engine uses: the platform's own clock texts say what time it is there.
 */
export const MINUTE = 60_000;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY = 86_400_000;

export function createWallClock({ zone, hours, exceptions = {} }: CalendarFile): (at: number) => boolean {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const weekday = (date: string) => new Date(`${date}T00:00Z`).getUTCDay();
  const usual = (date: string) =>
    Object.entries(hours).flatMap(([days, stretches]) => (namesDay(days, weekday(date)) ? stretches : []));
  const written = (date: string) => exceptions[date]?.hours ?? usual(date);
  return (at) => {
    const [date = '', time = ''] = format.format(at).split(' ');
    const yesterday = new Date(Date.parse(`${date}T00:00Z`) - DAY).toISOString().slice(0, 10);
    const begun = written(date).some((stretch) => {
      const [from = '', to = ''] = stretch.split('-');
      return time >= from && (to <= from || time < to);
    });
    const stillOn = written(yesterday).some((stretch) => {
      const [from = '', to = ''] = stretch.split('-');
      return to <= from && time < to;
    });
    return begun || (stillOn && exceptions[date] === undefined);
  };
}

function namesDay(text: string, weekday: number): boolean {
  return text.split(',').some((part) => {
    const [first, last = first] = part.split('-').map((name) => DAYS.indexOf(name));
    if (first === undefined || last === undefined) return false;
    return first <= last ? weekday >= first && weekday <= last : weekday >= first || weekday <= last;
  });
}
