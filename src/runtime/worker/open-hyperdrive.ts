import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { Database, Db } from '../../store/database.ts';
import * as schema from '../../store/schema.ts';
import { createSemaphore } from '../semaphore.ts';

/**
 * PostgreSQL through Hyperdrive, for one invocation: a client that was made in one request cannot be used in another. As
 * on Node, one client runs transactions only and the other single statements only (see open-postgres.ts). A Worker may
 * hold six connections at once, and deliveries need some of them.
 *
 * Hyperdrive lends a server connection for a transaction or a statement, so nothing may depend on the session: no
 * settings, no LISTEN. Statements are unnamed (`prepare`): hardly any runs twice in an invocation, and Hyperdrive does
 * not cache unnamed ones, should its cache have been left on. We bind no arrays, so the types of the server need not
 * be fetched first.
 */
const TRANSACTION_CONNECTIONS = 1;
const STATEMENT_CONNECTIONS = 2;

export interface HyperdriveDatabase extends Database {
  /** Runs a text of several statements that is a transaction in itself. @returns the rows of all of them */
  runScript(text: string): Promise<Record<string, unknown>[]>;
  /** Only for where an invocation does not end with its work: in a Durable Object. */
  close(): Promise<void>;
}

/** Connects when it is first used. */
export function openHyperdrive(url: string): HyperdriveDatabase {
  const options = {
    prepare: false,
    fetch_types: false,
    onnotice: () => undefined,
    connect_timeout: 5,
    connection: { application_name: 'vigia' },
  } as const;
  const forTransactions = postgres(url, { ...options, max: TRANSACTION_CONNECTIONS });
  const forStatements = postgres(url, { ...options, max: STATEMENT_CONNECTIONS });
  const transactions = drizzle(forTransactions, { schema });
  const turn = createSemaphore(TRANSACTION_CONNECTIONS);
  return {
    kind: 'postgres',
    db: drizzle(forStatements, { schema }),
    transaction: (work) => turn(() => transactions.transaction((tx: Db) => work(tx))),
    runScript: (text) => turn(() => runScript(forTransactions, text)),
    async close() {
      await Promise.all([forTransactions.end({ timeout: 5 }), forStatements.end({ timeout: 5 })]);
    },
  };
}

/**
 * On the client of transactions, alone: with one connection it takes a BEGIN among other statements. (Reserving a
 * connection, the other way that postgres.js has, waits for ever where the connection is new and no types are fetched.)
 */
async function runScript(client: postgres.Sql, text: string): Promise<Record<string, unknown>[]> {
  try {
    // One list of rows per statement.
    const results: unknown = await client.unsafe(text);
    return (results as Record<string, unknown>[][]).flat();
  } catch (error) {
    await client.unsafe('rollback').catch(() => undefined);
    throw error;
  }
}
