import type { PGlite } from '@electric-sql/pglite';
import { getLogger } from '@logtape/logtape';
import { sql } from 'drizzle-orm';
import { fromDrizzle, fromPglite, type Job, PgBoss } from 'pg-boss';
import { errorText } from '../domain/errors.ts';
import type { ClaimedJob, DeliveryJob, DeliveryQueue } from '../services/delivery-queue.ts';
import type { Db } from '../store/database.ts';
import { createOrderedIds } from './ordered-ids.ts';

/**
 * pg-boss behind the services' delivery queue. Its queue is strictly first-in-first-out per key, and the key is the
 * lane (a subject at one destination), so deliveries of one chat keep their order across processes and retries. Jobs
 * are claimed and settled by hand, since a job is settled in the transaction that settles its action.
 */
const QUEUE = 'deliver';

/** pg-boss's least: without a sign of life for so long, a job is taken from its worker. */
const HEARTBEAT_SECONDS = 10;
/** With the heartbeat: what was in flight at a crash goes on within 20 s. */
const MONITOR_SECONDS = 5;
/** An action's own `expiresAt` ends its tries; the job must never run out before it. */
const RETRY_LIMIT = 1_000_000;
const HOUR_SECONDS = 3_600;

export interface PgBossQueue extends DeliveryQueue {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PgBossQueueOptions {
  /** Where pg-boss keeps its jobs: the service's own database. */
  connection: { pglite: PGlite } | { url: string };
  /** How much faster than the wall clock the service's time runs. */
  timeScale?: number;
}

const log = getLogger(['vigia', 'queue']);

export function createPgBossQueue({ connection, timeScale = 1 }: PgBossQueueOptions): PgBossQueue {
  const boss = new PgBoss({
    ...('url' in connection
      ? { connectionString: connection.url, max: 3, application_name: 'vigia-queue' }
      : { backend: 'pglite', db: fromPglite(connection.pglite) }),
    schedule: false,
    superviseIntervalSeconds: MONITOR_SECONDS,
    monitorIntervalSeconds: MONITOR_SECONDS,
    maintenanceIntervalSeconds: 60,
  });
  // Within a lane pg-boss goes by the time of the transaction, then by id: its own ids are random, and what one
  // transaction enqueues would come in any order.
  const nextId = createOrderedIds();
  boss.on('error', (error: unknown) => log.error('the delivery queue: {error}', { error: errorText(error) }));
  boss.on('warning', (warning: { message?: string }) =>
    log.warn('the delivery queue: {warning}', { warning: warning.message }),
  );

  return {
    async start() {
      await boss.start();
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
      // Warms pg-boss's cache of the queue: on PGlite it would be read through the one connection that the first
      // enqueueing transaction holds, and wait for itself.
      await boss.fetch(QUEUE, { batchSize: 1, maxPriority: -1 });
    },
    async stop() {
      await boss.stop({ graceful: false, close: true });
    },
    async enqueue(tx, jobs) {
      const rows = jobs.map(({ orgId, actionId, lane }) => ({
        id: nextId(),
        data: { orgId, actionId, lane },
        singletonKey: lane,
      }));
      await boss.insert(QUEUE, rows, { db: inTransaction(tx) });
    },
    async claim(limit) {
      const jobs = await boss.fetch<DeliveryJob>(QUEUE, { batchSize: limit });
      return jobs.map(toClaimed);
    },
    async complete(tx, job) {
      await boss.complete(QUEUE, attemptOf(job), null, { db: inTransaction(tx) });
    },
    async giveBack(tx, job, delayMs) {
      const db = inTransaction(tx);
      const failed = await boss.fail(QUEUE, attemptOf(job), null, { db });
      // Once the claim has lapsed the job is not ours: `update` knows no attempts and would put it off.
      if (countAffected(failed) === 0) return;
      // As seconds from now, by the database's clock: by ours, a job would wait for as long as the two clocks differ.
      const startAfter = delayMs / timeScale / 1_000;
      await boss.update(QUEUE, undefined, { id: job.id, startAfter, db });
    },
    async touch(jobs) {
      if (jobs.length > 0) await boss.touch(QUEUE, jobs.map(attemptOf));
    },
  };
}

function inTransaction(tx: Db): ReturnType<typeof fromDrizzle> {
  return fromDrizzle(tx as unknown as Parameters<typeof fromDrizzle>[0], sql);
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
