import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.ts';

/**
 * The whole seam to the database: drizzle over PGlite, over postgres.js, or a transaction of either. Functions of the
 * store take it first; there is no repository layer.
 */
export type Db = PgDatabase<PgQueryResultHKT, typeof schema>;

/** What a raw `execute` gave: PGlite answers `{ rows }`, postgres.js a bare array. */
export function rowsOf<T>(result: unknown): T[] {
  if (Array.isArray(result)) return result as T[];
  return (result as { rows: T[] }).rows;
}

/**
 * A database as the composition root opened it. Transactions and single statements run on different clients: with
 * postgres.js, a BEGIN that fills a connection's pipeline leaves later, acknowledged writes uncommitted
 * (porsager/postgres #823, #1189). On PGlite both are the one connection.
 */
export interface Database {
  /** For single statements only: never call `.transaction()` on it. */
  db: Db;
  /** Runs `work` in a transaction; at most as many at once as there are connections for them, the others wait. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>;
  kind: 'pglite' | 'postgres';
}
