import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../src/runtime/open-database.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { createStatementNames } from '../../src/runtime/prepare-statements.ts';
import { rowsOf } from '../../src/store/database.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';

describe('names of statements', () => {
  test('one name for one text, and none for plain texts or beyond the limit', () => {
    const named = createStatementNames(2);
    const [first, again] = [named({ text: 'select $1', values: [1] }), named({ text: 'select $1', values: [2] })];
    expect(first).toEqual({ text: 'select $1', values: [1], name: 'vigia_1' });
    expect(again).toEqual({ text: 'select $1', values: [2], name: 'vigia_1' });
    expect(named({ text: 'select $1, $2' })).toMatchObject({ name: 'vigia_2' });
    expect(named({ text: 'select $1, $2, $3' })).not.toHaveProperty('name');
    expect(named('begin')).toBe('begin');
  });
});

describe.each(postgresOnly)('prepared statements', () => {
  let server: { url: string; drop(): Promise<void> };
  let database: OpenDatabase;

  beforeAll(async () => {
    server = await createPostgresDatabase();
    database = await openPostgres(server.url);
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  test('a connection prepares a text once, in transactions too, and answers by its parameters', async () => {
    await database.transaction(async (tx) => {
      const asked: unknown[] = [];
      for (const number of [1, 2, 3]) {
        asked.push(...rowsOf(await tx.execute(sql`select ${number}::int as number`)));
      }
      expect(asked).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
      const known = await tx.execute(sql`select statement from pg_prepared_statements where name like ${'vigia_%'}`);
      const texts = rowsOf<{ statement: string }>(known).map(({ statement }) => statement);
      expect(texts.filter((text) => text.startsWith('select $1::int as number'))).toHaveLength(1);
    });
  });

  test('survive a change of the table that they read', async () => {
    const read = () =>
      database.transaction(async (tx) => rowsOf(await tx.execute(sql`select kept.id from kept where id > ${0}`)));
    await database.db.execute(sql`create table kept (id int)`);
    await database.db.execute(sql`insert into kept values (1)`);
    expect(await read()).toEqual([{ id: 1 }]);
    await database.db.execute(sql`alter table kept add column name text`);
    expect(await read()).toEqual([{ id: 1 }]);
  });
});
