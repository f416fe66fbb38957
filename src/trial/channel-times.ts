import type { LedgerEntry } from '../domain/session.ts';
import { createSortedTimes, type SortedTimes } from './sorted-times.ts';

/** When something happened on each channel: asked at every tick, so kept in order rather than sought in all that happened. */
export interface ChannelTimes {
  add(entries: readonly LedgerEntry[]): void;
  /** The last at `at` or before, epoch ms. */
  last(channelId: string, at: number): number | undefined;
  /** Of what lies before `at` only the last is kept. */
  forgetBefore(at: number): void;
}

export function createChannelTimes(): ChannelTimes {
  const times = new Map<string, SortedTimes>();
  return {
    add(entries) {
      for (const { entry } of entries) {
        if (entry.channelId === undefined) continue;
        let own = times.get(entry.channelId);
        if (own === undefined) {
          own = createSortedTimes();
          times.set(entry.channelId, own);
        }
        own.add(entry.at);
      }
    },
    last: (channelId, at) => times.get(channelId)?.last(at),
    forgetBefore(at) {
      for (const own of times.values()) own.forgetBefore(at);
    },
  };
}
