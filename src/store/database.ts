import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/**
 * The whole seam to the database: drizzle over PGlite, over node-postgres, or a transaction of either. Functions of the
 * store take it first; there is no repository layer. It is made without the schema, which drizzle's relational queries
 * need: preparing them costs more than many a transaction.
 */
export type Db = PgDatabase<PgQueryResultHKT>;

/** What a raw `execute` gave, on either database; `T` states what the text selects. */
export function rowsOf<T>(result: unknown): T[] {
  return (result as { rows: T[] }).rows;
}

/**
 * A database as the composition root opened it. On PGlite there is one connection, so that a statement of `db` waits
 * for the transaction under way.
 */
export interface Database {
  /** For single statements only: never call `.transaction()` on it. */
  db: Db;
  /** Runs `work` in a transaction; at most as many at once as there are connections for them, the others wait. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>;
  kind: 'pglite' | 'postgres';
}

/** Whether the database can be used now. */
export type DatabaseState =
  | { ok: true }
  /** `reason` and `remedy` are safe to show; `since` is epoch ms of the real clock. */
  | { ok: false; reason: string; remedy: string; since: number };

/** What is known of the database, without asking it: while it is away, nobody has to wait to find out. */
export interface DatabaseHealth {
  state(): DatabaseState;
  /** To be told what a statement failed with. */
  suspect(error: unknown): void;
}
