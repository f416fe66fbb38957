import { type SQL, sql } from 'drizzle-orm';

/**
 * Rows made of a list, one parameter whatever its length: `(select * from jsonb_to_recordset($1) as k(…) limit $2) k`. The limit
 * tells the planner how many there are: it takes a list for a hundred, and compiles a statement at the expected cost of a
 * hundred for half a second, though it runs for a millisecond.
 */
export function rowsOfKeys(rows: readonly object[], columns: SQL): SQL {
  const list = JSON.stringify(rows);
  return sql`(select * from jsonb_to_recordset(${list}::text::jsonb) as l(${columns}) limit ${rows.length}::int) k`;
}
