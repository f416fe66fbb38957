import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPostgresConnections } from '../../src/runtime/postgres-connections.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';

describe.each(postgresOnly)('connections', () => {
  let server: { url: string; drop(): Promise<void> };
  beforeAll(async () => {
    server = await createPostgresDatabase();
  });
  afterAll(() => server.drop());

  test('may be made anew again while a statement of before still runs, which gets its answer', async () => {
    const connections = createPostgresConnections(server.url, 2);
    const slow = connections.query('select 1 as one from pg_sleep(0.5)');
    await connections.query('select 1');
    for (let outage = 0; outage < 3; outage += 1) {
      connections.markSilence();
      connections.renew();
      await expect(connections.query('select 2 as two')).resolves.toMatchObject({ rows: [{ two: 2 }] });
    }
    await expect(slow).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await connections.close();
  });
});
