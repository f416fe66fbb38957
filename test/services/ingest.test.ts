import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { createIngest, type IngestDeps } from '../../src/services/ingest.ts';
import type { Db } from '../../src/store/database.ts';
import { rejectedItems } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { storedEvents } from '../support/stored-essence.ts';
import { messageEvent, START } from '../support/timeline.ts';

/** The database with an eye on its raw statements: `look` may throw before one is sent. */
function watched(db: Db, look: (number: number) => void): { db: Db; statements: () => number } {
  let count = 0;
  const execute: Db['execute'] = (query) => {
    count += 1;
    look(count);
    return db.execute(query);
  };
  const proxy = new Proxy(db, { get: (target, name) => (name === 'execute' ? execute : Reflect.get(target, name)) });
  return { db: proxy, statements: () => count };
}

describe.each(databases)('ingest on $kind', ({ open }) => {
  let database: TestDatabase;
  let portal = 0;
  let orgId = '';
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    portal += 1;
    orgId = `portal-${portal}`;
  });

  const ingestOn = (db: Db, more: Partial<IngestDeps> = {}) =>
    createIngest({ database: { db }, clock: createManualClock(START), storePersonalData: false, ...more });
  const event = (id: number): DeskEvent => ({ ...messageEvent(START + id, 'IN'), orgId });
  const item = (id: number) => ({ ok: true as const, event: event(id) });
  const keptKeys = async () => (await storedEvents(database, orgId)).kept.map(({ key }) => key).sort();
  const keysOf = (...ids: number[]) => ids.map((id) => event(id).key).sort();

  test('requests that come together share one insert, and each is told of its own', async () => {
    const { db, statements } = watched(database.db, () => undefined);
    let woken = 0;
    const ingest = ingestOn(db, { onStored: () => (woken += 1) });
    const results = await Promise.all(Array.from({ length: 50 }, (_, id) => ingest([item(id)])));
    expect(results).toEqual(results.map(() => ({ stored: 1, repeated: 0, rejected: 0 })));
    expect(statements()).toBe(1);
    expect(woken).toBe(1);
    expect(await keptKeys()).toHaveLength(50);
  });

  test('a group takes no more events than it may, but a large request goes whole', async () => {
    const { db, statements } = watched(database.db, () => undefined);
    const ingest = ingestOn(db, { maxGroup: 4 });
    const large = ingest(Array.from({ length: 10 }, (_, id) => item(id)));
    const small = Array.from({ length: 8 }, (_, id) => ingest([item(100 + id)]));
    expect(await large).toMatchObject({ stored: 10 });
    await Promise.all(small);
    expect(statements()).toBe(3);
  });

  test('what fails as a group is tried request by request: no request pays for its neighbour', async () => {
    const ingest = ingestOn(database.db);
    // No database takes a NUL in a text; the normalisers never let one through.
    const broken = { ok: true as const, event: { ...event(2), type: 'a\u0000b' } };
    const [first, second, third] = await Promise.allSettled([ingest([item(1)]), ingest([broken]), ingest([item(3)])]);
    expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await keptKeys()).toEqual(keysOf(1, 3));
  });

  test('a database that is away refuses all who wait at once; sent again, everything is there once', async () => {
    const { db, statements } = watched(database.db, (number) => {
      if (number === 1) throw new Error('connection lost');
    });
    const ingest = ingestOn(db);
    const refused = await Promise.allSettled([ingest([item(1)]), ingest([item(2)])]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(statements()).toBe(1);
    const results = await Promise.all([ingest([item(1)]), ingest([item(2)])]);
    expect(results.map(({ stored }) => stored)).toEqual([1, 1]);
    expect(await keptKeys()).toEqual(keysOf(1, 2));
  });

  test('a database that hangs is waited for no longer than the deadline, and nothing piles up behind it', async () => {
    const never = () => new Promise(() => {});
    const db = new Proxy(database.db, {
      get: (target, name) => (name === 'execute' ? never : Reflect.get(target, name)),
    });
    const ingest = ingestOn(db, { deadlineMs: 50, maxWaiting: 2, maxInFlight: 1, groupMs: 0 });
    const first = ingest([item(1)]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const queued = [ingest([item(2)]), ingest([item(3)])];
    await expect(ingest([item(4)])).rejects.toThrow('more events are waiting');
    await expect(first).rejects.toThrow('did not answer within 50 ms');
    for (const request of queued) await expect(request).rejects.toThrow('did not answer');
  });

  test('the same message in two portals is two events, also within one insert', async () => {
    const { db, statements } = watched(database.db, () => undefined);
    const ingest = ingestOn(db);
    const other = { ...event(1), orgId: `${orgId}-other` };
    const results = await Promise.all([ingest([item(1)]), ingest([{ ok: true, event: other }])]);
    expect(results.map(({ stored }) => stored)).toEqual([1, 1]);
    expect(statements()).toBe(1);
    for (const portal of [orgId, other.orgId]) {
      const { kept, waiting } = await storedEvents(database, portal);
      expect([kept.length, waiting.length]).toEqual([1, 1]);
      expect(waiting[0]?.payload?.payload).toMatchObject({ text: 'hello' });
    }
  });

  test('what people wrote before a change waits with the event and is kept nowhere else', async () => {
    const ingest = ingestOn(database.db);
    const changed = { ...event(1), previous: { subject: 'my old secret', status: 'Open' } };
    await ingest([{ ok: true, event: changed }]);
    const { kept, waiting } = await storedEvents(database, orgId);
    expect(kept).toMatchObject([{ previous: { subject: '[blanked]', status: 'Open' } }]);
    expect(waiting).toMatchObject([{ payload: { previous: { subject: 'my old secret', status: 'Open' } } }]);
  });

  test('nothing is acknowledged that is not in the database', async () => {
    const { db } = watched(database.db, (number) => {
      if (number % 2 === 1) throw new Error('connection lost');
    });
    const ingest = ingestOn(db, { maxGroup: 2, groupMs: 0 });
    const answers = await Promise.allSettled(Array.from({ length: 30 }, (_, id) => ingest([item(id)])));
    const acknowledged = answers.flatMap(({ status }, id) => (status === 'fulfilled' ? [id] : []));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(await keptKeys()).toEqual(expect.arrayContaining(keysOf(...acknowledged)));
    // What was not acknowledged comes again, and then everything is there once.
    await Promise.all(Array.from({ length: 30 }, (_, id) => ingestOn(database.db)([item(id)])));
    const { kept, waiting } = await storedEvents(database, orgId);
    expect(kept).toHaveLength(30);
    expect(waiting).toHaveLength(30);
  });

  test('repeats are counted, within a request, between requests of a group, and later', async () => {
    const ingest = ingestOn(database.db);
    const [first, second] = await Promise.all([ingest([item(1), item(1)]), ingest([item(1), item(2)])]);
    expect([first, second]).toEqual([
      { stored: 1, repeated: 1, rejected: 0 },
      { stored: 1, repeated: 1, rejected: 0 },
    ]);
    expect(await ingest([item(1)])).toEqual({ stored: 0, repeated: 1, rejected: 0 });
    const { kept, waiting } = await storedEvents(database, orgId);
    expect(new Map(kept.map(({ key, repeats }) => [key, repeats]))).toEqual(
      new Map([
        [event(1).key, 3],
        [event(2).key, 0],
      ]),
    );
    expect(waiting).toHaveLength(2);
  });

  test.each([false, true])(
    'an item that could not be read is kept with its reason (personal data kept: %s)',
    async (kept) => {
      const ingest = ingestOn(database.db, { storePersonalData: kept });
      const raw = { eventType: 'IM_Message_Add', text: 'my secret' };
      const rejected = {
        ok: false as const,
        orgId,
        source: 'test',
        receivedAt: START,
        reason: 'eventTime: missing',
        raw,
      };
      expect(await ingest([rejected, item(1)])).toEqual({ stored: 1, repeated: 0, rejected: 1 });
      const rows = await database.db.select().from(rejectedItems).where(eq(rejectedItems.orgId, orgId));
      expect(rows).toMatchObject([{ reason: 'eventTime: missing', item: { eventType: 'IM_Message_Add' } }]);
      expect(JSON.stringify(rows).includes('my secret')).toBe(kept);
    },
  );
});
