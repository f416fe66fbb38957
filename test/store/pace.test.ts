import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeTurn } from '../../src/store/pace.ts';
import { databases, type TestDatabase } from '../support/databases.ts';

describe.each(databases)('pacing on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  const NOW = Date.parse('2026-03-02T10:00:00Z');
  const take = (key: string, now: number) =>
    takeTurn(database.db, { orgId: 'o', key }, { intervalMs: 1_000, patienceMs: 2_000, now });

  test('turns of one lane are reserved one interval apart, up to the patience; who is beyond asks again', async () => {
    const turns = [];
    for (let asked = 0; asked < 4; asked += 1) turns.push(await take('c1', NOW));
    expect(turns).toEqual([
      { taken: true, waitMs: 0 },
      { taken: true, waitMs: 1_000 },
      { taken: true, waitMs: 2_000 },
      { taken: false, waitMs: 3_000 },
    ]);
    expect(await take('c1', NOW + 3_000)).toEqual({ taken: true, waitMs: 0 });
  });

  test('lanes do not wait for each other, and a pause gives no burst', async () => {
    expect(await take('c2', NOW)).toEqual({ taken: true, waitMs: 0 });
    expect(await take('c2', NOW + 60_000)).toEqual({ taken: true, waitMs: 0 });
    expect(await take('c2', NOW + 60_000)).toEqual({ taken: true, waitMs: 1_000 });
  });

  test('after the clock was set back by an hour nobody waits that hour, and the pace is kept', async () => {
    for (let asked = 0; asked < 3; asked += 1) await take('c4', NOW);
    const back = NOW - 3_600_000;
    const turns = [];
    for (let asked = 0; asked < 4; asked += 1) turns.push((await take('c4', back)).waitMs);
    expect(turns).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test('many who ask at once get distinct turns', async () => {
    const turns = await Promise.all(Array.from({ length: 6 }, () => take('c3', NOW)));
    const taken = turns.filter((turn) => turn.taken).map(({ waitMs }) => waitMs);
    expect(taken.sort((a, b) => a - b)).toEqual([0, 1_000, 2_000]);
  });
});
