import { sql } from 'drizzle-orm';
import { insertRows, upsertRows } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
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

/**
 * Removes windows whose latest firing lies so far back that no limit can count it, `graceMs` of late events included.
 * Rows that are locked are somebody's who is counting just now: they are left for the next time.
 * @param rules how long the limit of each rule in force looks back; of others, `otherwiseMs` is taken
 * @returns how many were removed
 */
export async function pruneLimits(
  db: Db,
  orgId: string,
  rules: readonly { ruleId: string; withinMs: number }[],
  { now, graceMs, otherwiseMs }: { now: number; graceMs: number; otherwiseMs: number },
): Promise<number> {
  const list = JSON.stringify(rules.map(({ ruleId, withinMs }) => ({ rule_id: ruleId, within_ms: withinMs })));
  const result = await db.execute(sql`
    with past as (
      select l.org_id, l.rule_id, l.scope from limit_windows l
      left join jsonb_to_recordset(${list}::text::jsonb) as r(rule_id text, within_ms float8) on r.rule_id = l.rule_id
      where l.org_id = ${orgId}
        and coalesce((l.fired_at->>-1)::float8, 0) < ${now - graceMs}::float8 - coalesce(r.within_ms, ${otherwiseMs}::float8)
      for update of l skip locked
    )
    delete from limit_windows l using past p
    where l.org_id = p.org_id and l.rule_id = p.rule_id and l.scope = p.scope returning 1`);
  return rowsOf(result).length;
}
