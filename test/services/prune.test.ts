import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prune } from '../../src/services/prune.ts';
import { takeTurn } from '../../src/store/pace.ts';
import { limitWindows, pace } from '../../src/store/schema.ts';
import { createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Fires for each chat at most once within two hours. */
const oncePerChat = aRule({
  id: 'once-per-chat',
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: { all: [] },
  limit: { count: 1, per: 'session', withinMs: 2 * HOUR },
  actions: [anAction('record', { dataset: 'd', fields: { a: 1 } })],
});

describe.each(databases)('pruning on $kind', ({ open, kind }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test('removes the windows that no limit can count any more, and no others', async () => {
    const service = createActing(database, [oncePerChat]);
    const { orgId, clock } = service;
    const scopes = async () => {
      const rows = await database.db.select().from(limitWindows).where(eq(limitWindows.orgId, orgId));
      return rows.map(({ scope }) => scope).sort();
    };
    const pruneNow = (rules = [oncePerChat]) => prune({ db: database.db, clock, orgId, rules: () => rules });
    for (const sessionId of ['early', 'late']) {
      await service.take(statusEvent(clock.now(), 'OPEN', { sessionId }));
      clock.advance(HOUR);
    }
    // A day of grace for events that come late, beyond the two hours of the limit.
    clock.set(START + DAY + 2 * HOUR);
    expect(await pruneNow()).toBe(0);
    clock.advance(1);
    expect(await pruneNow([])).toBe(0);
    expect(await pruneNow()).toBe(1);
    expect(await scopes()).toEqual(['late']);

    // A limit goes on as if nothing had been.
    await service.take(statusEvent(clock.now(), 'ON_HOLD', { sessionId: 'early' }));
    await service.take(statusEvent(clock.now() + 1, 'OPEN', { sessionId: 'early' }));
    expect(await service.actions()).toHaveLength(3);
    expect(await scopes()).toEqual(['early', 'late']);

    clock.advance(368 * DAY);
    expect(await pruneNow([])).toBe(2);
  });

  test('removes the turns of channels that nobody posts to any longer', async () => {
    const { orgId, clock } = createActing(database, []);
    const turn = { intervalMs: 1_000, patienceMs: 5_000, now: clock.now() };
    await takeTurn(database.db, { orgId, key: 'slack:post:old' }, turn);
    clock.advance(DAY + 2_000);
    await takeTurn(database.db, { orgId, key: 'slack:post:new' }, { ...turn, now: clock.now() });
    expect(await prune({ db: database.db, clock, orgId, rules: () => [] })).toBe(1);
    const rows = await database.db.select().from(pace).where(eq(pace.orgId, orgId));
    expect(rows.map(({ key }) => key)).toEqual(['slack:post:new']);
  });

  // PGlite has one connection: nobody counts beside it.
  test.skipIf(kind === 'pglite')('leaves a window alone that somebody is counting in', async () => {
    const service = createActing(database, [oncePerChat]);
    const { orgId, clock } = service;
    await service.take(statusEvent(clock.now(), 'OPEN'));
    clock.advance(3 * DAY);
    await database.transaction(async (tx) => {
      await tx.select().from(limitWindows).where(eq(limitWindows.orgId, orgId)).for('update');
      expect(await prune({ db: database.db, clock, orgId, rules: () => [oncePerChat] })).toBe(0);
    });
    expect(await prune({ db: database.db, clock, orgId, rules: () => [oncePerChat] })).toBe(1);
  });
});
