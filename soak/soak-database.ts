import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenDatabase, openDatabase } from '../src/runtime/open-database.ts';
import { createPostgresDatabase } from '../test/support/databases.ts';

/** A database of a run's own. */
export interface SoakDatabase {
  /** The variables by which the service finds it. */
  env: Record<string, string>;
  /** For looking while the service runs; undefined on PGlite, where only the service may. */
  beside: OpenDatabase | undefined;
  /** For looking when the service has ended. */
  openAfterwards(): Promise<OpenDatabase>;
  remove(): Promise<void>;
}

export async function createSoakDatabase(kind: 'pglite' | 'postgres'): Promise<SoakDatabase> {
  if (kind === 'pglite') {
    const dataDir = await mkdtemp(join(tmpdir(), 'vigia-soak-data-'));
    return {
      env: { DATA_DIR: dataDir },
      beside: undefined,
      openAfterwards: () => openDatabase({ kind: 'pglite', dataDir }),
      remove: () => rm(dataDir, { recursive: true, force: true }),
    };
  }
  const { url, drop } = await createPostgresDatabase();
  const beside = await openDatabase({ kind: 'postgres', url });
  return {
    env: { DATABASE_URL: url },
    beside,
    openAfterwards: () => openDatabase({ kind: 'postgres', url }),
    async remove() {
      await beside.close();
      await drop();
    },
  };
}
