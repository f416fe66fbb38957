import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLANK } from '../../../src/domain/personal.ts';
import { streamDecisions } from '../../../src/store/read/streams/decisions.ts';
import { streamEvents } from '../../../src/store/read/streams/events.ts';
import type { StreamOptions, TimeRange } from '../../../src/store/read/streams/pages.ts';
import { streamSessions } from '../../../src/store/read/streams/sessions.ts';
import { streamTransitions } from '../../../src/store/read/streams/transitions.ts';
import { decisions, events, sessions, transitions } from '../../../src/store/schema.ts';
import { aDecision, anEvent, aSession, aTransition } from '../../http/seed.ts';
import { NOW, ORG_ID } from '../../http/test-app.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';

/** Five instants, several rows at each: whatever the size of a batch, some batch ends in the middle of an instant. */
const INSTANTS = [0, 1, 1, 1, 2, 2, 2, 2, 3, 4];
const range: TimeRange = { since: NOW, until: NOW + 4_000 };
const within = INSTANTS.filter((second) => second < 4).length;

const STREAMS: [string, (database: TestDatabase, range: TimeRange, options?: StreamOptions) => Promise<unknown[][]>][] =
  [
    ['events', ({ db }, ...args) => collect(streamEvents(db, ORG_ID, ...args))],
    ['transitions', ({ db }, ...args) => collect(streamTransitions(db, ORG_ID, ...args))],
    ['sessions', ({ db }, ...args) => collect(streamSessions(db, ORG_ID, ...args))],
    ['decisions', ({ db }, ...args) => collect(streamDecisions(db, ORG_ID, ...args))],
  ];

describe.each(databases)('streams of what is stored, on $kind', ({ open }) => {
  let database: TestDatabase;

  async function fill(seconds: readonly number[], name: string, orgId = ORG_ID): Promise<void> {
    const { db } = database;
    const named = seconds.map((second, index) => ({ second, id: `${name}${index}` }));
    await db.insert(events).values(named.map(({ second, id }) => ({ ...anEvent(id, second), orgId })));
    await db.insert(transitions).values(named.map(({ second, id }) => ({ ...aTransition('s1', second, id), orgId })));
    await db.insert(sessions).values(named.map(({ second, id }) => ({ ...aSession(id, second), orgId })));
    await db.insert(decisions).values(named.map(({ second }) => ({ ...aDecision(second), orgId })));
  }

  beforeAll(async () => {
    database = await open();
    // The later half first: the order of writing is not the order of time.
    await fill(INSTANTS.slice(5), 'b');
    await fill(INSTANTS.slice(0, 5), 'a');
    await fill([-1], 'before');
    await fill([1], 'foreign', 'another portal');
  });
  afterAll(() => database.close());

  test.each(STREAMS)('%s come once each, in order, in batches of any size', async (_, stream) => {
    const [all = [], ...more] = await stream(database, range);
    expect(more).toEqual([]);
    expect(all).toHaveLength(within);
    expect(all.map(timeOf)).toEqual(all.map(timeOf).sort((a, b) => a - b));
    for (let batchRows = 1; batchRows <= within + 1; batchRows += 1) {
      const batches = await stream(database, range, { batchRows });
      expect(batches.flat()).toEqual(all);
      expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(batchRows);
    }
  });

  test.each(STREAMS)('two stretches of %s that touch give what one over both gives', async (_, stream) => {
    const split = NOW + 2_000;
    const halves = [
      ...(await stream(database, { since: range.since, until: split })),
      ...(await stream(database, { since: split, until: range.until })),
    ];
    expect(halves.flat()).toEqual((await stream(database, range)).flat());
    expect(await stream(database, { since: NOW + 60_000, until: NOW + 70_000 })).toEqual([]);
  });

  test.each(STREAMS)('%s that come while they are read make the reading no longer', async (name, stream) => {
    const before = (await stream(database, range)).flat().length;
    await fill([4, 5, 60], `while ${name}`);
    expect((await stream(database, range)).flat()).toHaveLength(before);
  });

  test('personal data leaves no event, even where it is stored', async () => {
    const payload = { sessionId: 's1', text: 'what the customer wrote', actor: { id: '7', name: 'Ana' } };
    const previous = { contactName: 'Ana' };
    await database.db.insert(events).values(anEvent('personal', 600, { payload, previous }));
    const stored = await collect(streamEvents(database.db, ORG_ID, { since: NOW + 600_000, until: NOW + 601_000 }));
    expect(stored.flat()).toMatchObject([
      { payload: { sessionId: 's1', text: BLANK, actor: { id: '7', name: BLANK } }, previous: { contactName: BLANK } },
    ]);
  });
});

async function collect<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

/** By what a stream is ordered. */
function timeOf(row: unknown): number {
  const { receivedAt, decidedAt, createdAt, at } = row as Record<string, number>;
  return receivedAt ?? decidedAt ?? createdAt ?? at ?? Number.NaN;
}
