import type { LedgerEntry } from '../domain/session.ts';

/** When something happened on each channel: asked at every tick, so kept in order rather than sought in all that happened. */
export interface ChannelTimes {
  add(entries: readonly LedgerEntry[]): void;
  /** The last at `at` or before, epoch ms. */
  last(channelId: string, at: number): number | undefined;
}

export function createChannelTimes(): ChannelTimes {
  const times = new Map<string, number[]>();
  return {
    add(entries) {
      for (const { entry } of entries) {
        if (entry.channelId === undefined) continue;
        const own = times.get(entry.channelId) ?? [];
        times.set(entry.channelId, own);
        // Nearly always the last; a late one goes to its place.
        own.splice(own.findLastIndex((at) => at <= entry.at) + 1, 0, entry.at);
      }
    },
    last: (channelId, at) => times.get(channelId)?.findLast((one) => one <= at),
  };
}
