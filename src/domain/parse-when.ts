import { parseDuration } from './duration.ts';

/** With its offset: without one it would mean another instant on each machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;
const RELATIVE = /^([+-])(.+)$/;
/** Digits below this many are seconds, or a slip. */
const EPOCH_MS = /^\d{12,15}$/;

/**
 * An instant as a person writes it: epoch milliseconds, ISO 8601 with its offset, or `-15m`, `+30s` from `now`.
 * @returns epoch ms, or undefined when it is none of these
 */
export function parseWhen(text: string, now: number): number | undefined {
  if (EPOCH_MS.test(text)) return Number(text);
  const [, sign, duration] = RELATIVE.exec(text) ?? [];
  if (duration !== undefined) {
    const ms = parseDuration(duration);
    return ms === undefined ? undefined : now + (sign === '-' ? -ms : ms);
  }
  const ms = ISO_TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Of a day that its month has not, `Date.parse` makes one of the next month. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
