const DAY_MS = 86_400_000;

/** Times that were written lately, each in the slot of its last bits: the times of a chat are written at each of its events. */
const SLOTS = 16_384;
const writtenAt = new Float64Array(SLOTS).fill(Number.NaN);
const written: string[] = Array.from({ length: SLOTS }, () => '');

/**
 * ISO 8601 in UTC with milliseconds, as `Date` writes it (`2026-03-02T13:00:00.000Z`), at a fraction of its cost: every event
 * writes a dozen of them. Like `Date`, throws a RangeError for what is no time.
 * @param at epoch ms
 */
export function toIsoTime(at: number): string {
  const slot = (at | 0) & (SLOTS - 1);
  const known = writtenAt[slot] === at ? written[slot] : undefined;
  if (known !== undefined) return known;
  const text = write(at);
  writtenAt[slot] = at;
  written[slot] = text;
  return text;
}

/** The day that was written last: what happens together is mostly of one day. */
let lastDay = Number.NaN;
let lastDate = '';
const MINUTES = Array.from({ length: 1_440 }, (_, at) => `${two(Math.floor(at / 60))}:${two(at % 60)}:`);
const SECONDS = Array.from({ length: 60 }, (_, second) => `${two(second)}.`);
const MILLISECONDS = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`);

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function write(at: number): string {
  const whole = Math.trunc(at);
  const day = Math.floor(whole / DAY_MS);
  if (day !== lastDay) {
    const text = new Date(at).toISOString();
    lastDate = text.slice(0, text.indexOf('T') + 1);
    lastDay = day;
  }
  const ms = whole - day * DAY_MS;
  const [minute, second] = [Math.floor(ms / 60_000), Math.floor(ms / 1_000) % 60];
  return `${lastDate}${MINUTES[minute]}${SECONDS[second]}${MILLISECONDS[ms % 1_000]}`;
}
