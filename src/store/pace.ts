import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from './database.ts';

/**
 * Takes the next turn of a lane whose turns come at least `intervalMs` apart, across all processes (GCRA without a
 * burst), in one statement.
 * @returns milliseconds until a turn is free; 0 when it was taken now
 */
export async function takeTurn(db: Db, orgId: string, key: string, intervalMs: number, now: number): Promise<number> {
  const [at, next] = [new Date(now).toISOString(), new Date(now + intervalMs).toISOString()];
  const rows = await db.execute(sql`
    with taken as (
      insert into pace as p (org_id, key, next_at) values (${orgId}, ${key}, ${next}::timestamptz)
      on conflict (org_id, key) do update set next_at = excluded.next_at where p.next_at <= ${at}::timestamptz
      returning 1
    )
    select case when exists (select 1 from taken) then 0 else
      (select ceil(extract(epoch from next_at - ${at}::timestamptz) * 1000)::int from pace
       where org_id = ${orgId} and key = ${key}) end as wait`);
  return Math.max(0, rowsOf<{ wait: number | null }>(rows)[0]?.wait ?? 0);
}
