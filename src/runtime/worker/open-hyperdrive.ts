import { Pool } from 'pg';
import { createSemaphore } from '../../domain/semaphore.ts';
import type { Database } from '../../store/database.ts';
import { type RunStatement, runTransaction, throwFault, toDb } from '../run-transaction.ts';

/**
 * PostgreSQL through Hyperdrive, for one invocation: a connection that was made in one request cannot be used in another.
 * A Worker may hold six at once, and deliveries need some of them. Hyperdrive lends a connection of its own for a
 * statement or a transaction, so nothing may depend on the session: no settings, no LISTEN, no lock that outlives a
 * transaction. What limits statements and transactions in time is Hyperdrive.
 */
const MAX_CONNECTIONS = 3;
/** So that single statements (what makes events durable) find a connection. */
const MAX_TRANSACTIONS = 2;
const CONNECT_MS = 5_000;

export interface HyperdriveDatabase extends Database {
  query: RunStatement;
  /** Only for where an invocation does not end with its work: in a Durable Object. */
  close(): Promise<void>;
}

/** Connects when it is first used. */
export function openHyperdrive(url: string): HyperdriveDatabase {
  const pool = new Pool({
    connectionString: url,
    application_name: 'vigia',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 0,
  });
  // Whoever used a connection that was lost is told by the failing statement.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const turn = createSemaphore(MAX_TRANSACTIONS);
  const query: RunStatement = (statement, params) => pool.query(statement, params).catch(throwFault);
  return {
    kind: 'postgres',
    query,
    db: toDb(query),
    transaction: (work) =>
      turn(async () => runTransaction(await pool.connect().catch(throwFault), (run) => work(toDb(run)))),
    close: () => pool.end(),
  };
}
