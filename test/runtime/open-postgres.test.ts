import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMigrationStatus } from '../../src/runtime/migration-status.ts';
import type { OpenDatabase } from '../../src/runtime/open-database.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { type Database, type Db, rowsOf } from '../../src/store/database.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';
import { runSql } from '../support/run-sql.ts';

/** Statements under way for each connection: far more than there are. */
const LOAD = 100;
const MIGRATOR = fileURLToPath(new URL('../support/migrate-database.ts', import.meta.url));

describe.each(postgresOnly)('PostgreSQL', () => {
  let server: { url: string; drop(): Promise<void> };
  let closers: (() => Promise<unknown>)[];

  beforeEach(async () => {
    server = await createPostgresDatabase();
    closers = [];
    await runSql(server.url, 'create table written (id int primary key)');
  });
  afterEach(async () => {
    for (const close of closers) await close();
    await server.drop();
  });

  async function open(): Promise<OpenDatabase> {
    const database = await openPostgres(server.url);
    closers.push(() => database.close());
    return database;
  }

  /** The ids that another client sees: what is committed. */
  async function committed(): Promise<Set<number>> {
    return new Set((await runSql(server.url, 'select id from written')).map(({ id }) => Number(id)));
  }

  /**
   * Sends many statements and, among them, transactions; afterwards writes row by row.
   * @returns what failed, and ids that were acknowledged and are not there
   */
  async function writeUnderLoad({ db, transaction }: Pick<Database, 'db' | 'transaction'>, connections: number) {
    const acknowledged: number[] = [];
    const write = async (on: Db, id: number) => {
      await on.execute(sql`insert into written (id) values (${id})`);
      acknowledged.push(id);
    };
    const wait = async (seconds: number) => db.execute(sql`select pg_sleep(${sql.raw(String(seconds))})`);
    // All connections are made before the load comes, so that it spreads evenly.
    await Promise.all(Array.from({ length: connections }, () => wait(0.05)));
    const load = Array.from({ length: connections * LOAD }, () => wait(0.002));
    await new Promise((resolve) => setImmediate(resolve));
    const transactions = Array.from({ length: connections }, (_, id) => transaction((tx) => write(tx, id)));
    const settled = await Promise.allSettled([...load, ...transactions]);
    for (let id = 1_000; id < 1_020; id += 1) await write(db, id);
    const seen = await committed();
    return {
      failed: settled.filter(({ status }) => status === 'rejected').length,
      lost: acknowledged.filter((id) => !seen.has(id)),
      acknowledged: acknowledged.length,
    };
  }

  test('what is acknowledged under a load of transactions and statements is there', async () => {
    const database = await open();
    for (const connections of [2, 4, 6]) {
      const result = await writeUnderLoad(database, connections);
      expect(result).toEqual({ failed: 0, lost: [], acknowledged: connections + 20 });
      await database.db.execute(sql`truncate written`);
    }
  });

  test('runs at most four transactions at once, and all that wait get their turn', async () => {
    const { transaction } = await open();
    let running = 0;
    let most = 0;
    const done = await Promise.all(
      Array.from({ length: 40 }, (_, id) =>
        transaction(async (tx) => {
          running += 1;
          most = Math.max(most, running);
          // Long enough for others to start beside it.
          await tx.execute(sql`insert into written (id) select ${id} from pg_sleep(0.05)`);
          running -= 1;
          return id;
        }),
      ),
    );
    expect(done).toHaveLength(40);
    expect(most).toBe(4);
    expect((await committed()).size).toBe(40);
  });

  test('a transaction that fails frees its place and leaves nothing', async () => {
    const { transaction } = await open();
    const tries = Array.from({ length: 12 }, (_, id) =>
      transaction(async (tx) => {
        await tx.execute(sql`insert into written (id) values (${id})`);
        throw new Error('no');
      }),
    );
    for (const { status } of await Promise.allSettled(tries)) expect(status).toBe('rejected');
    expect(await committed()).toEqual(new Set());
    expect(await transaction(async () => 'next')).toBe('next');
  });

  test('a transaction in which a failed statement was passed over is not taken for committed', async () => {
    const { transaction } = await open();
    const swallowing = transaction(async (tx) => {
      await tx.execute(sql`insert into written (id) values (1)`);
      await tx.execute(sql`select 1 / 0`).catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('rolled back');
    expect(await committed()).toEqual(new Set());
  });

  test('work that goes on although its transaction has failed writes nothing into the next one', async () => {
    const { transaction } = await open();
    let late: Promise<unknown> = Promise.resolve();
    const failing = transaction(async (tx) => {
      late = new Promise((resolve) => setTimeout(resolve, 100)).then(() =>
        tx.execute(sql`insert into written (id) values (7)`),
      );
      late.catch(() => undefined);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await Promise.all(Array.from({ length: 4 }, () => transaction((tx) => tx.execute(sql`select pg_sleep(0.3)`))));
    await expect(late).rejects.toThrow();
    expect(await committed()).toEqual(new Set());
  });

  test('is migrated once by processes that start together', async () => {
    await Promise.all(Array.from({ length: 3 }, migrateInAnotherProcess));
    const { db } = await open();
    expect(await readMigrationStatus(db)).toMatchObject({ pending: [], ahead: false });
    const rows = rowsOf<{ count: number }>(
      await db.execute(sql`select count(*)::int as count from drizzle.__drizzle_migrations`),
    );
    expect(rows[0]?.count).toBe((await readMigrationStatus(db)).applied.length);
  });

  async function migrateInAnotherProcess(): Promise<void> {
    const child = spawn(process.execPath, [MIGRATOR, server.url], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`migrating ended with ${code}: ${said}`);
  }
});
