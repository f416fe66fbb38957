import type { Calendar } from '../../domain/calendar.ts';
import type { CalendarFile } from '../../domain/calendar-file.ts';
import { createOpenWeeks, type OpenWeek, WEEK_MS } from './open-weeks.ts';
import { createOpeningPlan } from './opening-plan.ts';
import { DAY_MS } from './parse-hours.ts';
import { getZoneOffsets } from './zone-offsets.ts';

/** How far ahead of an instant an opening, a closing or the end of some open time is looked for. */
export const LOOK_AHEAD_DAYS = 400;
const LOOK_AHEAD_MS = LOOK_AHEAD_DAYS * DAY_MS;
/** Open time is counted back this far: an event that says 1970 must not cost a walk through half a century. */
const MOST_COUNTED_MS = 10 * 366 * DAY_MS;

/** Compiles a checked calendar. A question takes well under a microsecond once its week has been asked about. */
export function createCalendar(name: string, file: CalendarFile): Calendar {
  const weekOf = createOpenWeeks(createOpeningPlan(file), getZoneOffsets(file.zone));

  function isOpen(at: number): boolean {
    const { openings, closings } = weekOf(Math.floor(at / WEEK_MS));
    const index = firstAfter(closings, at);
    return index < openings.length && (openings[index] ?? at) <= at;
  }

  function nextOpen(at: number): number | undefined {
    for (let week = Math.floor(at / WEEK_MS); week * WEEK_MS <= at + LOOK_AHEAD_MS; week++) {
      const { openings, closings } = weekOf(week);
      const opening = openings[firstAfter(closings, at)];
      if (opening !== undefined) return within(at, Math.max(opening, at));
    }
    return undefined;
  }

  function nextClose(at: number): number | undefined {
    let open = at;
    for (let week = Math.floor(at / WEEK_MS); week * WEEK_MS <= at + LOOK_AHEAD_MS; week++) {
      const { openings, closings } = weekOf(week);
      const index = firstAfter(closings, open);
      const [opening, closing] = [openings[index], closings[index]];
      if (opening === undefined || closing === undefined || opening > open) return within(at, open);
      if (closing < (week + 1) * WEEK_MS) return within(at, closing);
      // Open until the end of this week, and perhaps beyond.
      open = closing;
    }
    return undefined;
  }

  function openTimeBetween(from: number, to: number): number {
    const start = Math.max(from, to - MOST_COUNTED_MS);
    let total = 0;
    for (let week = Math.floor(start / WEEK_MS); week * WEEK_MS < to; week++) {
      const open = weekOf(week);
      const whole = start <= week * WEEK_MS && (week + 1) * WEEK_MS <= to;
      total += whole ? open.openTime : openTimeWithin(open, start, to);
    }
    return total;
  }

  function addOpenTime(from: number, ms: number): number | undefined {
    if (ms <= 0) return from;
    let left = ms;
    for (let week = Math.floor(from / WEEK_MS); week * WEEK_MS <= from + LOOK_AHEAD_MS; week++) {
      const open = weekOf(week);
      const whole = from <= week * WEEK_MS;
      const here = whole ? open.openTime : openTimeWithin(open, from, Number.POSITIVE_INFINITY);
      if (here >= left) return within(from, endOf(open, from, left));
      left -= here;
    }
    return undefined;
  }

  return { name, zone: file.zone, isOpen, nextOpen, nextClose, openTimeBetween, addOpenTime };
}

function within(from: number, at: number): number | undefined {
  return at <= from + LOOK_AHEAD_MS ? at : undefined;
}

/** Index of the first of these (in order) that is after `at`; their number when none is. */
function firstAfter(instants: readonly number[], at: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? at) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function openTimeWithin({ openings, closings }: OpenWeek, from: number, to: number): number {
  let total = 0;
  for (let index = firstAfter(closings, from); index < openings.length; index++) {
    const opening = openings[index] ?? to;
    if (opening >= to) break;
    total += Math.min(closings[index] ?? to, to) - Math.max(opening, from);
  }
  return total;
}

/** Where `ms` of open time after `from` end. The week has that much. */
function endOf({ openings, closings }: OpenWeek, from: number, ms: number): number {
  let left = ms;
  for (let index = firstAfter(closings, from); index < openings.length; index++) {
    const opening = Math.max(openings[index] ?? from, from);
    const length = (closings[index] ?? opening) - opening;
    if (length >= left) return opening + left;
    left -= length;
  }
  return from;
}
