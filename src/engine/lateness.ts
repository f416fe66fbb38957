import { formatDuration } from '../domain/duration.ts';
import type { Rule } from '../domain/rule.ts';
import type { Draft } from './draft.ts';

/** Lateness: how long after the moment at which it could be done first something is done. */

export function isTooLate({ now }: Draft, { maxLateMs }: Rule, dueAt: number): boolean {
  return now - dueAt > maxLateMs;
}

export function lateReason({ now }: Draft, { maxLateMs }: Rule, dueAt: number): string {
  return `due ${formatDuration(now - dueAt)} ago, which is later than its maxLate of ${formatDuration(maxLateMs)}`;
}
