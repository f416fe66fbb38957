import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { systemClock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { Directory } from '../../domain/rule.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { findServer } from '../../runtime/data-dir-lock.ts';
import { describeServer, toDatabaseFault } from '../../runtime/database-fault.ts';
import { readMigrationStatus } from '../../runtime/migration-status.ts';
import { type OpenDatabase, openDatabase } from '../../runtime/open-database.ts';
import { createEnrichment } from '../../services/enrich.ts';
import { streamEvents } from '../../store/read/streams/events.ts';
import type { TimeRange } from '../../store/read/streams/pages.ts';

/** The events that a server has stored, to be judged again. The database is only read. */
export interface StoredHistory {
  orgId: string;
  db: OpenDatabase;
  /** For people: which database it is. */
  name: string;
  /** What is known of channels beside the directory of the rules. */
  channels(directory: Directory): Promise<ReadonlyMap<string, KnownChannel>>;
  /** In the order of their receipt; can be called again. */
  events(range: TimeRange): AsyncGenerator<DeskEvent, void, undefined>;
  close(): Promise<void>;
}

const FROM_A_FILE = 'or give a file of events with --events';

/**
 * @param otherwise what can be done without it, as the end of a remedy; undefined: nothing
 * @throws AppError when there is no database, no portal, or it cannot be used now: what is wrong, and the remedy
 */
export async function openStoredHistory(
  { database: config, zoho }: Pick<Config, 'database' | 'zoho'>,
  otherwise: string | undefined = FROM_A_FILE,
): Promise<StoredHistory> {
  const end = otherwise === undefined ? '.' : `, ${otherwise}.`;
  const { orgId } = zoho;
  if (orgId === undefined) {
    throw new AppError('not_configured', 'ZOHO_ORG_ID is not set, so nobody knows whose events to read', {
      remedy: `Set it as for the server${end}`,
    });
  }
  const name = config.kind === 'postgres' ? describeServer(config.url) : `the embedded database in ${config.dataDir}`;
  const database = await open(config, name, end);
  return {
    orgId,
    db: database,
    name,
    async channels(directory) {
      const known = createEnrichment({
        db: database.db,
        clock: systemClock,
        orgId,
        client: undefined,
        directory: () => directory,
      });
      await known.load();
      return known.channels();
    },
    async *events(range) {
      for await (const batch of streamEvents(database.db, orgId, range)) yield* batch;
    },
    close: () => database.close(),
  };
}

async function open(config: Config['database'], name: string, end: string): Promise<OpenDatabase> {
  if (config.kind === 'pglite') await expectFolder(config.dataDir, end);
  let database: OpenDatabase | undefined;
  try {
    database = await openDatabase(config);
    const { pending, ahead } = await readMigrationStatus(database.db);
    if (pending.length > 0 || ahead) throw isOtherVersion(name, ahead);
    return database;
  } catch (error) {
    await database?.close();
    throw config.kind === 'postgres' ? toDatabaseFault(error, config.url) : error;
  }
}

async function expectFolder(dataDir: string, end: string): Promise<void> {
  const url = await findServer(dataDir);
  if (url !== undefined) {
    throw new AppError('data_dir_locked', `the server at ${url} has the data folder ${dataDir} open`, {
      remedy: `Stop it first${end} With PostgreSQL (DATABASE_URL) both can work at once.`,
    });
  }
  await access(join(dataDir, 'pglite')).catch((cause: unknown) => {
    throw new AppError('not_found', `there is no database in ${dataDir} yet`, {
      remedy: `Set DATABASE_URL or DATA_DIR as for the server${end}`,
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
