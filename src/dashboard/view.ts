import type { HtmlEscapedString } from 'hono/utils/html';
import type { Words } from './i18n/words.ts';

/** A piece of a page whose values are escaped. `hono/html` may answer a promise; ours never hold one. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A language and a time zone: how one group of viewers reads the same data. Made once per pair and compared by identity. */
export interface View {
  words: Words;
  /** IANA name. */
  zone: string;
  number(value: number): string;
  /** Time of day, or with its date when that is not today's. */
  time(at: number, now: number): string;
  /** The whole instant with its zone, for titles. */
  moment(at: number): string;
  /** The zone as people say it at that time: `GMT-3`. */
  zoneName(at: number): string;
  /** The two largest units: `4m 12s`, `2h 5m`. Never negative. */
  span(ms: number): string;
}

/** What a rendering has at hand. */
export interface Render {
  view: View;
  words: Words;
  now: number;
}

/** Zones are a few hundred names; whoever makes up more of them shall not fill the memory. */
const MOST_VIEWS = 500;
const views = new Map<string, View>();

/** The view of a language and an IANA zone; UTC for what is no zone. */
export function viewOf(words: Words, zone: string): View {
  const key = `${words.lang} ${zone}`;
  const known = views.get(key);
  if (known !== undefined) return known;
  const real = resolveZone(zone);
  if (real !== zone) return viewOf(words, real);
  if (views.size >= MOST_VIEWS) views.clear();
  const view = createView(words, zone);
  views.set(key, view);
  return view;
}

function resolveZone(zone: string): string {
  try {
    // Only names as browsers tell them: an offset such as +05:30 is a zone to Intl too.
    return /^[A-Za-z]/.test(zone)
      ? new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
      : 'UTC';
  } catch {
    return 'UTC';
  }
}

/** The browser formats by the same options on a first visit, when its zone is not known here yet (assets/time.js). */
export const TIME_FORMATS = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  dated: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  moment: { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

function createView(words: Words, timeZone: string): View {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(words.locale, { timeZone, ...options });
  const time = format(TIME_FORMATS.time);
  const dated = format(TIME_FORMATS.dated);
  const moment = format(TIME_FORMATS.moment);
  const day = format({ dateStyle: 'short' });
  const zoneName = format({ timeZoneName: 'short' });
  const number = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 2 });
  return {
    words,
    zone: timeZone,
    number: (value) => number.format(value),
    time: (at, now) => (day.format(at) === day.format(now) ? time : dated).format(at),
    moment: (at) => moment.format(at),
    zoneName: (at) => zoneName.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone,
    span: (ms) => formatSpan(ms, words.units),
  };
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

function formatSpan(ms: number, units: Words['units']): string {
  let rest = Math.max(0, ms);
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0 || (unit === 's' && parts.length === 0)) parts.push(`${count}${units[unit]}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
