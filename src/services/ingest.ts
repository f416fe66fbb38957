import { getLogger } from '@logtape/logtape';
import type { Clock } from '../domain/clock.ts';
import { errorText } from '../domain/errors.ts';
import type { DeskEvent } from '../domain/event.ts';
import { blankPersonal } from '../domain/personal.ts';
import type { ParsedItem } from '../ingress/parsed-item.ts';
import type { Database } from '../store/database.ts';
import { type RejectedItem, type StorableEvent, storeEvents, storeRejected } from '../store/ingest-events.ts';

/**
 * Ingest makes events durable before the source gets its 200. Concurrent requests share one insert (group commit): a
 * request waits at most `groupMs` for company, and while inserts are under way the next group gathers behind them.
 * What fails as a group is tried once more request by request, so that no request pays for another's fault.
 */
export interface IngestResult {
  stored: number;
  repeated: number;
  rejected: number;
}

/** Resolves when every item is durable, and rejects when one may not be: then the source must send all again. */
export type Ingest = (items: readonly ParsedItem[]) => Promise<IngestResult>;

export interface IngestDeps {
  database: Pick<Database, 'db'>;
  clock: Clock;
  storePersonalData: boolean;
  /** Called after new events are durable: wakes the processing. */
  onStored?: () => void;
  /** How long the first request of a group waits for others, real ms. Chosen by measurement. */
  groupMs?: number;
  /** Most events of one insert. */
  maxGroup?: number;
  /** Inserts under way at once. */
  maxInFlight?: number;
}

interface Request {
  events: StorableEvent[];
  rejected: RejectedItem[];
  resolve: (result: IngestResult) => void;
  reject: (error: unknown) => void;
}

const log = getLogger(['vigia', 'ingest']);

export function createIngest(deps: IngestDeps): Ingest {
  const { groupMs = 2, maxGroup = 500, maxInFlight = 2 } = deps;
  const waiting: Request[] = [];
  let inFlight = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function schedule(): void {
    if (timer !== undefined || inFlight >= maxInFlight || waiting.length === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flush();
    }, groupMs);
  }

  async function flush(): Promise<void> {
    const group = takeGroup(waiting, maxGroup);
    if (group.length === 0) return;
    inFlight += 1;
    schedule();
    await storeGroup(group);
    inFlight -= 1;
    schedule();
  }

  async function storeGroup(group: Request[]): Promise<void> {
    try {
      const results = await store(deps.database, group);
      for (const [index, request] of group.entries()) request.resolve(results[index] ?? EMPTY);
      if (results.some(({ stored }) => stored > 0)) deps.onStored?.();
    } catch (error) {
      if (group.length === 1) {
        log.error('events could not be stored: {error}', { error: errorText(error) });
        group[0]?.reject(error);
        return;
      }
      for (const request of group) await storeGroup([request]);
    }
  }

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ ...toStorable(items, deps.storePersonalData), resolve, reject });
      schedule();
    });
}

const EMPTY: IngestResult = { stored: 0, repeated: 0, rejected: 0 };

/** The next requests, up to `maxGroup` events (at least one request, however large). */
function takeGroup(waiting: Request[], maxGroup: number): Request[] {
  let count = 0;
  let size = 0;
  for (const { events, rejected } of waiting) {
    size += events.length + rejected.length;
    if (count > 0 && size > maxGroup) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

async function store(database: Pick<Database, 'db'>, group: readonly Request[]): Promise<IngestResult[]> {
  const distinct = new Map<string, StorableEvent>();
  for (const { events } of group) {
    for (const event of events) {
      const earlier = distinct.get(event.key);
      if (earlier === undefined) distinct.set(event.key, { ...event });
      else earlier.repeats += 1 + event.repeats;
    }
  }
  const [fresh] = await Promise.all([
    storeEvents(database.db, [...distinct.values()]),
    storeRejected(
      database.db,
      group.flatMap(({ rejected }) => rejected),
    ),
  ]);
  return group.map(({ events, rejected }) => {
    let stored = 0;
    let repeated = 0;
    for (const event of events) {
      if (fresh.delete(event.key)) stored += 1;
      else repeated += 1;
      repeated += event.repeats;
    }
    return { stored, repeated, rejected: rejected.length };
  });
}

/** Folds what a request repeats within itself, and takes personal data out of what will be kept. */
function toStorable(items: readonly ParsedItem[], keepPersonal: boolean): Pick<Request, 'events' | 'rejected'> {
  const events = new Map<string, StorableEvent>();
  const rejected: RejectedItem[] = [];
  for (const item of items) {
    if (item.ok) {
      const earlier = events.get(item.event.key);
      if (earlier === undefined) events.set(item.event.key, toStorableEvent(item.event, keepPersonal));
      else earlier.repeats += 1;
      continue;
    }
    const { orgId, source, receivedAt, reason, raw } = item;
    const kept: RejectedItem = { orgId, source, receivedAt, reason };
    if (raw !== undefined) kept.item = keepPersonal ? raw : blankPersonal(raw);
    rejected.push(kept);
  }
  return { events: [...events.values()], rejected };
}

function toStorableEvent(event: DeskEvent, keepPersonal: boolean): StorableEvent {
  const storedPayload = keepPersonal ? event.payload : blankPersonal(event.payload);
  const storable: StorableEvent = {
    ...event,
    storedPayload,
    hasPersonal: JSON.stringify(storedPayload) !== JSON.stringify(event.payload),
    repeats: 0,
  };
  if (event.previous !== undefined) {
    storable.storedPrevious = keepPersonal ? event.previous : blankPersonal(event.previous);
  }
  return storable;
}
