import type { Config } from '../config.ts';
import type { Database } from '../store/database.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';
import type { PgBossQueueOptions } from './pg-boss-queue.ts';

/** A database with its life: opened, migrated, closed by the composition root. */
export interface OpenDatabase extends Database {
  /** What pg-boss connects with: the same database. */
  queueConnection: PgBossQueueOptions['connection'];
  /** Brings the schema up to date; safe to call from many processes at once. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

export function openDatabase(database: Config['database']): Promise<OpenDatabase> {
  return database.kind === 'postgres' ? openPostgres(database.url) : openPglite({ dataDir: database.dataDir });
}
