import { create, getTimeZoneTransition, offsetNanoseconds } from 'temporal-polyfill/fns/ZonedDateTime';
import { DAY_MS } from './parse-hours.ts';

/**
 * What a zone's clocks are ahead of UTC, and until when. Asking the platform takes from a tenth of a millisecond to
 * several, so what was answered is kept.
 */
export interface OffsetPeriod {
  /** From here on, or from before, the offset is this. Epoch ms. */
  from: number;
  /** The next change of the clocks, epoch ms; Infinity when none is known. */
  to: number;
  /** Local time minus UTC, ms. */
  offsetMs: number;
}

export interface ZoneOffsets {
  /** The period that an instant lies in. */
  at(instant: number): OffsetPeriod;
}

/** Asked for a month at a time, so that instants in any order cost few questions. */
const SPAN_MS = 30 * DAY_MS;
/** Thirty years, of each zone that is in use. */
const MAX_SPANS = 366;

const zones = new Map<string, ZoneOffsets>();

/** Of a zone that `isZone` takes. All who ask for a zone share what was found; there are some six hundred zones. */
export function getZoneOffsets(zone: string): ZoneOffsets {
  const known = zones.get(zone) ?? createZoneOffsets(zone);
  zones.set(zone, known);
  return known;
}

function createZoneOffsets(zone: string): ZoneOffsets {
  const spans = new Map<number, OffsetPeriod[]>();
  return {
    at(instant) {
      const index = Math.floor(instant / SPAN_MS);
      let periods = spans.get(index);
      if (periods === undefined) {
        periods = askFor(zone, index * SPAN_MS);
        const [oldest] = spans.size >= MAX_SPANS ? spans.keys() : [];
        if (oldest !== undefined) spans.delete(oldest);
        spans.set(index, periods);
      }
      for (const period of periods) if (instant < period.to) return period;
      throw new RangeError(`${instant} is no instant`);
    },
  };
}

/** The periods that cover a span; the last may go on for years. */
function askFor(zone: string, start: number): OffsetPeriod[] {
  const periods: OffsetPeriod[] = [];
  for (let from = start; from < start + SPAN_MS; ) {
    const moment = create(BigInt(from) * 1_000_000n, zone);
    const change = getTimeZoneTransition(moment, 'next');
    const to = change === null ? Number.POSITIVE_INFINITY : change.epochMilliseconds;
    periods.push({ from, to, offsetMs: offsetNanoseconds(moment) / 1_000_000 });
    from = to;
  }
  return periods;
}
