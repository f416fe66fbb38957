import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { tryWrite } from '../store/try-write.ts';
import { type DataDirLock, lockDataDir } from './data-dir-lock.ts';
import { createDatabaseHealth } from './database-health.ts';
import { MIGRATIONS_DIR } from './migrations.ts';
import type { OpenDatabase } from './open-database.ts';

/**
 * The embedded database: one process, one connection, one folder. PGlite neither refuses a second process on the same
 * folder (it would lose rows) nor flushes to disk, so the folder is locked here, and the README says what it is for.
 * @param dataDir a folder; absent: in memory
 * @param snapshot a dumped, migrated database to start from (tests: ten times faster than a fresh one)
 */
export async function openPglite({
  dataDir,
  snapshot,
}: {
  dataDir?: string;
  snapshot?: Blob;
} = {}): Promise<OpenDatabase & { pglite: PGlite }> {
  let lock: DataDirLock | undefined;
  if (dataDir !== undefined) lock = await lockDataDir(dataDir);
  try {
    const pglite = await PGlite.create({
      ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'pglite') }),
      ...(snapshot === undefined ? {} : { loadDataDir: snapshot }),
    });
    const db = drizzle(pglite);
    // It cannot be out of reach; what can fail is writing, and whether that works again only a write can tell.
    const health = createDatabaseHealth({
      name: 'the embedded database',
      probe: { ask: () => tryWrite(db), drop: () => undefined },
    });
    return {
      kind: 'pglite',
      pglite,
      health,
      queueConnection: { pglite },
      db,
      transaction: (work) => db.transaction((tx) => work(tx)),
      migrate: () => migrate(db, { migrationsFolder: MIGRATIONS_DIR }),
      prepareStop: () => undefined,
      async close() {
        await health.stop();
        await pglite.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
