import { sql } from 'drizzle-orm';
import { insertRows, upsertRows } from './bulk.ts';
import type { Db } from './database.ts';
import { limitWindows } from './schema.ts';

export interface LimitWindow {
  orgId: string;
  ruleId: string;
  scope: string;
  /** Epoch ms, oldest first. */
  firedAt: number[];
}

/**
 * Reads limit windows and locks them until the end of the transaction, so that two workers cannot both take the last
 * free place. Rows that are not there yet are made first, since only a row can be locked.
 */
export async function lockLimits(tx: Db, keys: readonly Omit<LimitWindow, 'firedAt'>[]): Promise<LimitWindow[]> {
  if (keys.length === 0) return [];
  const distinct = [...new Map(keys.map((key) => [JSON.stringify([key.orgId, key.ruleId, key.scope]), key])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, key]) => key);
  const rows = distinct.map((key) => ({ ...key, firedAt: [] }));
  await insertRows(tx, limitWindows, rows, sql`order by org_id, rule_id, scope on conflict do nothing`);
  const list = JSON.stringify(distinct.map(({ orgId, ruleId, scope }) => ({ o: orgId, r: ruleId, s: scope })));
  return tx
    .select()
    .from(limitWindows)
    .where(
      sql`(${limitWindows.orgId}, ${limitWindows.ruleId}, ${limitWindows.scope}) in
        (select o, r, s from jsonb_to_recordset(${list}::text::jsonb) as k(o text, r text, s text))`,
    )
    .orderBy(limitWindows.orgId, limitWindows.ruleId, limitWindows.scope)
    .for('update');
}

export async function saveLimits(tx: Db, windows: readonly LimitWindow[]): Promise<void> {
  await upsertRows(tx, limitWindows, ['org_id', 'rule_id', 'scope'], windows);
}
