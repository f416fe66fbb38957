import { WEEKDAYS } from '../domain/calendar-file.ts';
import { formatDuration } from '../domain/duration.ts';
import { AppError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/hash.ts';
import { MAX_MUTE_TEXT, MAX_PAUSE_MS, MAX_RECURRING_MS, MAX_SILENCE_MS, type Recurrence } from '../domain/mute.ts';
import { findZone, isZone } from '../engine/calendars/zone-names.ts';

/** What silences and pauses have in common: who and why, for how long, an id. */

/** Trimmed and within bounds. @throws AppError bad_request */
export function getText(name: 'owner' | 'reason', text: string): string {
  const trimmed = text.trim();
  if (trimmed !== '' && trimmed.length <= MAX_MUTE_TEXT) return trimmed;
  const why = name === 'owner' ? 'who answers for it' : 'why';
  throw new AppError(
    'bad_request',
    `${name}: ${trimmed === '' ? 'is missing' : `has more than ${MAX_MUTE_TEXT} characters`}.`,
    {
      remedy: `Say ${why}, in at most ${MAX_MUTE_TEXT} characters.`,
    },
  );
}

/** @throws AppError bad_request */
export function assertSilenceSpan(startsAt: number, endsAt: number, recurs: boolean): void {
  assertSpan('silence', startsAt, endsAt, recurs ? MAX_RECURRING_MS : MAX_SILENCE_MS);
}

/** @throws AppError bad_request */
export function assertPauseSpan(startsAt: number, endsAt: number | undefined): void {
  if (endsAt !== undefined) assertSpan('pause', startsAt, endsAt, MAX_PAUSE_MS);
}

function assertSpan(kind: 'silence' | 'pause', startsAt: number, endsAt: number, mostMs: number): void {
  if (endsAt <= startsAt) {
    throw new AppError('bad_request', `The ${kind} would end before it begins.`, { remedy: 'Give a later end.' });
  }
  if (endsAt - startsAt > mostMs) {
    throw new AppError('bad_request', `A ${kind} may last ${formatDuration(mostMs)} at most.`, {
      remedy:
        kind === 'silence' && mostMs === MAX_SILENCE_MS
          ? `Give a nearer end; one that recurs may last ${formatDuration(MAX_RECURRING_MS)}. To end a rule for good, set its mode to off.`
          : 'Give a nearer end.',
    });
  }
}

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** @throws AppError bad_request */
export function assertRecurrence({ zone, days, from, to }: Recurrence): void {
  const fault = (message: string, remedy: string) => new AppError('bad_request', `recurrence: ${message}`, { remedy });
  if (!isZone(zone)) {
    const meant = findZone(zone);
    throw fault(
      `"${zone}" is no time zone.`,
      meant === undefined ? 'Write one such as America/Sao_Paulo.' : `Did you mean "${meant}"?`,
    );
  }
  if (days.length === 0 || days.some((day) => !WEEKDAYS.some((known) => known === day))) {
    throw fault('the days cannot be read.', `Name some of ${WEEKDAYS.join(', ')}.`);
  }
  if (!TIME.test(from) || !(TIME.test(to) || to === '24:00') || from === to) {
    throw fault(`${from}-${to} is no stretch of a day.`, 'Write 22:00 and 06:00; 24:00 is the end of a day.');
  }
}

/** Letters and digits that nobody takes for another. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
const ID_LENGTH = 5;
const MAX_TRIES = 20;

/**
 * An id that people can read out, such as `sil-7k3mp`: made of what it stands for, anew while it is taken.
 * @param insert @returns whether the id was free
 */
export async function insertWithId(
  prefix: 'sil' | 'pau',
  what: string,
  insert: (id: string) => Promise<boolean>,
): Promise<string> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const hex = sha256Hex(`${prefix} ${what} ${attempt}`);
    const letters = Array.from({ length: ID_LENGTH }, (_, index) => {
      const byte = Number.parseInt(hex.slice(index * 4, index * 4 + 4), 16);
      return ALPHABET[byte % ALPHABET.length] ?? '';
    });
    const id = `${prefix}-${letters.join('')}`;
    if (await insert(id)) return id;
  }
  throw new AppError('internal', 'No free id was found.');
}
