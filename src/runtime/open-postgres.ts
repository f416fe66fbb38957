import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { createSemaphore } from '../domain/semaphore.ts';
import { awayError } from '../store/database-fault.ts';
import { describeServer } from './database-fault.ts';
import { createDatabaseHealth } from './database-health.ts';
import { MIGRATIONS_DIR } from './migrations.ts';
import type { OpenDatabase } from './open-database.ts';
import { createPostgresConnections } from './postgres-connections.ts';
import { createPostgresProbe } from './postgres-probe.ts';
import { type RunStatement, toDb } from './run-transaction.ts';

/**
 * PostgreSQL through node-postgres. Not postgres.js: when a connection ends inside a transaction, it writes the ROLLBACK
 * to a socket that is gone, an error that nobody can catch, or sends it ahead of the next connection's handshake; where
 * connections are accepted and closed it connects again without end; and a BEGIN that fills its pipeline leaves later,
 * acknowledged writes uncommitted (porsager/postgres #823).
 *
 * Transactions take some of the connections at the most, so that whatever holds them up, single statements (what makes
 * events durable) find one.
 */
const MAX_TRANSACTIONS = 4;
const MAX_CONNECTIONS = 12;
const PROBE_EVERY_MS = 1_000;
/** Key of the advisory lock under which migrations run: any number, the same everywhere. */
const MIGRATION_LOCK = 7_230_146_001;

export async function openPostgres(url: string): Promise<OpenDatabase> {
  const connections = createPostgresConnections(url, MAX_CONNECTIONS);
  const turn = createSemaphore(MAX_TRANSACTIONS);
  let stopping = false;
  const health = createDatabaseHealth({
    name: describeServer(url),
    probe: createPostgresProbe(url),
    everyMs: PROBE_EVERY_MS,
    onAway() {
      if (stopping) connections.cut();
      else connections.markSilence();
    },
    onReturn: connections.renew,
  });

  /** Nothing waits for a database that is known to be away. */
  async function whileThere<T>(work: () => Promise<T>): Promise<T> {
    const state = health.state();
    if (!state.ok) throw awayError(state);
    try {
      return await work();
    } catch (error) {
      health.suspect(error);
      throw error;
    }
  }

  const query: RunStatement = (statement, params) => whileThere(() => connections.query(statement, params));
  return {
    kind: 'postgres',
    health,
    queueConnection: { query },
    db: toDb(query),
    transaction: (work) => turn(() => whileThere(() => connections.transaction((run) => work(toDb(run))))),
    migrate: () => migrateAlone(url),
    prepareStop() {
      stopping = true;
      if (!health.state().ok) connections.cut();
    },
    async close() {
      await health.stop();
      await connections.close();
    },
  };
}

/** Migrates under an advisory lock, so that processes that start together do not trip over each other. */
async function migrateAlone(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'vigia-migrate', keepAlive: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_DIR });
  } finally {
    await client.end();
  }
}
