import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../domain/duration.ts';
import { parseWhen } from '../../domain/parse-when.ts';
import { findZone, isZone } from '../../engine/calendars/zone-names.ts';

/** How commands read zones, durations and instants that are given as options. */

/** What commands say of the stretch of time that they read. */
export const STRETCH_TEXTS = {
  since: 'from when on: how long ago, such as 30d, or a time with its offset',
  until: 'before when, written likewise',
} as const;

export function toZone(text: string): string {
  if (text.toUpperCase() === 'UTC') return 'UTC';
  if (isZone(text)) return text;
  const nearest = findZone(text);
  throw new InvalidArgumentError(
    nearest === undefined ? 'Give the name of a time zone, such as America/Sao_Paulo.' : `Did you mean ${nearest}?`,
  );
}

/** A duration before now, or an instant with its offset. @returns epoch ms */
export function toPast(text: string, now: number): number {
  const agoMs = parseDuration(text);
  const at = agoMs === undefined ? parseWhen(text, now) : now - agoMs;
  if (at === undefined || at > now || agoMs === 0) {
    throw new InvalidArgumentError(
      'Give a duration such as 30d, counted back from now, or a time in the past with its offset, such as 2026-03-02T09:00:00-03:00.',
    );
  }
  return at;
}

const MAX_DURATIONS = 20;

/** `3m,5m,8m`. @returns ms, sorted, each once */
export function toDurations(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  const durations = parts.map((part) => {
    const ms = parseDuration(part);
    if (ms === undefined || ms === 0) {
      throw new InvalidArgumentError(`"${part}" is not a duration such as 90s, 15m or 1h30m. Separate them by commas.`);
    }
    return ms;
  });
  if (durations.length > MAX_DURATIONS) throw new InvalidArgumentError(`Give ${MAX_DURATIONS} at the most.`);
  return [...new Set(durations)].sort((a, b) => a - b);
}
