import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createJobTimes } from '../../src/runtime/job-times.ts';
import type { ClaimedJob, DeliveryJob } from '../../src/services/delivery-queue.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { until } from '../support/wait.ts';

describe.each(databases)('when the clock of the database is set back by an hour, on $kind', ({ kind, open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  /** Setting the clock back by an hour is moving all times of pg-boss on by one. */
  async function setBack(): Promise<void> {
    const hour = sql`interval '1 hour'`;
    await database.db.execute(sql`
      update pgboss.job set created_on = created_on + ${hour}, start_after = start_after + ${hour},
        started_on = started_on + ${hour}, heartbeat_on = heartbeat_on + ${hour}`);
    await database.db.execute(sql`
      update pgboss.queue set monitor_on = monitor_on + ${hour}, monitor_claim_on = monitor_claim_on + ${hour},
        maintain_on = maintain_on + ${hour}`);
  }

  test('deliveries that waited go on at once, in their order; what a dead process had under way goes on as ever', async () => {
    const { queue, transaction } = database;
    const job = (actionId: string, lane: string): DeliveryJob => ({ orgId: 'o', actionId, lane });
    const names = (jobs: readonly ClaimedJob[]) => jobs.map(({ actionId }) => actionId).sort();
    await transaction((tx) => queue.enqueue(tx, [job('dying', 'c'), job('again', 'b')]));
    const again = (await queue.claim(10)).filter(({ actionId }) => actionId === 'again');
    for (const claimed of again) await transaction((tx) => queue.giveBack(tx, claimed, 500));
    await transaction((tx) => queue.enqueue(tx, [job('first', 'a'), job('second', 'a')]));
    let clock = Date.now();
    const times = createJobTimes(database.db, async () => clock);
    await times.check();
    await setBack();
    await times.check();
    expect(await queue.claim(10)).toEqual([]);

    clock -= 3_600_000;
    await times.check();
    const claimed = await queue.claim(10);
    expect(names(claimed)).toEqual(['again', 'first']);
    for (const one of claimed) await transaction((tx) => queue.complete(tx, one));
    expect(names(await queue.claim(10))).toEqual(['second']);
    // Ten seconds without a sign of life, and the next look of pg-boss: enough to wait for it once.
    if (kind === 'pglite') return;
    const taken = await until('the job of the dead process', async () => {
      const jobs = await queue.claim(10);
      return jobs.length > 0 ? jobs : undefined;
    });
    expect(names(taken)).toContain('dying');
  }, 90_000);
});
