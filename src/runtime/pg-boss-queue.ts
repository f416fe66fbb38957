import type { PGlite } from '@electric-sql/pglite';
import { getLogger } from '@logtape/logtape';
import { fromPglite, PgBoss } from 'pg-boss';
import { errorText } from '../domain/errors.ts';
import type { DeliveryQueue } from '../services/delivery-queue.ts';
import { isAwayFault } from '../store/database-fault.ts';
import { createDeliveryJobs, createQueue, QUEUE } from './delivery-jobs.ts';
import type { RunStatement } from './run-transaction.ts';

/** pg-boss on Node: on the service's connections, with its loops, which bring back jobs whose worker died. */
export interface PgBossQueue extends DeliveryQueue {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PgBossQueueOptions {
  /** Where pg-boss keeps its jobs: the service's own database, through the service's own connections. */
  connection: { pglite: PGlite } | { query: RunStatement };
  /** How much faster than the wall clock the service's time runs. */
  timeScale?: number;
}

/** With the heartbeat of ten seconds: what was in flight at a crash goes on within 20 s. */
const MONITOR_SECONDS = 5;

const log = getLogger(['vigia', 'queue']);

export function createPgBossQueue({ connection, timeScale = 1 }: PgBossQueueOptions): PgBossQueue {
  const boss = new PgBoss({
    ...('query' in connection
      ? { db: { executeSql: (text: string, values?: unknown[]) => connection.query(text, values) } }
      : { backend: 'pglite', db: fromPglite(connection.pglite) }),
    schedule: false,
    superviseIntervalSeconds: MONITOR_SECONDS,
    monitorIntervalSeconds: MONITOR_SECONDS,
    maintenanceIntervalSeconds: 60,
  });
  boss.on('error', (error: unknown) => {
    // That the database is away is told once, by its health; pg-boss would say so every few seconds.
    const level = isAwayFault(error) ? 'debug' : 'error';
    log[level]('the delivery queue: {error}', { error: errorText(error) });
  });
  boss.on('warning', (warning: { message?: string }) =>
    log.warn('the delivery queue: {warning}', { warning: warning.message }),
  );
  return {
    ...createDeliveryJobs(boss, { timeScale }),
    async start() {
      await boss.start();
      await createQueue(boss);
      // Warms pg-boss's cache of the queue: on PGlite it would be read through the one connection that the first
      // enqueueing transaction holds, and wait for itself.
      await boss.fetch(QUEUE, { batchSize: 1, maxPriority: -1 });
    },
    async stop() {
      await boss.stop({ graceful: false, close: true });
    },
  };
}
