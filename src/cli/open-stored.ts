import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import { findServer } from '../runtime/data-dir-lock.ts';
import { describeServer, toDatabaseFault } from '../runtime/database-fault.ts';
import { readMigrationStatus } from '../runtime/migration-status.ts';
import { type OpenDatabase, openDatabase } from '../runtime/open-database.ts';

/**
 * What the service has stored, for commands that read it: the database itself, or, where a server has the embedded one
 * open, that server, which can be asked by its API. Nothing is changed in it, and none is made.
 */
export type Stored =
  | {
      kind: 'database';
      database: OpenDatabase;
      orgId: string;
      /** For people. */
      name: string;
    }
  | { kind: 'server'; url: string };

/**
 * @param otherwise what else can be done where there is none: the end of a remedy
 * @throws AppError when there is no portal or no database, it cannot be reached, or it is not of this version
 */
export async function openStored(
  { database: config, zoho }: Pick<Config, 'database' | 'zoho'>,
  otherwise = '',
): Promise<Stored> {
  const { orgId } = zoho;
  if (config.kind === 'pglite') {
    const url = await findServer(config.dataDir);
    if (url !== undefined) return { kind: 'server', url };
  }
  if (orgId === undefined) {
    throw new AppError('not_configured', 'ZOHO_ORG_ID is not set, so nobody knows whose events to read', {
      remedy: `Set it as for the server${otherwise}.`,
    });
  }
  if (config.kind === 'pglite') await expectFolder(config.dataDir, otherwise);
  const name = config.kind === 'postgres' ? describeServer(config.url) : `the embedded database in ${config.dataDir}`;
  let database: OpenDatabase | undefined;
  try {
    database = await openDatabase(config);
    const { pending, ahead } = await readMigrationStatus(database.db);
    if (pending.length > 0 || ahead) throw isOtherVersion(name, ahead);
    return { kind: 'database', database, orgId, name };
  } catch (error) {
    await database?.close();
    throw config.kind === 'postgres' ? toDatabaseFault(error, config.url) : error;
  }
}

async function expectFolder(dataDir: string, otherwise: string): Promise<void> {
  await access(join(dataDir, 'pglite')).catch((cause: unknown) => {
    throw new AppError('not_found', `there is no database in ${dataDir} yet`, {
      remedy: `Set DATABASE_URL or DATA_DIR as for the server${otherwise}.`,
      cause,
    });
  });
}

function isOtherVersion(name: string, ahead: boolean): AppError {
  return ahead
    ? new AppError('conflict', `a newer Vigia has migrated ${name}`, { remedy: 'Use that version.' })
    : new AppError('conflict', `${name} has not been brought up to date`, {
        remedy: 'vigia migrate does that; so does a server of this version when it starts.',
      });
}
