import type { OpeningPlan } from './opening-plan.ts';
import { DAY_MS } from './parse-hours.ts';
import type { ZoneOffsets } from './zone-offsets.ts';

/**
 * When a calendar is open, as instants, compiled a week at a time and kept. A place is open at an instant when a clock on
 * its wall shows a time within the hours; so an hour that the clocks leave out is open for nobody, and one that they
 * show twice is open twice.
 */
export interface OpenWeek {
  /** Openings and closings in turn, epoch ms, both within the week; a closing at its end may go on in the next. */
  openings: number[];
  closings: number[];
  /** Of the whole week, ms. */
  openTime: number;
}

/** Weeks of UTC, counted from 1970-01-01. */
export const WEEK_MS = 7 * DAY_MS;
/** Eleven years: more than one question spans (see MOST_COUNTED_MS in create-calendar.ts). */
const MAX_WEEKS = 600;

export function createOpenWeeks(plan: OpeningPlan, zone: ZoneOffsets): (week: number) => OpenWeek {
  const weeks = new Map<number, OpenWeek>();
  return (week) => {
    const known = weeks.get(week);
    if (known !== undefined) return known;
    const compiled = compileWeek(plan, zone, week * WEEK_MS);
    const [oldest] = weeks.size >= MAX_WEEKS ? weeks.keys() : [];
    if (oldest !== undefined) weeks.delete(oldest);
    weeks.set(week, compiled);
    return compiled;
  };
}

function compileWeek(plan: OpeningPlan, zone: ZoneOffsets, start: number): OpenWeek {
  const week: OpenWeek = { openings: [], closings: [], openTime: 0 };
  for (let at = start; at < start + WEEK_MS; ) {
    const { offsetMs, to } = zone.at(at);
    const end = Math.min(to, start + WEEK_MS);
    const lastDay = Math.floor((end - 1 + offsetMs) / DAY_MS);
    for (let day = Math.floor((at + offsetMs) / DAY_MS); day <= lastDay; day++) {
      const midnight = day * DAY_MS - offsetMs;
      for (const stretch of plan.stretchesOn(day)) {
        add(week, Math.max(midnight + stretch.from, at), Math.min(midnight + stretch.to, end));
      }
    }
    at = end;
  }
  return week;
}

/** Adds what is open; what goes on where the last one ended goes on with it. */
function add(week: OpenWeek, opening: number, closing: number): void {
  if (opening >= closing) return;
  week.openTime += closing - opening;
  if (week.closings.at(-1) === opening) week.closings.pop();
  else week.openings.push(opening);
  week.closings.push(closing);
}
