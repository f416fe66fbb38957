import { drizzle } from 'drizzle-orm/node-postgres';
import { type Client, DatabaseError, type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import type { Db } from '../store/database.ts';

/** How statements and transactions run on node-postgres, whatever its connections are. */
export type Statement = string | QueryConfig;
export type RunStatement = (statement: Statement, params?: unknown[]) => Promise<QueryResult>;

/** Guarantee: of a client, drizzle calls `query` only, unless its own `transaction` is called, which `Database` forbids. */
export function toDb(query: RunStatement): Db {
  return drizzle({ client: { query } as unknown as Client });
}

/** Runs `work` between BEGIN and COMMIT on a connection out of a pool, and gives it back. */
export async function runTransaction<T>(client: PoolClient, work: (query: RunStatement) => Promise<T>): Promise<T> {
  const { query, finish } = oneAfterTheOther(client);
  let lost: Error | undefined;
  try {
    await query('begin');
    const result = await work(query);
    const { command } = await query('commit');
    // A transaction in which a statement failed is answered so, although somebody has swallowed the error.
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back: one of its statements had failed');
    return result;
  } catch (error) {
    await query('rollback').catch((fault: Error) => {
      lost = fault;
    });
    throw error;
  } finally {
    finish();
    client.release(lost);
  }
}

/**
 * Statements on one connection, each sent when the one before it is answered. After the end there is none: work that
 * still runs although its transaction has failed would write into the next one's.
 */
function oneAfterTheOther(client: PoolClient): { query: RunStatement; finish: () => void } {
  let last: Promise<unknown> = Promise.resolve();
  let finished = false;
  return {
    query(statement, params) {
      const answer = last.then(() => {
        if (finished) throw new Error('the transaction is over');
        return client.query(statement, params).catch(throwFault);
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    finish() {
      finished = true;
    },
  };
}

/** Throws what `toConnectionFault` makes of it. */
export function throwFault(error: unknown): never {
  throw toConnectionFault(error);
}

/** node-postgres tells of lost connections in words only. A mistake in the call itself stays as it is. */
export function toConnectionFault(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseError) return error;
  if (error instanceof TypeError || error instanceof RangeError || 'code' in error) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: 'CONNECTION_LOST' });
}
