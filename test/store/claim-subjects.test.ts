import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { claimSubjects } from '../../src/store/subjects.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { messageEvent, START } from '../support/timeline.ts';

describe.each(databases)('claiming subjects on $kind', ({ kind, open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
    const ingest = createIngest({ database, clock: createManualClock(START), storePersonalData: false });
    // Six chats, the oldest first, of which the third has very much to do.
    for (const [index, events] of [1, 1, 40, 1, 1, 1].entries()) {
      const chatter = Array.from({ length: events }, (_, number) =>
        messageEvent(START + index * 1_000 + number, 'IN', {}, `s${index}`),
      );
      await ingest(chatter.map((event) => ({ ok: true, event })));
    }
  });
  afterAll(() => database.close());

  const claim = (window: number, limit: number) =>
    database.transaction(async (tx) => {
      const { keys, moreBehind } = await claimSubjects(tx, { now: START + 60_000, limit, window });
      return { subjects: keys.map(({ subject }) => subject), moreBehind };
    });

  test('takes what waits longest first', async () => {
    expect(await claim(100, 2)).toEqual({ subjects: ['s0', 's1'], moreBehind: false });
    expect((await claim(100, 10)).subjects).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
  });

  test('tells when those that it looked at may hide others', async () => {
    expect(await claim(20, 10)).toEqual({ subjects: ['s0', 's1', 's2'], moreBehind: true });
  });

  // PGlite has one connection, so nobody else could hold anything.
  if (kind === 'pglite') return;
  test('passes over what another worker holds', async () => {
    await database.transaction(async (tx) => {
      await claimSubjects(tx, { now: START + 60_000, limit: 2, window: 100 });
      expect((await claim(100, 2)).subjects).toEqual(['s2', 's3']);
      // All that it looks at is held: there may be more behind.
      expect(await claim(2, 10)).toEqual({ subjects: [], moreBehind: true });
    });
  });
});
