import { canonicalJson } from './json.ts';

/**
 * A fact that is computed from the store: what to compute, with everything that its value depends on, so that equal
 * keys are computed once and shared. Times are epoch ms.
 */
export type ComputedKey = QueueKey | HistoryKey | ChannelKey | AgentKey;

/** Open chats, counted, and how long they have been in their status. */
export interface QueueKey {
  kind: 'queue';
  /** The moment up to which ages count. */
  at: number;
  /** Absent: every status but ENDED. */
  statuses?: string[];
  /** true: those that nobody has; false: those that somebody has; absent: both. */
  unassigned?: boolean;
  /** Only chats that have been in their status for at least this long. */
  olderThanMs?: number;
  /** Absent: all channels. */
  channelIds?: string[];
}

/** How often something happened in the time before a moment, that moment included. */
export interface HistoryKey {
  kind: 'history';
  at: number;
  withinMs: number;
  by: 'session' | 'channel' | 'assignee';
  /** Of the chat, the channel or the assignee. */
  id: string;
  /** Entries into this status; exactly one of it and `event` is there. */
  status?: string;
  /** Events of this type. */
  event?: string;
}

/** A channel's open chats by status, and how long nothing has come from it. */
export interface ChannelKey {
  kind: 'channel';
  at: number;
  id: string;
}

/** An agent's open chats, and whether they are online. `id` is the one that events carry. */
export interface AgentKey {
  kind: 'agent';
  at: number;
  id: string;
}

/** The same text for the same key: what a computed value is found by. */
export function computedName(key: ComputedKey): string {
  return canonicalJson({ ...key });
}
