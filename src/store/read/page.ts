import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/** One page of a list, and where the next one starts; no `next` after the last. */
export interface Page<Row, Position> {
  rows: Row[];
  next: Position | undefined;
}

/** A place in a list that is ordered by a time and, among equals, by an id. */
export interface TimePosition {
  /** Epoch ms. */
  at: number;
  id: string;
}

/**
 * The rows behind a place. The pair is compared as a whole, which an index on (…, time, id) serves from that place on;
 * an offset would read all rows before it, and show rows twice when new ones come in between.
 */
export function behind(
  time: PgColumn,
  id: PgColumn,
  place: { at: number; id: string | number } | undefined,
  order: 'asc' | 'desc',
): SQL | undefined {
  if (place === undefined) return undefined;
  const pair = sql`(${sql.param(place.at, time)}, ${sql.param(place.id, id)})`;
  return order === 'asc' ? sql`(${time}, ${id}) > ${pair}` : sql`(${time}, ${id}) < ${pair}`;
}

/** A page of `limit` rows from a query that asked for one more, to know whether there is a next. */
export function toPage<Row, Position>(rows: Row[], limit: number, place: (row: Row) => Position): Page<Row, Position> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? place(last) : undefined };
}
