import type { ComputedKey, HistoryKey, QueueKey } from '../domain/computed.ts';
import { computedName } from '../domain/computed.ts';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LedgerEntry, Session } from '../domain/session.ts';
import { ENOUGH_WEEKS } from '../domain/silence.ts';
import { channelStateFacts } from '../engine/computed/channel-state.ts';
import type { StoredEvent } from '../engine/subject-state.ts';

/**
 * Computed facts in memory: the same answers that the statements of store/facts/ give, from what a trial knows. How long a
 * channel is usually silent is learned over weeks, so a trial has to be told.
 */
export interface Computing {
  sessions(): Iterable<Session>;
  ledgers(): Iterable<readonly LedgerEntry[]>;
  /** When something of the channel happened last, at `at` or before. Epoch ms. */
  lastOfChannel(channelId: string, at: number): number | undefined;
  events(): Iterable<StoredEvent>;
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
      return { count: countHistory(world, key) };
    case 'agent': {
      const online = world.online(key.id);
      const openSessions = openSessionsOf(world).filter(({ assigneeId }) => assigneeId === key.id).length;
      return { openSessions, ...(online === undefined ? {} : { online }) };
    }
    case 'channel': {
      const own = openSessionsOf(world).filter(({ channelId }) => channelId === key.id);
      const counts = Object.fromEntries(
        [...Map.groupBy(own, ({ status }) => status)].flatMap(([status, chats]) =>
          status === undefined ? [] : [[status, chats.length]],
        ),
      );
      const lastAt = world.lastOfChannel(key.id, key.at);
      const usualMs = world.usualSilence(key.id);
      const silencesMs = usualMs === undefined ? [] : Array.from({ length: ENOUGH_WEEKS }, () => usualMs);
      return channelStateFacts({ counts, lastAt, silencesMs }, key.at);
    }
  }
}

function openSessionsOf(world: Computing): Session[] {
  return [...world.sessions()].filter(({ status }) => status !== 'ENDED');
}

function entriesOf(world: Computing): LedgerEntry[] {
  return [...world.ledgers()].flat();
}

function queueOf(world: Computing, { at, statuses, unassigned, olderThanMs, channelIds }: QueueKey): JsonObject {
  const chats = openSessionsOf(world).filter(
    ({ status = '', channelId = '', assigneeId, statusSince }) =>
      (statuses?.includes(status) ?? true) &&
      (channelIds?.includes(channelId) ?? true) &&
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

function countHistory(world: Computing, key: HistoryKey): number {
  const { at, withinMs, by, id, status, event } = key;
  const isWithin = (moment: number) => moment > at - withinMs && moment <= at;
  if (status === undefined && event !== SESSION_STATUS_EVENT && event !== MESSAGE_ADD_EVENT) {
    return [...world.events()].filter(({ event: one }) => one.type === event && one.subject === id && isWithin(one.at))
      .length;
  }
  const kind = event === MESSAGE_ADD_EVENT ? 'message' : 'transition';
  return entriesOf(world).filter((item) => {
    if (item.kind !== kind || !isWithin(item.entry.at)) return false;
    const assigneeId = item.kind === 'transition' ? item.entry.assigneeId : undefined;
    if ({ session: item.entry.sessionId, channel: item.entry.channelId, assignee: assigneeId }[by] !== id) return false;
    return (
      status === undefined || (item.kind === 'transition' && item.entry.to === status && item.entry.from !== status)
    );
  }).length;
}
