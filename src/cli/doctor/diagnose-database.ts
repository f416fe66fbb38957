import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { AppError, errorText } from '../../domain/errors.ts';
import { findServer } from '../../runtime/data-dir-lock.ts';
import { describeServer, toDatabaseFault } from '../../runtime/database-fault.ts';
import { readMigrationStatus } from '../../runtime/migration-status.ts';
import { type OpenDatabase, openDatabase } from '../../runtime/open-database.ts';
import { readServerVersion } from '../../runtime/server-version.ts';
import type { Reporter } from './finding.ts';

/** The oldest PostgreSQL on which Vigia is tried. */
const OLDEST_VERSION = 15;

/**
 * Looks at the database, and changes nothing in it. Where a server has the embedded one open, that server is named: two
 * processes on one folder lose rows.
 * @returns the database, for the caller to use and close, when its schema is up to date
 */
export async function diagnoseDatabase(
  config: Config['database'],
  report: Reporter,
): Promise<OpenDatabase | undefined> {
  if (config.kind === 'pglite' && !(await isWorthOpening(config.dataDir, report))) return undefined;
  let database: OpenDatabase | undefined;
  try {
    database = await openDatabase(config);
    if (await isUpToDate(database, config, report)) return database;
  } catch (error) {
    const fault =
      config.kind === 'postgres' ? toDatabaseFault(error, config.url) : toFolderFault(error, config.dataDir);
    report.fail(fault.message, fault.remedy ?? '');
  }
  await database?.close();
  return undefined;
}

async function isWorthOpening(dataDir: string, report: Reporter): Promise<boolean> {
  const holder = await findServer(dataDir);
  if (holder !== undefined) {
    report.ok(`the embedded database in ${dataDir} is open in the server at ${holder}`);
    return false;
  }
  try {
    await access(join(dataDir, 'pglite'));
    return true;
  } catch {
    report.ok(`the embedded database will be made in ${dataDir} when the server starts`);
    return false;
  }
}

async function isUpToDate(database: OpenDatabase, config: Config['database'], report: Reporter): Promise<boolean> {
  const version = await readServerVersion(database.db);
  const name =
    config.kind === 'postgres'
      ? describeServer(config.url).replace('PostgreSQL', `PostgreSQL ${version}`)
      : `the embedded database in ${config.dataDir}`;
  if (Number.parseInt(version, 10) < OLDEST_VERSION) {
    report.fail(`${name} is too old`, `Use PostgreSQL ${OLDEST_VERSION} or newer.`);
    return false;
  }
  const { applied, pending, ahead } = await readMigrationStatus(database.db);
  if (ahead) {
    report.fail(`${name} was migrated by a newer Vigia`, 'Use that version, or restore the backup from before.');
    return false;
  }
  if (pending.length > 0) {
    const remedy = 'The server applies them when it starts; "vigia migrate" does it beforehand.';
    report.warn(`${name} answers; pending migrations: ${pending.join(', ')}`, remedy);
    return false;
  }
  report.ok(`${name} answers and is up to date (${applied.length} migrations)`);
  return true;
}

function toFolderFault(error: unknown, dataDir: string): AppError {
  if (error instanceof AppError) return error;
  return new AppError('unavailable', `the embedded database in ${dataDir} cannot be opened: ${errorText(error)}`, {
    remedy: 'Check DATA_DIR and the rights of the folder.',
    cause: error,
  });
}
