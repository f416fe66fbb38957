/**
 * Durations as rules write them: `90s`, `15m`, `1h30m`, `2d`. The grammar is strict (each unit at most once, largest
 * first, whole numbers) because the usual parsers take "1,5h" for 15 hours and "15m foo" for 15 minutes.
 */
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

const PATTERN = /^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/;

/** Longest duration a rule may name: 366 days. */
export const MAX_DURATION_MS = 366 * 86_400_000;

/** Milliseconds of a duration text, or undefined when it is not one (or longer than 366 days). */
export function parseDuration(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (text === '' || match === null) return undefined;
  let ms = 0;
  for (const [index, [, unitMs]] of UNITS.entries()) ms += Number(match[index + 1] ?? 0) * unitMs;
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** Milliseconds of a duration that has been checked before; throws on anything else. */
export function getDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`"${text}" is not a duration such as 90s, 15m or 1h30m`);
  return ms;
}

/** `1h 30m`, `15m`, `45s`; the two largest units, never negative, below a second `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0s';
}

/**
 * A time since the start of a test or a recording, which may be exact to the millisecond: `15m`, `1h2s5ms`. Checked before;
 * throws on anything else.
 */
export function getOffset(text: string): number {
  const [, whole = '', ms = '0'] = /^(.*?)(?:(\d{1,3})ms)?$/.exec(text) ?? [];
  return (whole === '' && text !== '' ? 0 : getDuration(whole)) + Number(ms);
}

/** The text that `getOffset` reads, to the millisecond. */
export function formatOffset(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, unitMs] of [...UNITS, ['ms', 1]] as const) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
