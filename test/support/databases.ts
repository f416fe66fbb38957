import type { OpenDatabase } from '../../src/runtime/open-database.ts';
import { openPglite } from '../../src/runtime/open-pglite.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { createPgBossQueue, type PgBossQueue } from '../../src/runtime/pg-boss-queue.ts';
import { runSql } from './run-sql.ts';

/**
 * Both databases, for suites that run on each: `describe.each(databases)`. PostgreSQL is the server of TEST_DATABASE_URL
 * (default: the local one); each suite makes a database of its own there and drops it. Where no server answers, its
 * suites are left out, except in CI, where they must run.
 */
export interface TestDatabase extends OpenDatabase {
  queue: PgBossQueue;
  /** A second connection of its own to the same database, as another process has; PostgreSQL only. */
  another(): Promise<OpenDatabase & { queue: PgBossQueue }>;
  url: string | undefined;
}

export interface TestDatabaseKind {
  kind: 'pglite' | 'postgres';
  open(): Promise<TestDatabase>;
}

const SERVER = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

async function serverAnswers(): Promise<boolean> {
  return runSql(SERVER, 'select 1').then(
    () => true,
    () => false,
  );
}

async function openTestPglite(): Promise<TestDatabase> {
  const database = await openPglite();
  await database.migrate();
  const queue = createPgBossQueue({ connection: { pglite: database.pglite } });
  await queue.start();
  return {
    ...database,
    queue,
    url: undefined,
    another: () => Promise.reject(new Error('PGlite has one process')),
    async close() {
      await queue.stop();
      await database.close();
    },
  };
}

let databaseNumber = 0;

/** A new, empty database on the server; `drop` removes it. */
export async function createPostgresDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  databaseNumber += 1;
  const name = `vigia_test_${process.pid}_${Date.now()}_${databaseNumber}`;
  await runSql(SERVER, `create database ${name}`);
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    async drop() {
      await runSql(SERVER, `drop database if exists ${name} with (force)`);
    },
  };
}

async function openProcess(url: string): Promise<OpenDatabase & { queue: PgBossQueue }> {
  const database = await openPostgres(url);
  const queue = createPgBossQueue({ connection: database.queueConnection });
  await queue.start();
  return {
    ...database,
    queue,
    async close() {
      await queue.stop();
      await database.close();
    },
  };
}

async function openTestPostgres(): Promise<TestDatabase> {
  const { url, drop } = await createPostgresDatabase();
  const first = await openPostgres(url);
  await first.migrate();
  await first.close();
  const opened = [await openProcess(url)];
  const [main] = opened;
  if (main === undefined) throw new Error('no connection');
  return {
    ...main,
    url,
    async another() {
      const other = await openProcess(url);
      opened.push(other);
      return other;
    },
    async close() {
      for (const database of opened) await database.close().catch(() => undefined);
      await drop();
    },
  };
}

const withPostgres = process.env['CI'] !== undefined || (await serverAnswers());

export const postgresKind: TestDatabaseKind = { kind: 'postgres', open: openTestPostgres };
export const pgliteKind: TestDatabaseKind = { kind: 'pglite', open: openTestPglite };

export const databases: TestDatabaseKind[] = withPostgres ? [pgliteKind, postgresKind] : [pgliteKind];
export const postgresOnly: TestDatabaseKind[] = withPostgres ? [postgresKind] : [];
