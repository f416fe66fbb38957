import { type ComputedKey, computedName, type QueueKey } from '../domain/computed.ts';
import type { JsonObject } from '../domain/json.ts';
import { ENOUGH_WEEKS } from '../domain/silence.ts';
import { channelStateFacts } from '../engine/computed/channel-state.ts';
import type { ChannelTimes } from './channel-times.ts';
import type { HistoryCounts } from './history-counts.ts';
import type { OpenChats } from './open-chats.ts';

/**
 * Computed facts in memory: the same answers that the statements of store/facts/ give, from what a trial knows. How long a
 * channel is usually silent is learned over weeks, so a trial has to be told.
 */
export interface Computing {
  chats: Pick<OpenChats, 'list' | 'countOfAssignee' | 'countsOfChannel'>;
  history: Pick<HistoryCounts, 'count'>;
  channelTimes: Pick<ChannelTimes, 'last'>;
  online(assigneeId: string): boolean | undefined;
  /** The longest that the channel is ever silent, ms; undefined: nobody knows. */
  usualSilence(channelId: string): number | undefined;
}

export function computeAll(world: Computing, keys: readonly ComputedKey[]): Map<string, JsonObject> {
  return new Map(keys.map((key) => [computedName(key), compute(world, key)]));
}

function compute(world: Computing, key: ComputedKey): JsonObject {
  switch (key.kind) {
    case 'queue':
      return queueOf(world, key);
    case 'history':
      return { count: world.history.count(key) };
    case 'agent': {
      const online = world.online(key.id);
      const openSessions = world.chats.countOfAssignee(key.id);
      return { openSessions, ...(online === undefined ? {} : { online }) };
    }
    case 'channel': {
      const counts = world.chats.countsOfChannel(key.id);
      const lastAt = world.channelTimes.last(key.id, key.at);
      const usualMs = world.usualSilence(key.id);
      const silencesMs = usualMs === undefined ? [] : Array.from({ length: ENOUGH_WEEKS }, () => usualMs);
      return channelStateFacts({ counts, lastAt, silencesMs }, key.at);
    }
  }
}

function queueOf(world: Computing, { at, statuses, unassigned, olderThanMs, channelIds }: QueueKey): JsonObject {
  const chats = world.chats
    .list({ statuses, channelIds })
    .filter(
      ({ assigneeId, statusSince }) =>
        (unassigned === undefined || (assigneeId === undefined) === unassigned) &&
        (olderThanMs === undefined || (statusSince !== undefined && statusSince <= at - olderThanMs)),
    );
  const ages = chats
    .flatMap(({ statusSince }) => (statusSince === undefined ? [] : [Math.max(0, at - statusSince) / 1000]))
    .sort((a, b) => a - b);
  const oldest = ages.at(-1);
  if (oldest === undefined) return { count: chats.length };
  return {
    count: chats.length,
    oldestSeconds: Math.floor(oldest),
    p50Seconds: Math.floor(percentile(ages, 0.5)),
    p95Seconds: Math.floor(percentile(ages, 0.95)),
  };
}

/** As PostgreSQL's percentile_cont: between two values the part of the way. */
function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}
