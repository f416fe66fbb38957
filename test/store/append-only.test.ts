import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendAudit } from '../../src/store/audit.ts';
import { type Db, rowsOf } from '../../src/store/database.ts';
import { saveState } from '../../src/store/save-effects.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { START } from '../support/timeline.ts';

const TABLES = ['transitions', 'messages', 'audit'];
const CHANGES = [
  ['update', (table: SQL) => sql`update ${table} set org_id = 'other'`],
  ['delete', (table: SQL) => sql`delete from ${table}`],
  ['truncate', (table: SQL) => sql`truncate ${table}`],
] as const;

describe.each(databases)('the ledger and the audit on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
    const ids = { orgId: 'o1', sessionId: 's1', eventKey: 'k', at: START };
    await saveState(
      database.db,
      {
        sessions: [],
        episodes: [],
        decisions: [],
        waiting: [],
        transitions: [{ ...ids, to: 'OPEN', gap: false, late: false, assigneeChanged: false }],
        messages: [{ ...ids, direction: 'IN', length: 5 }],
      },
      START,
    );
    await appendAudit(database.db, { orgId: 'o1', at: START, actor: 'api', verb: 'alert.resolve', target: 'a' });
  });
  afterAll(() => database.close());

  const count = async (db: Db, table: string) => {
    const rows = await db.execute(sql`select count(*)::int as n from ${sql.raw(table)} where org_id = 'o1'`);
    return rowsOf<{ n: number }>(rows)[0]?.n;
  };

  /** Runs in a transaction, as the retention job does when `retention` is set, and takes it back. */
  async function attempt(table: string, change: (table: SQL) => SQL, retention: boolean): Promise<number | undefined> {
    class TakeBack extends Error {}
    let left: number | undefined;
    const done = database.transaction(async (tx) => {
      if (retention) await tx.execute(sql`set local vigia.retention = 'on'`);
      await tx.execute(change(sql.raw(table)));
      left = await count(tx, table);
      throw new TakeBack();
    });
    await done.catch((error: unknown) => {
      if (!(error instanceof TakeBack))
        throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    });
    return left;
  }

  const cases = TABLES.flatMap((table) => CHANGES.map(([verb, change]) => ({ table, verb, change })));

  test.each(cases)('$verb of $table is refused', async ({ table, change }) => {
    await expect(attempt(table, change, false)).rejects.toThrow(`${table} is append-only`);
    expect(await count(database.db, table)).toBe(1);
  });

  test.each(cases.filter(({ verb }) => verb !== 'delete'))(
    '$verb of $table is refused to the retention job too',
    async ({ table, change }) => {
      await expect(attempt(table, change, true)).rejects.toThrow(`${table} is append-only`);
    },
  );

  test.each(cases.filter(({ verb }) => verb === 'delete'))(
    'the retention job may delete from $table, and its leave ends with its transaction',
    async ({ table, change }) => {
      expect(await attempt(table, change, true)).toBe(0);
      await expect(attempt(table, change, false)).rejects.toThrow('append-only');
    },
  );
});
