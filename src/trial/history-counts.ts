import type { HistoryKey } from '../domain/computed.ts';
import { getDuration } from '../domain/duration.ts';
import { type DeskEvent, MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../domain/event.ts';
import type { LedgerEntry } from '../domain/session.ts';
import type { RuleReads } from '../engine/computed/rule-reads.ts';
import { createSortedTimes, type SortedTimes } from './sorted-times.ts';

/**
 * How often something happened to a chat, on a channel or to an assignee: of each thing that some rule counts, its moments by
 * chat, channel or assignee, so that counting looks at no event. What no rule asks for is not kept.
 */
export interface HistoryCounts {
  addEntries(entries: readonly LedgerEntry[]): void;
  addEvents(events: readonly DeskEvent[]): void;
  count(key: HistoryKey): number;
  /** Forgets what no question about `now` or later can be about. */
  forgetBefore(now: number): void;
}

/** What is counted by what, and how far back, ms. */
export type History = Pick<HistoryKey, 'by' | 'status' | 'event' | 'withinMs'>;

/** The histories that conditions read. */
export function historiesOf(reads: Iterable<RuleReads>): History[] {
  const found: History[] = [];
  for (const { computed } of reads) {
    for (const { fact, params } of computed) {
      const { by, within, status, event } = params;
      if (fact !== 'history' || typeof within !== 'string') continue;
      if (by !== 'session' && by !== 'channel' && by !== 'assignee') continue;
      const history: History = { by, withinMs: getDuration(within) };
      if (typeof status === 'string') history.status = status;
      if (typeof event === 'string') history.event = event;
      found.push(history);
    }
  }
  return found;
}

/** A history with its moments by id. */
interface Counted extends History {
  times: Map<string, SortedTimes>;
}

export function createHistoryCounts(histories: Iterable<History>): HistoryCounts {
  const counted = new Map<string, Counted>();
  for (const history of histories) {
    const name = nameOf(history);
    const withinMs = Math.max(history.withinMs, counted.get(name)?.withinMs ?? 0);
    counted.set(name, { ...history, withinMs, times: new Map() });
  }

  return {
    addEntries(entries) {
      for (const own of counted.values()) {
        for (const entry of entries) {
          const id = idOfEntry(own, entry);
          if (id !== undefined) add(own, id, entry.entry.at);
        }
      }
    },
    addEvents(events) {
      for (const own of counted.values()) {
        if (isInLedger(own)) continue;
        for (const { type, subject, at } of events) if (type === own.event) add(own, subject, at);
      }
    },
    count(key) {
      const { at, withinMs, id } = key;
      return (
        counted
          .get(nameOf(key))
          ?.times.get(id)
          ?.countBetween(at - withinMs, at) ?? 0
      );
    },
    forgetBefore(now) {
      for (const { times, withinMs } of counted.values()) {
        for (const [id, own] of times) {
          own.forgetBefore(now - withinMs);
          if (own.countBetween(now - withinMs, Number.POSITIVE_INFINITY) === 0) times.delete(id);
        }
      }
    },
  };
}

function nameOf({ by, status, event }: Omit<History, 'withinMs'>): string {
  return JSON.stringify([by, status, event]);
}

function add({ times }: Counted, id: string, at: number): void {
  let own = times.get(id);
  if (own === undefined) {
    own = createSortedTimes();
    times.set(id, own);
  }
  own.add(at);
}

/** Whether the ledger tells of it; the events of other types it does not have. */
function isInLedger({ status, event }: Counted): boolean {
  return status !== undefined || event === SESSION_STATUS_EVENT || event === MESSAGE_ADD_EVENT;
}

/** Of whom this entry is to be counted; undefined when it is none of what is counted. */
function idOfEntry({ by, status, event }: Counted, item: LedgerEntry): string | undefined {
  if (item.kind === 'message') {
    if (status !== undefined || event !== MESSAGE_ADD_EVENT) return undefined;
    return { session: item.entry.sessionId, channel: item.entry.channelId, assignee: undefined }[by];
  }
  if (status === undefined ? event !== SESSION_STATUS_EVENT : !enters(item.entry, status)) return undefined;
  return { session: item.entry.sessionId, channel: item.entry.channelId, assignee: item.entry.assigneeId }[by];
}

function enters({ from, to }: { from?: string; to?: string }, status: string): boolean {
  return to === status && from !== status;
}
