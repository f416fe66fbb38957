import { DAY_MS, weekdayOf } from './parse-hours.ts';
import { getZoneOffsets } from './zone-offsets.ts';

/** What a clock and a calendar on a wall of this zone show at an instant. */
export interface LocalTime {
  /** Days since 1970-01-01 of the local date. */
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  /** Ms since local midnight, by the clock: an hour that is shown twice is there twice. */
  timeMs: number;
  /** Local time minus UTC, ms. */
  offsetMs: number;
}

export function toLocalTime(zone: string, at: number): LocalTime {
  const { offsetMs } = getZoneOffsets(zone).at(at);
  const day = Math.floor((at + offsetMs) / DAY_MS);
  return { day, weekday: weekdayOf(day), timeMs: at + offsetMs - day * DAY_MS, offsetMs };
}
