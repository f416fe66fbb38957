import { sql } from 'drizzle-orm';
import { fromDrizzle, type Job, type PgBoss } from 'pg-boss';
import type { ClaimedJob, DeliveryJob, DeliveryQueue } from '../services/delivery-queue.ts';
import type { Db } from '../store/database.ts';
import { createOrderedIds } from './ordered-ids.ts';

/**
 * The services' delivery queue on pg-boss. Its queue is strictly first-in-first-out per key, and the key is the lane (a
 * subject at one destination), so deliveries of one chat keep their order across processes and retries. Jobs are
 * claimed and settled by hand, since a job is settled in the transaction that settles its action.
 */
export const QUEUE = 'deliver';

/** pg-boss's least: without a sign of life for so long, a job is taken from its worker. */
const HEARTBEAT_SECONDS = 10;
/** An action's own `expiresAt` ends its tries; the job must never run out before it. */
const RETRY_LIMIT = 1_000_000;
const HOUR_SECONDS = 3_600;

/** Makes the queue where it is not there yet. */
export async function createQueue(boss: PgBoss): Promise<void> {
  await boss.createQueue(QUEUE, {
    policy: 'key_strict_fifo',
    retryLimit: RETRY_LIMIT,
    retryDelay: 0,
    expireInSeconds: HOUR_SECONDS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    // Longer than the longest maxLate (366 days): a job must never go before its action's own end.
    retentionSeconds: 400 * 24 * HOUR_SECONDS,
    deleteAfterSeconds: HOUR_SECONDS,
  });
}

// Within a lane pg-boss goes by the time of the transaction, then by id: its own ids are random, and what one
// transaction enqueues would come in any order.
const nextId = createOrderedIds();

export interface DeliveryJobsOptions {
  /** How much faster than the wall clock the service's time runs. */
  timeScale?: number;
  /** On what jobs are claimed and touched; pg-boss's own connection by default. */
  db?: Db;
}

export function createDeliveryJobs(boss: PgBoss, { timeScale = 1, db }: DeliveryJobsOptions = {}): DeliveryQueue {
  const outside = db === undefined ? {} : { db: toBossDb(db) };
  return {
    async enqueue(tx, jobs) {
      const rows = jobs.map(({ orgId, actionId, lane }) => ({
        id: nextId(),
        data: { orgId, actionId, lane },
        singletonKey: lane,
      }));
      await boss.insert(QUEUE, rows, { db: toBossDb(tx) });
    },
    async claim(limit) {
      const jobs = await boss.fetch<DeliveryJob>(QUEUE, { batchSize: limit, ...outside });
      return jobs.map(toClaimed);
    },
    async complete(tx, job) {
      await boss.complete(QUEUE, attemptOf(job), null, { db: toBossDb(tx) });
    },
    async giveBack(tx, job, delayMs) {
      const inTransaction = { db: toBossDb(tx) };
      const failed = await boss.fail(QUEUE, attemptOf(job), null, inTransaction);
      // Once the claim has lapsed the job is not ours: `update` knows no attempts and would put it off.
      if (countAffected(failed) === 0) return;
      // As seconds from now, by the database's clock: by ours, a job would wait for as long as the two clocks differ.
      const startAfter = Math.ceil(delayMs / timeScale) / 1_000;
      await boss.update(QUEUE, undefined, { id: job.id, startAfter, ...inTransaction });
    },
    async touch(jobs) {
      if (jobs.length > 0) await boss.touch(QUEUE, jobs.map(attemptOf), outside);
    },
  };
}

/** pg-boss types its own drizzle's transaction; it calls nothing but `execute`. */
function toBossDb(db: Db): ReturnType<typeof fromDrizzle> {
  return fromDrizzle(db as unknown as Parameters<typeof fromDrizzle>[0], sql);
}

/** Fences a settlement to the claim that it belongs to. */
function attemptOf({ id, retryCount }: ClaimedJob): { id: string; retryCount: number } {
  return { id, retryCount };
}

/** How many jobs a command met. pg-boss answers `{ jobs, requested, affected }`; its types leave the fields out. */
function countAffected(response: object): number {
  const { affected } = response as { affected?: unknown };
  if (typeof affected !== 'number') throw new TypeError('pg-boss does not say how many jobs it has changed');
  return affected;
}

function toClaimed({ id, retryCount, data }: Job<DeliveryJob>): ClaimedJob {
  return { id, retryCount, orgId: data.orgId, actionId: data.actionId, lane: data.lane };
}
