import type { ConditionLeaf } from '../../../domain/rule-file.ts';
import { formatSegments } from '../../catalogue/path.ts';

/** How the comparisons begin that are kept as a whole. */
export const OPAQUE = '?';

/** One name for one thing that is read: `session.status`; of a computed fact, what it was asked is part of the name. */
export function fieldKey(fact: string, segments: readonly string[], params?: ConditionLeaf['params']): string {
  const key = formatSegments([fact, ...segments]);
  if (params !== undefined) return `${key} of ${JSON.stringify(params, Object.keys(params).sort())}`;
  return key === 'channel.id' ? 'session.channelId' : key;
}

/**
 * Fields that hang together: what one of them is limits what another can be, in ways that no list of values tells (each
 * channel has its department, a status its time). Of two rules that read different fields of a family, it is not known
 * whether both can hold.
 */
export function familyOf(field: string): string {
  if (/^channel\.|^session\.(?:channelId|integration)$/.test(field)) return 'channel';
  if (/^session\.assignee|^agent\b/.test(field)) return 'assignee';
  if (/^transition\b|^session\.(?:status|previousStatus|replyStatus|endedAt|timeIn|holds)/.test(field)) return 'status';
  if (/^session\.(?:messages|first|last|waitingSince|createdAt|reassignments)/.test(field)) return 'course';
  return field.split('.')[0] ?? field;
}
