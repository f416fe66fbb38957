import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../domain/json.ts';
import { insertRows } from './bulk.ts';
import type { Db } from './database.ts';
import { datasetRows } from './schema.ts';

/** The effects of actions whose destination is our own database: written in the transaction that settles the action. */
export interface TileChange {
  orgId: string;
  tile: string;
  by: string;
  kind: 'set' | 'add';
  value: number | string;
}

/**
 * Applies changes to tiles, in their order. Several of one tile and key are folded into one before the statement:
 * PostgreSQL refuses to touch a row twice in one. Rows are locked in the order of their keys.
 */
export async function applyTileChanges(tx: Db, changes: readonly TileChange[], now: number): Promise<void> {
  if (changes.length === 0) return;
  const folded = new Map<string, TileChange>();
  for (const change of changes) {
    const key = JSON.stringify([change.orgId, change.tile, change.by]);
    folded.set(key, foldChange(folded.get(key), change));
  }
  const rows = [...folded].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
  // All rows are locked in one order first: the two statements below would lock in two, and workers wait in a circle.
  const keys = JSON.stringify(rows.map(({ orgId, tile, by }) => ({ o: orgId, t: tile, b: by })));
  await tx.execute(sql`
    select 1 from tiles where (org_id, tile, by) in
      (select o, t, b from jsonb_to_recordset(${keys}::text::jsonb) as k(o text, t text, b text))
    order by org_id, tile, by for update`);
  const sum = sql.raw(`case when jsonb_typeof(t.value) = 'number' and jsonb_typeof(excluded.value) = 'number'
    then to_jsonb(t.value::numeric + excluded.value::numeric) else excluded.value end`);
  await writeTiles(
    tx,
    rows.filter(({ kind }) => kind === 'set'),
    sql.raw('excluded.value'),
    now,
  );
  await writeTiles(
    tx,
    rows.filter(({ kind }) => kind === 'add'),
    sum,
    now,
  );
}

async function writeTiles(tx: Db, rows: readonly TileChange[], value: SQL, now: number): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into tiles as t (org_id, tile, by, value, updated_at)
    select "orgId", tile, by, value, ${new Date(now).toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as c("orgId" text, tile text, by text, value jsonb)
    order by "orgId", tile, by
    on conflict (org_id, tile, by) do update set updated_at = excluded.updated_at, value = ${value}`);
}

function foldChange(earlier: TileChange | undefined, change: TileChange): TileChange {
  if (earlier === undefined || change.kind === 'set') return change;
  const { value: before } = earlier;
  const { value: added } = change;
  return { ...earlier, value: typeof before === 'number' && typeof added === 'number' ? before + added : added };
}

export interface NewDatasetRow {
  orgId: string;
  dataset: string;
  actionId: string;
  sessionId?: string;
  at: number;
  fields: JsonObject;
}

/** Records rows; one of an action that has recorded already is left alone. */
export async function insertDatasetRows(tx: Db, rows: readonly NewDatasetRow[]): Promise<void> {
  await insertRows(tx, datasetRows, rows, sql`on conflict do nothing`);
}
