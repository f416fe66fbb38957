import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import type { Db } from '../store/database.ts';
import * as schema from '../store/schema.ts';
import { MIGRATIONS_DIR } from './migrations.ts';
import type { OpenDatabase } from './open-database.ts';
import { createSemaphore } from './semaphore.ts';

/**
 * PostgreSQL, with two clients. When a BEGIN fills a connection's pipeline, postgres.js leaves that connection idle in
 * transaction and acknowledges later writes on it that are never committed (porsager/postgres #823, #1189, #1204).
 * So one client runs transactions only, never more at once than it has connections, and the other single statements
 * only: no BEGIN ever meets a full pipeline. test/runtime/open-postgres.test.ts shows the fault with one client.
 */
const TRANSACTION_CONNECTIONS = 4;
const STATEMENT_CONNECTIONS = 6;
/** Key of the advisory lock under which migrations run: any number, the same everywhere. */
const MIGRATION_LOCK = 7_230_146_001;

export async function openPostgres(url: string): Promise<OpenDatabase> {
  const options = {
    onnotice: () => undefined,
    connect_timeout: 10,
    connection: { application_name: 'vigia', statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 },
  } as const;
  const forTransactions = postgres(url, { ...options, max: TRANSACTION_CONNECTIONS });
  const forStatements = postgres(url, { ...options, max: STATEMENT_CONNECTIONS });
  const transactions = drizzle(forTransactions, { schema });
  const turn = createSemaphore(TRANSACTION_CONNECTIONS);
  return {
    kind: 'postgres',
    queueConnection: { url },
    db: drizzle(forStatements, { schema }),
    transaction: (work) => turn(() => transactions.transaction((tx: Db) => work(tx))),
    migrate: () => migrateAlone(url),
    async close() {
      await Promise.all([forTransactions.end({ timeout: 5 }), forStatements.end({ timeout: 5 })]);
    },
  };
}

/** Migrates under an advisory lock, so that processes that start together do not trip over each other. */
async function migrateAlone(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS_DIR });
  } finally {
    await client.end({ timeout: 5 });
  }
}
