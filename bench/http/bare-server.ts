import { createAdaptorServer } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { openDatabase } from '../../src/runtime/open-database.ts';

/**
 * What the service is measured against: a Hono handler that inserts one row per request and answers 200. No check of the
 * sender, no duplicates, no rules. Run as a process; prints its port. DATABASE_URL or DATA_DIR, as the service.
 */
const { DATABASE_URL: url, DATA_DIR: dataDir } = process.env;
const database = await openDatabase(
  url === undefined ? { kind: 'pglite', dataDir: dataDir ?? './data' } : { kind: 'postgres', url },
);
await database.db.execute(sql`create table if not exists bare (
  id bigint generated always as identity primary key, received_at timestamptz not null, body jsonb not null)`);

const app = new Hono();
app.get('/readyz', (c) => c.text('ready'));
app.post('/webhooks/zoho-desk', async (c) => {
  const body = JSON.stringify(await c.req.json());
  const at = new Date().toISOString();
  await database.db.execute(
    sql`insert into bare (received_at, body) values (${at}::timestamptz, ${body}::text::jsonb)`,
  );
  return c.json({ stored: 1 });
});

const server = createAdaptorServer({ fetch: app.fetch });
server.listen(Number(process.env['PORT']), '127.0.0.1');
