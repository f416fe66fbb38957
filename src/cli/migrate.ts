import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import { findServer } from '../runtime/data-dir-lock.ts';
import { describeServer, toDatabaseFault } from '../runtime/database-fault.ts';
import { type MigrationStatus, readMigrationStatus } from '../runtime/migration-status.ts';
import { type OpenDatabase, openDatabase } from '../runtime/open-database.ts';
import { createPgBossQueue } from '../runtime/pg-boss-queue.ts';
import { type CliIo, writeJson } from './io.ts';
import { readConfig } from './read-config.ts';
import { createStyle } from './style.ts';

export function registerMigrate(program: Command, io: CliIo): void {
  program
    .command('migrate')
    .description(
      'Brings the schema of the database up to date: that of DATABASE_URL, or the embedded one in DATA_DIR.\n' +
        'A server does the same when it starts; this is for doing it beforehand. It can be run at any time, by many.',
    )
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { database } = readConfig(io, { warn: false });
      const { before, after } = await migrate(database);
      const applied = after.applied.filter((name) => before.pending.includes(name));
      if (json) writeJson(io, { database: describe(database), applied, total: after.applied.length });
      else report(io, describe(database), applied, after.applied.length);
    });
}

async function migrate(config: Config['database']): Promise<{ before: MigrationStatus; after: MigrationStatus }> {
  if (config.kind === 'pglite') await refuseBesideServer(config.dataDir);
  try {
    const database = await openDatabase(config);
    try {
      const before = await readMigrationStatus(database.db);
      if (before.ahead) throw newerThanUs(describe(config));
      await database.migrate();
      await installQueue(database);
      return { before, after: await readMigrationStatus(database.db) };
    } finally {
      await database.close();
    }
  } catch (error) {
    throw config.kind === 'postgres' ? toDatabaseFault(error, config.url) : error;
  }
}

/** The delivery queue keeps its tables in a schema of its own, which pg-boss makes and brings up to date. */
async function installQueue({ queueConnection: connection }: OpenDatabase): Promise<void> {
  const queue = createPgBossQueue({ connection });
  await queue.start();
  await queue.stop();
}

async function refuseBesideServer(dataDir: string): Promise<void> {
  const url = await findServer(dataDir);
  if (url === undefined) return;
  throw new AppError('data_dir_locked', `the server at ${url} has the data folder ${dataDir} open`, {
    remedy: 'It brought the database up to date when it started: there is nothing to do.',
  });
}

function newerThanUs(database: string): AppError {
  return new AppError('conflict', `a newer Vigia has migrated ${database}`, {
    remedy: 'Use that version, or restore the backup from before.',
  });
}

function describe(database: Config['database']): string {
  return database.kind === 'postgres' ? describeServer(database.url) : `the embedded database in ${database.dataDir}`;
}

function report(io: CliIo, database: string, applied: readonly string[], total: number): void {
  const style = createStyle(io, io.stdout);
  for (const name of applied) io.stdout.write(`${style('dim', 'applied')} ${name}\n`);
  const done = applied.length === 0 ? 'nothing to do' : `${applied.length} of ${total} migrations applied`;
  io.stdout.write(`${style('green', 'ok')} ${done}: ${database} is up to date\n`);
}
