import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { foldLedger } from '../../src/engine/fold-session.ts';
import type { DeliveryQueue } from '../../src/services/delivery-queue.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type Processed } from '../../src/services/process.ts';
import type { Database } from '../../src/store/database.ts';
import { rejectedItems, sessions, transitions } from '../../src/store/schema.ts';
import { loadLedgers } from '../../src/store/subjects.ts';
import { createTestApp, ORG_ID, statusItem } from '../http/test-app.ts';
import { databases, postgresOnly, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { storedEvents } from '../support/stored-essence.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

/**
 * What is promised about much at once. The numbers are those of an ordinary test run; VIGIA_TEST_FULL=1 takes the full
 * ones. Times are bounds that a slow machine keeps, not measurements (those are in docs/performance.md).
 */
const FULL = process.env['VIGIA_TEST_FULL'] === '1';
/** How long Zoho waits for the answer to a webhook. */
const ZOHO_WAITS_MS = 5_000;

const RULESET = rulesetOf([
  aRule({ id: 'held', trigger: { kind: 'hold', forMs: 5 * MINUTE }, actions: [anAction('slack.post', { text: 'x' })] }),
]);

function serviceOn(database: Database & { queue: DeliveryQueue }, now: number) {
  const clock = createManualClock(now);
  const ingest = createIngest({ database, clock, storePersonalData: false });
  const processor = createProcessor({
    database,
    clock,
    queue: database.queue,
    ruleset: () => RULESET,
    channels: () => new Map(),
    storePersonalData: false,
  });
  return {
    ingest,
    processor,
    take: (orgId: string, events: readonly DeskEvent[]) =>
      ingest(events.map((event) => ({ ok: true, event: { ...event, orgId } }))),
  };
}

const timed = async <T>(work: Promise<T>): Promise<{ ms: number; result: T }> => {
  const startedAt = performance.now();
  const result = await work;
  return { ms: performance.now() - startedAt, result };
};

describe.each(databases)('on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  const rowsOf = async (orgId: string) => ({
    sessions: (await database.db.select().from(sessions)).filter((row) => row.orgId === orgId),
    transitions: (await database.db.select().from(transitions)).filter((row) => row.orgId === orgId),
  });

  test('a request of 500 events is durable when it is answered 200, in time for Zoho; each is counted, and judged once', async () => {
    const { ingest, processor } = serviceOn(database, START + 60 * MINUTE);
    const { app } = createTestApp({ ingest });
    const items = Array.from({ length: 498 }, (_, index) =>
      statusItem({
        payload: { sessionId: `s${index % 100}`, sessionStatus: index % 2 === 0 ? 'OPEN' : 'ON_PROGRESS' },
        eventTime: String(START + index),
      }),
    );
    const body = JSON.stringify([...items, items[7], { eventType: 'IM_Session_Status' }]);
    const post = () =>
      app.request('/webhooks/zoho-desk', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const { ms, result } = await timed(Promise.resolve(post()));
    expect(result.status).toBe(200);
    expect(await result.json()).toEqual({ stored: 498, repeated: 1, rejected: 1 });
    expect(ms).toBeLessThan(ZOHO_WAITS_MS);
    expect((await storedEvents(database, ORG_ID)).waiting).toHaveLength(498);
    // Zoho sends all again when our answer did not reach it.
    expect(await (await post()).json()).toEqual({ stored: 0, repeated: 499, rejected: 1 });
    await processor.processAll();
    const stored = await rowsOf(ORG_ID);
    expect(stored.sessions).toHaveLength(100);
    expect(stored.transitions).toHaveLength(498);
    expect(stored.transitions.filter(({ late }) => late)).toEqual([]);
    expect((await storedEvents(database, ORG_ID)).waiting).toEqual([]);
    const rejected = (await database.db.select().from(rejectedItems)).filter(({ orgId }) => orgId === ORG_ID);
    expect(rejected.map(({ reason }) => reason)).toEqual(Array(2).fill('eventTime is missing'));
  });

  test('a chat of 10,000 events and a late one is computed rightly, in bounded batches, and holds no other chat up', async () => {
    const orgId = 'long-chat';
    const { take, processor } = serviceOn(database, START + 24 * 60 * MINUTE);
    const chatter = Array.from({ length: 10_000 }, (_, index) =>
      statusEvent(START + index * 1_000, index % 2 === 0 ? 'ON_PROGRESS' : 'OPEN', { sessionId: 'long', turn: index }),
    );
    for (let from = 0; from < chatter.length; from += 500) await take(orgId, chatter.slice(from, from + 500));
    await take(orgId, [statusEvent(START, 'ON_HOLD', { sessionId: 'other' })]);
    // The other chat came last, and is judged with the first batch: it waits for none but that.
    const first = await timed(processor.processBatch());
    expect(first.result).toMatchObject({ subjects: 2, events: 501 });
    expect((await rowsOf(orgId)).sessions.map(({ id }) => id).sort()).toEqual(['long', 'other']);
    expect(first.ms).toBeLessThan(ZOHO_WAITS_MS);
    await processor.processAll();

    const late = statusEvent(START + 5_000_500, 'ON_HOLD', { sessionId: 'long' });
    await take(orgId, [late, statusEvent(START + MINUTE, 'ENDED', { sessionId: 'other' })]);
    const second = await timed(processor.processBatch());
    expect(second.result).toMatchObject({ subjects: 2, events: 2 });
    expect(second.ms).toBeLessThan(ZOHO_WAITS_MS);
    const stored = await rowsOf(orgId);
    expect(stored.transitions.filter(({ sessionId }) => sessionId === 'long')).toHaveLength(10_001);
    const key = { orgId, subject: 'long' };
    const ledger = (await loadLedgers(database.db, [key])).filter(({ entry }) => entry.orgId === orgId);
    expect(ledger.filter(({ kind, entry }) => kind === 'transition' && 'late' in entry && entry.late)).toHaveLength(1);
    const [long] = stored.sessions.filter(({ id }) => id === 'long');
    expect(long).toMatchObject({ ...foldLedger(ledger).at(-1), holds: 1, status: 'OPEN' });
  }, 120_000);
});

