import { getLogger } from '@logtape/logtape';
import { PgBoss } from 'pg-boss';
import { AppError, errorText } from '../../domain/errors.ts';
import { QUEUE } from '../delivery-jobs.ts';
import type { HyperdriveDatabase } from './open-hyperdrive.ts';

/**
 * pg-boss without its loops and without a connection of its own. Started once per isolate, it learns its version and its
 * queue from the database of that invocation, and is stopped; what is left is data. From then on each call is given the
 * database of the invocation that makes it. Its upkeep is asked for by the cron.
 */
function createBoss(database: HyperdriveDatabase): PgBoss {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => database.query(text, values) },
    supervise: false,
    schedule: false,
    migrate: false,
    // Shorter than the time between two rounds of upkeep, so that none is passed over.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 5,
  });
  const log = getLogger(['vigia', 'queue']);
  boss.on('error', (error: unknown) => log.error('the delivery queue: {error}', { error: errorText(error) }));
  boss.on('warning', (warning: { message?: string }) =>
    log.warn('the delivery queue: {warning}', { warning: warning.message }),
  );
  return boss;
}

/** @throws AppError unavailable when the queue is not installed, or by another version */
export async function learnQueue(database: HyperdriveDatabase): Promise<PgBoss> {
  const boss = createBoss(database);
  try {
    await boss.start();
    if ((await boss.getQueue(QUEUE)) === null) throw new Error(`there is no queue ${QUEUE}`);
  } catch (cause) {
    throw new AppError('unavailable', `The delivery queue is not installed: ${errorText(cause)}.`, {
      remedy: 'Run "vigia migrate" of this version with DATABASE_URL set to the database itself.',
      cause,
    });
  }
  await boss.stop({ graceful: false, close: false });
  return boss;
}

/** Gives jobs of dead workers back and removes finished ones. */
export async function superviseQueue(database: HyperdriveDatabase): Promise<void> {
  const boss = createBoss(database);
  await boss.start();
  try {
    await boss.supervise(QUEUE);
  } finally {
    await boss.stop({ graceful: false, close: false });
  }
}
