import { sql } from 'drizzle-orm';
import type { Config } from '../config.ts';
import type { Database } from '../store/database.ts';
import { toDatabaseFault } from './database-fault.ts';
import type { WatchedHealth } from './database-health.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';
import type { PgBossQueueOptions } from './pg-boss-queue.ts';

/** A database with its life: opened, migrated, closed by the composition root. */
export interface OpenDatabase extends Database {
  /** What pg-boss connects with: the same database. */
  queueConnection: PgBossQueueOptions['connection'];
  health: WatchedHealth;
  /** Brings the schema up to date; safe to call from many processes at once. */
  migrate(): Promise<void>;
  /** From now on nothing waits for an answer while the database is away: it could hold up the stop. */
  prepareStop(): void;
  close(): Promise<void>;
}

/** @throws AppError data_dir_locked, or unavailable when the server cannot be used: what is wrong, and the remedy */
export async function openDatabase(database: Config['database']): Promise<OpenDatabase> {
  if (database.kind === 'pglite') return openPglite({ dataDir: database.dataDir });
  const opened = await openPostgres(database.url);
  try {
    await opened.db.execute(sql`select 1`);
    return opened;
  } catch (error) {
    await opened.close();
    throw toDatabaseFault(error, database.url);
  }
}
