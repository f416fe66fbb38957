import type { PgBoss } from 'pg-boss';
import { systemClock } from '../../domain/clock.ts';
import { AppError, errorText } from '../../domain/errors.ts';
import { composeServices, type Parts, type Services } from '../compose.ts';
import { createDeliveryJobs } from '../delivery-jobs.ts';
import { readMigrationStatus } from '../migration-status.ts';
import { assertFreshReads } from './assert-fresh-reads.ts';
import type { Bindings } from './bindings.ts';
import { learnQueue } from './boss-on-hyperdrive.ts';
import type { Isolate } from './isolate.ts';
import { type HyperdriveDatabase, openHyperdrive } from './open-hyperdrive.ts';
import { createPublicFetch } from './public-fetch.ts';

/** One request, cron or alarm: a database of its own and the services on it, for as long as it lasts. */
export interface Invocation {
  isolate: Isolate;
  database: HyperdriveDatabase;
  parts: Parts;
  services: Services;
  /** Whether something was stored or queued that somebody has to see to. */
  isStirred(): boolean;
  /** Sets the alarm clock, unless it rings by then anyway. */
  ringAt(at: number): Promise<void>;
}

/** @throws AppError unavailable when the database cannot be reached or is not up to date: what is wrong, and the remedy */
export async function openInvocation(
  bindings: Bindings,
  isolate: Isolate,
  ringAt: (at: number) => Promise<void>,
): Promise<Invocation> {
  const { config } = isolate;
  const database = openHyperdrive(bindings.HYPERDRIVE?.connectionString ?? '');
  const boss = await getQueue(isolate, database);
  let stirred = false;
  const stir = () => {
    stirred = true;
  };
  const parts: Parts = {
    config,
    clock: systemClock,
    database,
    queue: createDeliveryJobs(boss, { db: database.db }),
    metrics: isolate.metrics,
    ruleset: () => isolate.ruleset,
    fetch: createPublicFetch({ allowPrivate: config.http.allowPrivate }),
    signals: { stored: stir, queued: stir, lifted: stir, changed: () => undefined },
    askedAt: isolate.askedAt,
    vocabularyMemory: isolate.vocabularyMemory,
  };
  return { isolate, database, parts, services: composeServices(parts), isStirred: () => stirred, ringAt };
}

/** Whoever cannot begin leaves no connection behind: a Durable Object lives on, and is rung again. */
async function getQueue(isolate: Isolate, database: HyperdriveDatabase): Promise<PgBoss> {
  try {
    isolate.boss ??= await prepare(database);
    return isolate.boss;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Looks at the database once per isolate: on an old schema, nothing may be read or written. */
async function prepare(database: HyperdriveDatabase): Promise<PgBoss> {
  const status = await readMigrationStatus(database.db).catch((cause: unknown) => {
    throw new AppError('unavailable', `The database cannot be used: ${errorText(cause)}.`, {
      remedy: 'Check the Hyperdrive configuration and the database.',
      cause,
    });
  });
  if (status.pending.length > 0) {
    throw new AppError('unavailable', `The database lacks ${status.pending.length} migrations.`, {
      remedy: 'Run "vigia migrate" of this version with DATABASE_URL set to the database itself.',
    });
  }
  const [boss] = await Promise.all([learnQueue(database), assertFreshReads(database.db, systemClock.now())]);
  return boss;
}
