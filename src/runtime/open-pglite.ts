import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import * as schema from '../store/schema.ts';
import { type DataDirLock, lockDataDir } from './data-dir-lock.ts';
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
    const db = drizzle(pglite, { schema });
    return {
      kind: 'pglite',
      pglite,
      queueConnection: { pglite },
      db,
      transaction: (work) => db.transaction((tx) => work(tx)),
      migrate: () => migrate(db, { migrationsFolder: MIGRATIONS_DIR }),
      async close() {
        await pglite.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
