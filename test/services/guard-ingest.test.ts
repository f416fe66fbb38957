import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { readinessSchema } from '../../src/http/service-routes.ts';
import { guardIngest } from '../../src/services/guard-ingest.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { rowsOf } from '../../src/store/database.ts';
import { createTestApp, ORG_ID, statusItem } from '../http/test-app.ts';
import { captureLogs } from '../support/captured-logs.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { START } from '../support/timeline.ts';

/** A database whose writes fail with the error of a full disk, for as long as a trigger says so. */
describe('a disk that is full', () => {
  let database: TestDatabase;
  let logs: Awaited<ReturnType<typeof captureLogs>>;
  beforeAll(async () => {
    database = await pgliteKind.open();
    database.health.start();
    await database.db.execute(sql`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    logs = await captureLogs();
  });
  afterEach(() => logs.stop());

  const fill = () =>
    database.db.execute(sql`create trigger full_disk before insert on lanes execute function refuse()`);
  const makeRoom = () => database.db.execute(sql`drop trigger full_disk on lanes`);

  test('webhooks are answered 503, readiness tells why, and when there is room they are taken again', async () => {
    let asked = 0;
    const ingest = createIngest({ database, clock: createManualClock(START), storePersonalData: false });
    const { app } = createTestApp({
      db: database.db,
      databaseState: database.health.state,
      currentRuleset: () => ({
        hash: 'abc',
        rules: [],
        conditions: {},
        directory: emptyDirectory(),
        loadedAt: 0,
        faults: [],
      }),
      ingest: guardIngest((items) => {
        asked += 1;
        return ingest(items);
      }, database.health),
    });
    const send = async (sessionId: string) => {
      const payload = { sessionId, sessionStatus: 'OPEN', sessionOldStatus: 'NEW' };
      const body = JSON.stringify([statusItem({ payload })]);
      const headers = { 'content-type': 'application/json' };
      return (await app.request('/webhooks/zoho-desk', { method: 'POST', headers, body })).status;
    };
    const readiness = async () => readinessSchema.parse(await (await app.request('/readyz')).json());

    expect(await send('before')).toBe(200);
    await fill();
    expect(await send('refused')).toBe(503);
    expect(await readiness()).toMatchObject({
      status: 'not_ready',
      database: { ok: false, reason: expect.stringMatching(/its disk is full\. Make room/) },
    });
    asked = 0;
    expect(await Promise.all(Array.from({ length: 500 }, (_, number) => send(`many ${number}`)))).toEqual(
      Array.from({ length: 500 }, () => 503),
    );
    expect(asked).toBe(0);
    await makeRoom();
    await expect.poll(async () => (await readiness()).status, { timeout: 10_000 }).toBe('ready');
    expect(await send('refused')).toBe(200);

    const stored = rowsOf<{ session_id: string }>(
      await database.db.execute(sql`select session_id from events where org_id = ${ORG_ID} order by seq`),
    );
    expect(stored.map(({ session_id }) => session_id)).toEqual(['before', 'refused']);
    expect(
      logs.lines.filter((line) => line.includes('500 webhook requests') || line.includes('"count":500')),
    ).not.toEqual([]);
    expect(logs.lines.filter((line) => line.includes('Until it is back'))).toHaveLength(1);
    expect(logs.lines.filter((line) => line.includes('could not be stored'))).toHaveLength(1);
  });
});
