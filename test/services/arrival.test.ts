import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { EVERYTHING } from '../support/everything.ts';
import { chatEvents, inBatches } from '../support/random-events.ts';
import { storedEssence, storedEvents } from '../support/stored-essence.ts';
import { MINUTE, START } from '../support/timeline.ts';

/**
 * What is promised about the arrival of events, through the real ingest, processing and database: their order, the requests
 * they come in, when somebody processes, and repeats.
 */
const CHATS = ['s1', 's2', 's3'];
const chats = fc.tuple(
  ...CHATS.map((sessionId) => chatEvents({ start: START, gridMs: MINUTE, points: 20, maxEvents: 10, sessionId })),
);
/** How a day arrives: in which requests, after which of them somebody processes, and which items come again, when. */
const arrival = fc.record({
  cuts: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  passes: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  repeats: fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })), { maxLength: 10 }),
});
type Arrival = typeof arrival extends fc.Arbitrary<infer T> ? T : never;

const STRAIGHT: Arrival = { cuts: Array(60).fill(true), passes: Array(60).fill(true), repeats: [] };

/** Puts copies of some items in later places. */
function withRepeats(events: readonly DeskEvent[], repeats: readonly (readonly [number, number])[]): DeskEvent[] {
  const all = [...events];
  for (const [from, after] of repeats) {
    const event = all[from % all.length];
    if (event !== undefined) all.splice((from % all.length) + 1 + after, 0, event);
  }
  return all;
}

/** The chats' events put together in any way that keeps the order of each chat. */
function interleaving(all: readonly DeskEvent[][]): fc.Arbitrary<DeskEvent[]> {
  const turns = all.flatMap((events, chat) => events.map(() => chat));
  return fc.shuffledSubarray(turns, { minLength: turns.length }).map((order) => {
    const next = all.map((events) => events.values());
    return order.flatMap((chat) => next[chat]?.next().value ?? []);
  });
}

describe.each(databases)('the arrival of events on $kind', ({ open }) => {
  let database: TestDatabase;
  let portal = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  /** All that is stored of events that arrive like this, before any of their times has come by our clock, and then pass. */
  async function arrive(events: readonly DeskEvent[], { cuts, passes, repeats }: Arrival) {
    portal += 1;
    const orgId = `portal-${portal}`;
    const clock = createManualClock(START);
    const ingest = createIngest({ database, clock, storePersonalData: false });
    const processor = createProcessor({
      database,
      clock,
      queue: database.queue,
      ruleset: () => EVERYTHING,
      channels: () => new Map(),
      storePersonalData: false,
    });
    for (const [index, request] of inBatches(withRepeats(events, repeats), cuts).entries()) {
      await ingest(request.map((event) => ({ ok: true, event: { ...event, orgId } })));
      if (passes[index] === true) await processor.processAll();
    }
    await processor.processAll();
    clock.set(START + 59 * MINUTE);
    await processor.processAll();
    const { waiting, kept } = await storedEvents(database, orgId);
    expect(waiting).toEqual([]);
    expect(kept.reduce((sum, event) => sum + event.repeats, 0)).toBe(repeats.length);
    return storedEssence(database, orgId);
  }

  test('any interleaving that keeps the order of each chat, in any requests, with any repeats: all is the same', async () => {
    const days = chats.chain((all) => fc.tuple(fc.constant(all.flat()), interleaving(all), arrival));
    await fc.assert(
      fc.asyncProperty(days, async ([straight, mixed, how]) => {
        const expected = await arrive(straight, STRAIGHT);
        expect(await arrive(mixed, how)).toEqual(expected);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  test('any order at all: sessions, messages and what transitions state are the same', async () => {
    const days = chats.chain((all) =>
      fc.tuple(fc.constant(all.flat()), fc.shuffledSubarray(all.flat(), { minLength: all.flat().length }), arrival),
    );
    await fc.assert(
      fc.asyncProperty(days, async ([straight, shuffled, how]) => {
        const expected = stated(await arrive(straight, STRAIGHT));
        expect(stated(await arrive(shuffled, how))).toEqual(expected);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

/** The sessions and ledgers, without how a transition arrived: what was known, whether it was late. */
function stated({ sessions, messages, transitions = [] }: Record<string, string[]>) {
  const ofArrival = new Set(['known', 'gap', 'late', 'assigneeChanged']);
  const entries = transitions.map((row) =>
    (JSON.parse(row) as [string, unknown][]).filter(([name]) => !ofArrival.has(name)),
  );
  return { sessions, messages, transitions: entries.map((entry) => JSON.stringify(entry)).sort() };
}