/** A minute's chats: a hundred thousand, or a share of them. */
const CHATS = FULL ? 100_000 : 4_000;
const REQUEST = 500;

describe.each(postgresOnly)('on $kind', ({ open }) => {
  test(`${CHATS} chats of a minute: stored as they come, the backlog drains in bounded batches, each chat in its order`, async () => {
    const database = await open();
    try {
      const processes = [database, await database.another()].map((one) => serviceOn(one, START + 60 * MINUTE));
      const orgId = 'a-minute';
      // Each tenth is touched twice, so that there is an order to keep.
      const touched = (turn: number, status: string, every: number) =>
        Array.from({ length: CHATS / every }, (_, index) =>
          statusEvent(START + turn * 1_000, status, { sessionId: `s${index * every}` }),
        );
      const events = [...touched(0, 'OPEN', 1), ...touched(1, 'ENDED', 10)];
      const batches: Processed[] = [];
      let arriving = true;
      const process = async ({ processor }: (typeof processes)[number]) => {
        for (;;) {
          const wasArriving = arriving;
          const batch = await processor.processBatch();
          batches.push(batch);
          if (batch.subjects === 0 && !wasArriving) return;
          if (batch.subjects === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const startedAt = performance.now();
      const processing = Promise.all(processes.map(process));
      let slowest = 0;
      for (let from = 0; from < events.length; from += REQUEST) {
        const taker = processes[(from / REQUEST) % processes.length];
        if (taker === undefined) throw new Error('no process');
        const { ms } = await timed(taker.take(orgId, events.slice(from, from + REQUEST)));
        slowest = Math.max(slowest, ms);
      }
      const storedMs = performance.now() - startedAt;
      arriving = false;
      await processing;
      const drainedMs = performance.now() - startedAt;
      // Answers stay in time whatever waits behind them.
      expect(slowest).toBeLessThan(ZOHO_WAITS_MS);
      expect(Math.max(...batches.map(({ subjects }) => subjects))).toBeLessThanOrEqual(200);
      expect(batches.reduce((sum, batch) => sum + batch.events, 0)).toBe(events.length);
      const chats = await database.db.select().from(sessions);
      expect(chats).toHaveLength(CHATS);
      const wrong = chats.filter(({ id, status, previousStatus }) =>
        Number(id.slice(1)) % 10 === 0 ? status !== 'ENDED' || previousStatus !== 'OPEN' : status !== 'OPEN',
      );
      expect(wrong).toEqual([]);
      if (FULL) {
        expect(drainedMs).toBeLessThan(60_000);
        const rate = Math.round((events.length / drainedMs) * 1_000);
        console.info(
          `${events.length} events of ${CHATS} chats: stored in ${storedMs} ms, judged in ${drainedMs} ms (${rate}/s), slowest request ${slowest} ms`,
        );
      }
    } finally {
      await database.close();
    }
  }, 300_000);
});
