import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import type { Db } from '../../src/store/database.ts';
import { isAwayFault, isDataFault, isPassingFault, isResourceFault } from '../../src/store/database-fault.ts';
import { postgresOnly, type TestDatabase } from '../support/databases.ts';
import { runSql } from '../support/run-sql.ts';

/** Errors as the drivers really give them: those of a server are provoked there, on connections of the test's own. */
describe.each(postgresOnly)('what went wrong with $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
    await database.db.execute(sql`create table pair (id int primary key, value int)`);
    await database.db.execute(sql`insert into pair values (1, 0), (2, 0)`);
  });
  afterAll(() => database.close());

  function judge(error: unknown) {
    const { cause = error } = error as { cause?: { code?: string } };
    return {
      code: (cause as { code?: string }).code,
      data: isDataFault(error),
      passing: isPassingFault(error),
      away: isAwayFault(error),
      full: isResourceFault(error),
    };
  }

  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => Promise.reject(new Error('it went through')),
      (error: unknown) => error,
    );
  const inTransaction = (...statements: string[]) =>
    database.transaction(async (tx) => {
      for (const statement of statements) await tx.execute(sql.raw(statement));
    });
  const passes = { data: false, passing: true, away: false, full: false };

  test('a row that is not taken is the fault of what was to be written', async () => {
    const twice = await failure(database.db.execute(sql`insert into pair values (1, 0)`));
    expect(judge(twice)).toEqual({ code: '23505', data: true, passing: false, away: false, full: false });
    const mistaken = await failure(database.db.execute(sql`select * from nothing_there`));
    expect(judge(mistaken)).toEqual({ code: '42P01', data: false, passing: false, away: false, full: false });
  });

  test('a deadlock passes, and says nothing of others', async () => {
    const met = createMeeting(2);
    const write = async (tx: Db, id: number) => tx.execute(sql`update pair set value = value + 1 where id = ${id}`);
    const cross = (first: number, second: number) =>
      database.transaction(async (tx) => {
        await write(tx, first);
        await met();
        await write(tx, second);
      });
    const ended = await Promise.allSettled([cross(1, 2), cross(2, 1)]);
    const failed = ended.filter((one) => one.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(judge(failed[0]?.reason)).toEqual({ code: '40P01', ...passes });
  });

  test('a conflict of serializable transactions passes', async () => {
    const met = createMeeting(2);
    const count = () =>
      database.transaction(async (tx) => {
        await tx.execute(sql`set transaction isolation level serializable`);
        await tx.execute(sql`select sum(value) from pair`);
        await met();
        await tx.execute(sql`insert into pair select max(id) + 1, 0 from pair`);
      });
    const failed = (await Promise.allSettled([count(), count()])).filter((one) => one.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    expect(judge(failed[0]?.reason)).toMatchObject({ passing: true, away: false });
  });

  test('a statement that took too long passes', async () => {
    const slow = await failure(inTransaction('set local statement_timeout = 50', 'select pg_sleep(1)'));
    expect(judge(slow)).toEqual({ code: '57014', ...passes });
  });

  test('a server that takes no writes is away', async () => {
    const refused = await failure(inTransaction('set transaction read only', 'insert into pair values (9, 0)'));
    expect(judge(refused)).toEqual({ code: '25006', data: false, passing: true, away: true, full: true });
  });

  test('a connection that the server ends is away, in a transaction and outside, and the next one works', async () => {
    const own = await openPostgres(database.url ?? '');
    const pid = async (db: Db) => Number(rows(await db.execute(sql`select pg_backend_pid() as pid`))[0]?.['pid']);
    const end = (id: number) => database.db.execute(sql`select pg_terminate_backend(${id})`);
    for (let times = 0; times < 5; times += 1) {
      const ended = await failure(
        own.transaction(async (tx) => {
          await end(await pid(tx));
          await tx.execute(sql`select pg_sleep(1)`);
        }),
      );
      expect(judge(ended)).toMatchObject({ passing: true, away: true, data: false });
    }
    // One that lies idle may be taken once more before its end is noticed.
    await end(await pid(own.db));
    const next = await Promise.allSettled(Array.from({ length: 20 }, () => own.transaction(pid)));
    const failed = next.filter((one) => one.status === 'rejected');
    expect(failed.length).toBeLessThanOrEqual(1);
    for (const { reason } of failed) expect(judge(reason)).toMatchObject({ passing: true, away: true });
    await expect(Promise.all(Array.from({ length: 20 }, () => own.transaction(pid)))).resolves.toHaveLength(20);
    await own.close();
  });

  test('a server without a free connection refuses who has none, until it has one', async () => {
    const url = new URL(database.url ?? '');
    const role = `few_${url.pathname.slice(1)}`;
    const admin = (statement: string) => runSql(database.url ?? '', statement);
    await admin(`create role ${role} login connection limit 0`);
    url.username = role;
    const refusedUser = await openPostgres(url.toString());
    const refused = await failure(refusedUser.db.execute(sql`select 1`));
    expect(judge(refused)).toEqual({ code: '53300', data: false, passing: true, away: false, full: false });
    await admin(`alter role ${role} connection limit 5`);
    await refusedUser.db.execute(sql`select 1`);
    await refusedUser.close();
    await admin(`drop role ${role}`);
  });
});

function rows(result: unknown): Record<string, unknown>[] {
  return (result as { rows: Record<string, unknown>[] }).rows;
}

/** Lets `count` callers go on once all have come. */
function createMeeting(count: number): () => Promise<void> {
  let missing = count;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return all;
  };
}
