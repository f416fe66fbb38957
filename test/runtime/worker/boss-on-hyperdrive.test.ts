import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeliveryJobs } from '../../../src/runtime/delivery-jobs.ts';
import { openPostgres } from '../../../src/runtime/open-postgres.ts';
import { createPgBossQueue } from '../../../src/runtime/pg-boss-queue.ts';
import { learnQueue, superviseQueue } from '../../../src/runtime/worker/boss-on-hyperdrive.ts';
import { findNextJobAt } from '../../../src/runtime/worker/next-job.ts';
import { openHyperdrive } from '../../../src/runtime/worker/open-hyperdrive.ts';
import { createPostgresDatabase, postgresOnly } from '../../support/databases.ts';

/** Hyperdrive lends connections of PostgreSQL: what holds on one of its own holds there too. */
async function newDatabase({ withQueue }: { withQueue: boolean }) {
  const { url, drop } = await createPostgresDatabase();
  onTestFinished(drop);
  const node = await openPostgres(url);
  await node.migrate();
  if (withQueue) {
    const queue = createPgBossQueue({ connection: node.queueConnection });
    await queue.start();
    await queue.stop();
  }
  await node.close();
  const open = () => {
    const database = openHyperdrive(url);
    onTestFinished(() => database.close());
    return database;
  };
  return { url, open };
}

const job = (actionId: string, lane = 'o1/s1/slack') => ({ orgId: 'o1', actionId, lane });

describe.each(postgresOnly)('pg-boss on Hyperdrive on $kind', () => {
  it('says what to do where it is not installed', async () => {
    const { open } = await newDatabase({ withQueue: false });
    await expect(learnQueue(open())).rejects.toMatchObject({
      code: 'unavailable',
      remedy: expect.stringContaining('vigia migrate'),
    });
  });

  it('serves every later invocation on its own database, when that of the first is closed', async () => {
    const { url, open } = await newDatabase({ withQueue: true });
    const first = openHyperdrive(url);
    const boss = await learnQueue(first);
    await first.close();

    const writer = open();
    await writer.transaction((tx) => createDeliveryJobs(boss, { db: writer.db }).enqueue(tx, [job('a'), job('b')]));
    const reader = open();
    const queue = createDeliveryJobs(boss, { db: reader.db });
    const [claimed, ...others] = await queue.claim(5);
    if (claimed === undefined) throw new Error('nothing was claimed');
    expect([claimed.actionId, others]).toEqual(['a', []]);
    await queue.touch([claimed]);
    await reader.transaction((tx) => queue.giveBack(tx, claimed, 60_000));
    expect(await queue.claim(5)).toEqual([]);
    const nextAt = await findNextJobAt(reader.db);
    expect(Math.abs((nextAt ?? 0) - Date.now() - 60_000)).toBeLessThan(10_000);
  });

  it('gives back the jobs of an invocation that ended without a word', async () => {
    const { open } = await newDatabase({ withQueue: true });
    const database = open();
    const queue = createDeliveryJobs(await learnQueue(database), { db: database.db });
    await database.transaction((tx) => queue.enqueue(tx, [job('a')]));
    const [claimed] = await queue.claim(5);
    await superviseQueue(database);
    expect(await queue.claim(5)).toEqual([]);

    await database.db.execute(sql`
      update pgboss.job set heartbeat_on = now() - interval '1 minute', started_on = now() - interval '1 minute'`);
    // The next round of upkeep is a minute away: it is not passed over as too soon.
    await database.db.execute(sql`update pgboss.queue set monitor_claim_on = now() - interval '1 minute'`);
    await superviseQueue(database);
    expect(await queue.claim(5)).toMatchObject([{ id: claimed?.id, actionId: 'a' }]);
  });

  it('leaves no connection in a transaction when a script of the upkeep fails', async () => {
    const { open } = await newDatabase({ withQueue: false });
    const database = open();
    for (let times = 0; times < 4; times += 1) {
      await expect(database.query('BEGIN; select 1; select 1 / 0; COMMIT;')).rejects.toThrow('division by zero');
    }
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    const transaction = database.transaction((tx) => tx.execute(sql`select 1 as one`));
    expect(await transaction).toMatchObject({ rows: [{ one: 1 }] });
  });
});
