import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { type Db, rowsOf } from './database.ts';

/**
 * Many rows in one statement with one parameter: `insert … select … from jsonb_to_recordset($1)`. Drizzle's own
 * multi-row insert builds a placeholder for each value, which for a batch of 200 events costs more than the statement.
 * Rows are objects by the table's property names; instants are epoch ms and travel as ISO text.
 */
interface BulkPlan {
  columns: { property: string; name: string; type: string; isInstant: boolean }[];
  names: SQL;
  record: SQL;
}

const plans = new WeakMap<PgTable, BulkPlan>();

function planOf(table: PgTable): BulkPlan {
  const known = plans.get(table);
  if (known !== undefined) return known;
  const columns = Object.entries(getTableColumns(table) as Record<string, PgColumn>)
    .filter(([, column]) => column.generatedIdentity === undefined)
    .map(([property, column]) => ({
      property,
      name: `"${column.name}"`,
      type: column.getSQLType(),
      isInstant: column.getSQLType().startsWith('timestamp'),
    }));
  const plan: BulkPlan = {
    columns,
    names: sql.raw(columns.map((column) => column.name).join(', ')),
    record: sql.raw(columns.map((column) => `${column.name} ${column.type}`).join(', ')),
  };
  plans.set(table, plan);
  return plan;
}

/** The rows as the JSON text that `jsonb_to_recordset` reads; absent properties become null. */
function toRecordset(plan: BulkPlan, rows: readonly object[]): string {
  const records = rows.map((row) => {
    const record: Record<string, unknown> = {};
    for (const column of plan.columns) {
      const value = (row as Record<string, unknown>)[column.property];
      if (value === undefined || value === null) continue;
      record[column.name.slice(1, -1)] = column.isInstant ? new Date(value as number).toISOString() : value;
    }
    return record;
  });
  return JSON.stringify(records);
}

/** `jsonb_to_recordset($1) as r(…)` for a table's columns. */
export function recordset(table: PgTable, rows: readonly object[], alias = 'r'): SQL {
  const plan = planOf(table);
  return sql`jsonb_to_recordset(${toRecordset(plan, rows)}::text::jsonb) as ${sql.raw(alias)}(${plan.record})`;
}

/** Table name and insertable column names as SQL. */
export function target(table: PgTable): { name: SQL; columns: SQL } {
  return { name: sql.raw(`"${getTableName(table)}"`), columns: planOf(table).names };
}

/**
 * The statement that inserts all rows. Columns with a default must be given. `onConflict` is the text after the select,
 * such as sql`on conflict do nothing`.
 */
export function insertion<T extends PgTable>(
  table: T,
  rows: readonly T['$inferInsert'][],
  onConflict: SQL = sql``,
): SQL {
  const { name, columns } = target(table);
  return sql`insert into ${name} (${columns}) select ${columns} from ${recordset(table, rows)} ${onConflict}`;
}

/** Inserts all rows in one statement, see `insertion`. An empty list does nothing. */
export async function insertRows<T extends PgTable>(
  db: Db,
  table: T,
  rows: readonly T['$inferInsert'][],
  onConflict?: SQL,
): Promise<void> {
  if (rows.length > 0) await db.execute(insertion(table, rows, onConflict));
}

/**
 * The statement that writes whole rows: inserts those whose primary key is new, replaces the others. The rows must have
 * distinct keys (PostgreSQL refuses to touch a row twice in one statement).
 */
export function replacement<T extends PgTable>(
  table: T,
  keyColumns: readonly string[],
  rows: readonly T['$inferInsert'][],
): SQL {
  const keys = new Set(keyColumns);
  const updates = planOf(table)
    .columns.filter((column) => !keys.has(column.name.slice(1, -1)))
    .map((column) => `${column.name} = excluded.${column.name}`);
  const conflict = `on conflict (${keyColumns.join(', ')}) do update set ${updates.join(', ')}`;
  return insertion(table, rows, sql.raw(conflict));
}

/** Writes whole rows in one statement, see `replacement`. An empty list does nothing. */
export async function upsertRows<T extends PgTable>(
  db: Db,
  table: T,
  keyColumns: readonly string[],
  rows: readonly T['$inferInsert'][],
): Promise<void> {
  if (rows.length > 0) await db.execute(replacement(table, keyColumns, rows));
}

/** Runs several writing statements, each of a table of its own, as one: a round trip instead of one for each. */
export async function executeTogether(db: Db, statements: readonly SQL[]): Promise<void> {
  const parts = statements.map((statement, index) => sql`${sql.raw(`part_${index}`)} as (${statement})`);
  await db.execute(sql`with ${sql.join(parts, sql`, `)} select 1`);
}

/** Rows of a raw query whose text names its columns; `T` states what the text selects. */
export async function selectRaw<T>(db: Db, query: SQL): Promise<T[]> {
  return rowsOf<T>(await db.execute(query));
}
