import { AppError } from '../../domain/errors.ts';
import { parseWhen } from '../../domain/parse-when.ts';
import { findZone, isZone } from '../../engine/calendars/zone-names.ts';
import { getZoneOffsets } from '../../engine/calendars/zone-offsets.ts';

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?$/;

/**
 * A moment that has passed, as a person writes it: an ISO time with its offset, epoch milliseconds, `-10m`, or a local time
 * in `zone`, which of an hour that is shown twice is the first.
 * @returns epoch ms
 * @throws AppError bad_request
 */
export function parseMoment(text: string, { now, zone }: { now: number; zone: string }): number {
  const at = parseWhen(text, now) ?? parseLocal(text, zone);
  if (at === undefined) {
    throw new AppError('bad_request', `"${text}" is no moment`, {
      remedy: 'Write 2026-03-02T10:15:00-03:00, a local time such as "2026-03-02 10:15" with a time zone, or -10m.',
    });
  }
  if (at <= now) return at;
  throw new AppError('bad_request', `"${text}" lies ahead, and nobody knows what comes until then`, {
    remedy: 'Leave the moment out: what a rule waits for now, and until when, is told.',
  });
}

function parseLocal(text: string, zone: string): number | undefined {
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00'] = match;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // A day that its month has not would count as one of the next month.
  if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) return undefined;
  const offsets = getZoneOffsets(zone);
  const first = local - offsets.at(local - DAY_MS).offsetMs;
  return offsets.at(first).offsetMs === offsets.at(local - DAY_MS).offsetMs
    ? first
    : local - offsets.at(first).offsetMs;
}

const DAY_MS = 86_400_000;

/** The name of a time zone. @throws AppError bad_request */
export function parseZone(text: string): string {
  if (text.toUpperCase() === 'UTC') return 'UTC';
  if (isZone(text)) return text;
  const nearest = findZone(text);
  throw new AppError('bad_request', `"${text}" is no time zone`, {
    remedy: nearest === undefined ? 'Give a name such as America/Sao_Paulo.' : `Did you mean ${nearest}?`,
  });
}
