import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunStatement } from '../../../src/runtime/run-transaction.ts';
import { assertFreshReads } from '../../../src/runtime/worker/assert-fresh-reads.ts';
import { type HyperdriveDatabase, openHyperdrive } from '../../../src/runtime/worker/open-hyperdrive.ts';
import { knownObjects } from '../../../src/store/schema.ts';
import { postgresOnly, type TestDatabase } from '../../support/databases.ts';

describe.each(postgresOnly)('reads through Hyperdrive on $kind', ({ open }) => {
  let migrated: TestDatabase;
  let database: HyperdriveDatabase;
  beforeAll(async () => {
    migrated = await open();
    database = openHyperdrive(migrated.url ?? '');
  });
  afterAll(async () => {
    await database.close();
    await migrated.close();
  });

  it('are found to be true where nothing caches them, and the probe leaves nothing behind', async () => {
    await assertFreshReads(database.db, Date.now());
    expect(await database.db.select().from(knownObjects)).toEqual([]);
  });

  it('are refused where the same read is answered from a cache', async () => {
    const cache = new Map<string, ReturnType<RunStatement>>();
    const query: RunStatement = (statement, params) => {
      const { text } = statement as { text: string };
      if (!text.startsWith('select')) return database.query(statement, params);
      const key = JSON.stringify([text, params]);
      const answer = cache.get(key) ?? database.query(statement, params);
      cache.set(key, answer);
      return answer;
    };
    const cached = drizzle({ client: { query } as never });
    await expect(assertFreshReads(cached, Date.now())).rejects.toMatchObject({
      remedy: expect.stringContaining('--caching-disabled'),
    });
  });
});
