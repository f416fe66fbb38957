import { getLogger } from '@logtape/logtape';
import type { Clock } from '../domain/clock.ts';
import { AppError, errorText } from '../domain/errors.ts';
import type { DeskEvent } from '../domain/event.ts';
import { blankPersonal } from '../domain/personal.ts';
import type { ParsedItem } from '../ingress/parsed-item.ts';
import type { Database } from '../store/database.ts';
import { DatabaseAwayError, isDataFault } from '../store/database-fault.ts';
import { nameOf, type RejectedItem, type StorableEvent, storeItems } from '../store/ingest-events.ts';

/**
 * Ingest makes events durable before the source gets its 200. Concurrent requests share one insert (group commit): a
 * request waits at most `groupMs` for company, and while inserts are under way the next group gathers behind them.
 * When the database refuses what a group holds, its requests are stored one by one, so that none pays for another's
 * fault; when it cannot be reached, all are told so at once.
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
  /** How long an insert may take until its requests are refused, real ms: the source waits five seconds at the most. */
  deadlineMs?: number;
  /** Most events that wait for their insert; what comes beyond is refused at once. */
  maxWaiting?: number;
}

interface Request {
  events: StorableEvent[];
  rejected: RejectedItem[];
  resolve: (result: IngestResult) => void;
  reject: (error: unknown) => void;
}

const REMIND_MS = 60_000;

const log = getLogger(['vigia', 'ingest']);

export function createIngest(deps: IngestDeps): Ingest {
  const { groupMs = 5, maxGroup = 500, maxInFlight = 2, deadlineMs = 3_000, maxWaiting = 20_000 } = deps;
  const waiting: Request[] = [];
  let inFlight = 0;
  let waitingEvents = 0;
  let remindAt = Number.NEGATIVE_INFINITY;
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
    waitingEvents -= group.reduce((sum, request) => sum + sizeOf(request), 0);
    inFlight += 1;
    schedule();
    await storeGroup(group);
    inFlight -= 1;
    schedule();
  }

  async function storeGroup(group: Request[]): Promise<void> {
    try {
      const results = await withDeadline(store(deps.database, group), deadlineMs);
      for (const [index, request] of group.entries()) request.resolve(results[index] ?? EMPTY);
      if (results.some(({ stored }) => stored > 0)) deps.onStored?.();
    } catch (error) {
      if (group.length > 1 && isDataFault(error)) {
        const half = Math.ceil(group.length / 2);
        await storeGroup(group.slice(0, half));
        await storeGroup(group.slice(half));
        return;
      }
      log.error('{count} requests could not be stored: {error}', { count: group.length, error: errorText(error) });
      for (const request of group) request.reject(error);
    }
  }

  /** Told once a minute: it happens to thousands of requests. */
  function overloaded(): AppError {
    if (performance.now() >= remindAt) {
      remindAt = performance.now() + REMIND_MS;
      log.error('{count} events wait to be stored, more are refused: the database is too slow for what comes', {
        count: waitingEvents,
      });
    }
    return new AppError('unavailable', 'more events are waiting to be stored than fit', { remedy: 'Send them again.' });
  }

  return (items) =>
    new Promise((resolve, reject) => {
      const request = { ...toStorable(items, deps.storePersonalData), resolve, reject };
      if (waitingEvents + sizeOf(request) > maxWaiting && waitingEvents > 0) {
        reject(overloaded());
        return;
      }
      waitingEvents += sizeOf(request);
      waiting.push(request);
      schedule();
    });
}

function sizeOf({ events, rejected }: Pick<Request, 'events' | 'rejected'>): number {
  return events.length + rejected.length;
}

/**
 * Rejects when the work takes longer. The statement itself may still go through: the source sends its events again, and
 * they then count as repeated.
 */
function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new DatabaseAwayError(`the database did not answer within ${ms} ms`));
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
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
      const earlier = distinct.get(nameOf(event));
      if (earlier === undefined) distinct.set(nameOf(event), { ...event });
      else earlier.repeats += 1 + event.repeats;
    }
  }
  const rejected = group.flatMap((request) => request.rejected);
  const fresh = await storeItems(database.db, { batch: [...distinct.values()], rejected });
  return group.map(({ events, rejected }) => {
    let stored = 0;
    let repeated = 0;
    for (const event of events) {
      if (fresh.delete(nameOf(event))) stored += 1;
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
      const name = nameOf(item.event);
      const earlier = events.get(name);
      if (earlier === undefined) events.set(name, toStorableEvent(item.event, keepPersonal));
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
  const { payload, previous } = event;
  const storable: StorableEvent = { ...event, storedPayload: payload, hasPersonal: false, repeats: 0 };
  if (previous !== undefined) storable.storedPrevious = previous;
  if (keepPersonal) return storable;
  storable.storedPayload = blankPersonal(payload);
  if (previous !== undefined) storable.storedPrevious = blankPersonal(previous);
  const { storedPayload, storedPrevious } = storable;
  storable.hasPersonal = JSON.stringify([storedPayload, storedPrevious]) !== JSON.stringify([payload, previous]);
  return storable;
}
