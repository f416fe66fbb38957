import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ClaimedJob, DeliveryJob } from '../../src/services/delivery-queue.ts';
import { databases, postgresOnly, type TestDatabase } from '../support/databases.ts';

let jobNumber = 0;
/** Jobs are told apart by their action; each belongs to the lane that is given. */
function aJob(lane: string): DeliveryJob {
  jobNumber += 1;
  return { orgId: 'o1', actionId: `${lane}-${jobNumber}`, lane };
}

describe.each(databases)('the delivery queue on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterEach(() => database.db.execute(sql`delete from pgboss.job`));
  afterAll(() => database.close());

  const enqueue = (...jobs: DeliveryJob[]) => database.transaction((tx) => database.queue.enqueue(tx, jobs));
  const complete = (job: ClaimedJob) => database.transaction((tx) => database.queue.complete(tx, job));
  const giveBack = (job: ClaimedJob, delayMs: number) =>
    database.transaction((tx) => database.queue.giveBack(tx, job, delayMs));
  const claim = (limit = 10) => database.queue.claim(limit);

  async function claimOne(): Promise<ClaimedJob> {
    const [job, ...more] = await claim();
    if (job === undefined || more.length > 0) throw new Error(`wanted one job, got ${more.length + (job ? 1 : 0)}`);
    return job;
  }

  async function claimWithin(ms: number): Promise<{ job: ClaimedJob; afterMs: number }> {
    const startedAt = Date.now();
    while (Date.now() - startedAt < ms) {
      const [job] = await claim();
      if (job !== undefined) return { job, afterMs: Date.now() - startedAt };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no job within ${ms} ms`);
  }

  test('hands out the jobs of one lane one after the other, in the order in which they were enqueued', async () => {
    const jobs = Array.from({ length: 5 }, () => aJob('lane'));
    const [first, second, ...rest] = jobs;
    if (first === undefined || second === undefined) throw new Error('no jobs');
    await enqueue(first, second);
    for (const job of rest) await enqueue(job);
    for (const expected of jobs) {
      const job = await claimOne();
      expect(job).toMatchObject(expected);
      expect(await claim()).toEqual([]);
      await complete(job);
    }
    expect(await claim()).toEqual([]);
  });

  test('keeps a lane waiting behind a job that was given back, and goes on with that job', async () => {
    const [first, second] = [aJob('lane'), aJob('lane')];
    await enqueue(first, second);
    await giveBack(await claimOne(), 300);
    // Also what is enqueued after the failure stays behind it.
    const third = aJob('lane');
    await enqueue(third);
    for (const expected of [first, second, third]) {
      const { job } = await claimWithin(2_000);
      expect(job).toMatchObject(expected);
      await complete(job);
    }
  });

  test('hands out jobs of different lanes side by side, up to the limit', async () => {
    const jobs = ['a', 'b', 'c', 'd'].map((lane) => aJob(lane));
    await enqueue(...jobs, aJob('a'));
    const three = await claim(3);
    const fourth = await claim(3);
    expect(three).toHaveLength(3);
    expect(fourth).toHaveLength(1);
    expect(actionsOf([...three, ...fourth]).sort()).toEqual(actionsOf(jobs).sort());
  });

  test('a lane that waits holds up no other', async () => {
    await enqueue(aJob('slow'), aJob('slow'));
    await giveBack(await claimOne(), 60_000);
    const other = aJob('other');
    await enqueue(other);
    expect(actionsOf(await claim())).toEqual([other.actionId]);
  });

  test('knows nothing of a job whose transaction was rolled back', async () => {
    const rolledBack = database.transaction(async (tx) => {
      await database.queue.enqueue(tx, [aJob('lane')]);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await claim()).toEqual([]);
  });

  test('settling is undone with its transaction: the job is still held', async () => {
    const [first, second] = [aJob('lane'), aJob('lane')];
    await enqueue(first, second);
    const job = await claimOne();
    const rolledBack = database.transaction(async (tx) => {
      await database.queue.complete(tx, job);
      throw new Error('not saved');
    });
    await expect(rolledBack).rejects.toThrow('not saved');
    expect(await claim()).toEqual([]);
    await complete(job);
    expect(actionsOf(await claim())).toEqual([second.actionId]);
  });

  test('gives a job out again after the delay it was given back with, and not before', async () => {
    const expected = aJob('lane');
    await enqueue(expected);
    const before = await claimOne();
    await giveBack(before, 700);
    const { job, afterMs } = await claimWithin(3_000);
    expect(job).toMatchObject(expected);
    expect(job.retryCount).toBeGreaterThan(before.retryCount);
    // The delay began when it was given back, a little before the first look.
    expect(afterMs).toBeGreaterThan(550);
    await giveBack(job, 0);
    expect((await claimWithin(1_000)).job).toMatchObject(expected);
  });

  test('a claim that has lapsed settles nothing: neither its complete nor its giveBack touches the new claim', async () => {
    const [first, second] = [aJob('lane'), aJob('lane')];
    await enqueue(first, second);
    const lapsed = await claimOne();
    await giveBack(lapsed, 0);
    const { job } = await claimWithin(1_000);
    expect(job.id).toBe(lapsed.id);
    await complete(lapsed);
    expect(await claim()).toEqual([]);
    await giveBack(lapsed, 60_000);
    expect(await claim()).toEqual([]);
    await database.queue.touch([lapsed]);
    // Its delay has not been written either: the job can be given back and had again at once.
    await giveBack(job, 0);
    const again = await claimWithin(1_000);
    expect(again.job.id).toBe(job.id);
    await complete(again.job);
    expect(actionsOf(await claim())).toEqual([second.actionId]);
  });

  test('a lapsed claim does not put off a job that waits to be claimed', async () => {
    await enqueue(aJob('lane'));
    const lapsed = await claimOne();
    await giveBack(lapsed, 0);
    await giveBack(lapsed, 60_000);
    expect((await claimWithin(1_000)).job.id).toBe(lapsed.id);
  });
});

describe.each(postgresOnly)('the delivery queue of several processes on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test('hands a job out once its transaction has committed, and not before', async () => {
    const job = aJob('committed');
    await database.transaction(async (tx) => {
      await database.queue.enqueue(tx, [job]);
      expect(await database.queue.claim(10)).toEqual([]);
    });
    const [claimed, ...more] = await database.queue.claim(10);
    if (claimed === undefined) throw new Error('the job is gone');
    expect(more).toEqual([]);
    expect(claimed).toMatchObject(job);
    await database.transaction((tx) => database.queue.complete(tx, claimed));
  });

  test('never hands a job, or two of one lane, to both', async () => {
    const other = await database.another();
    const lanes = Array.from({ length: 20 }, (_, index) => `lane-${index}`);
    const jobs = [...lanes, ...lanes, ...lanes].map(aJob);
    await database.transaction((tx) => database.queue.enqueue(tx, jobs));
    const done: DeliveryJob[] = [];
    const held = new Set<string>();
    const work = async ({ queue, transaction }: Pick<TestDatabase, 'queue' | 'transaction'>) => {
      while (done.length < jobs.length) {
        const claimed = await queue.claim(5);
        for (const { lane } of claimed) {
          if (held.has(lane)) throw new Error(`two jobs of ${lane} at once`);
          held.add(lane);
        }
        for (const job of claimed) {
          held.delete(job.lane);
          done.push(job);
          await transaction((tx) => queue.complete(tx, job));
        }
      }
    };
    await Promise.all([work(database), work(other)]);
    for (const lane of lanes) {
      const inLane = (list: readonly DeliveryJob[]) => actionsOf(list.filter((job) => job.lane === lane));
      expect(inLane(done)).toEqual(inLane(jobs));
    }
  });

  test('takes a job from a worker without a sign of life within 20 s, and none from one that gives them', async () => {
    const [dead, alive] = [aJob('dead'), aJob('alive')];
    await database.transaction((tx) => database.queue.enqueue(tx, [dead, alive]));
    const claimed = await database.queue.claim(10);
    const living = claimed.filter(({ lane }) => lane === 'alive');
    const claimedAt = Date.now();
    const again: ClaimedJob[] = [];
    let takenAfterMs = 0;
    let touchedAt = 0;
    while (Date.now() - claimedAt < 20_000 && (again.length === 0 || Date.now() - claimedAt < 16_000)) {
      if (Date.now() - touchedAt > 3_000) {
        touchedAt = Date.now();
        await database.queue.touch(living);
      }
      const taken = await database.queue.claim(10);
      if (taken.length > 0) takenAfterMs = Date.now() - claimedAt;
      again.push(...taken);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(again).toMatchObject([dead]);
    expect(takenAfterMs).toBeGreaterThan(9_000);
  });
});

function actionsOf(jobs: readonly DeliveryJob[]): string[] {
  return jobs.map(({ actionId }) => actionId);
}
