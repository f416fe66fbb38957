import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from './database.ts';

/** How far the clocks of two processes may differ. */
const SKEW_MS = 30_000;

/**
 * Takes the next free turn of a lane whose turns come at least `intervalMs` apart, across all processes (GCRA without a
 * burst), in one statement. A turn at most `patienceMs` ahead is reserved, in the order of asking: with many who wait for one
 * channel, each gets its own moment instead of all coming back at the same one. Turns further ahead than anybody can have
 * reserved them are of a clock that has been set back since: they count no more.
 * @returns `taken`: milliseconds until the reserved turn; otherwise milliseconds after which to ask again
 */
export async function takeTurn(
  db: Db,
  lane: { orgId: string; key: string },
  { intervalMs, patienceMs, now }: { intervalMs: number; patienceMs: number; now: number },
): Promise<{ taken: boolean; waitMs: number }> {
  const { orgId, key } = lane;
  const [at, next] = [new Date(now).toISOString(), new Date(now + intervalMs).toISOString()];
  const latest = new Date(now + patienceMs).toISOString();
  const impossible = new Date(now + patienceMs + intervalMs + SKEW_MS).toISOString();
  const interval = sql`${intervalMs}::float8 * interval '1 ms'`;
  const rows = await db.execute(sql`
    with taken as (
      insert into pace as p (org_id, key, next_at) values (${orgId}, ${key}, ${next}::timestamptz)
      on conflict (org_id, key) do update set next_at = ${interval} + case
        when p.next_at > ${impossible}::timestamptz then ${at}::timestamptz
        else greatest(p.next_at, ${at}::timestamptz) end
      where p.next_at <= ${latest}::timestamptz or p.next_at > ${impossible}::timestamptz
      returning next_at - ${interval} as turn
    )
    select (select count(*) from taken)::int as taken,
      ceil(extract(epoch from coalesce((select turn from taken),
        (select next_at from pace where org_id = ${orgId} and key = ${key})) - ${at}::timestamptz) * 1000)::int as wait`);
  const [row] = rowsOf<{ taken: number; wait: number | null }>(rows);
  return { taken: row?.taken === 1, waitMs: Math.max(0, row?.wait ?? 0) };
}

/** Removes lanes whose next turn has been free since before `before`: a lane without a row is free, too. @returns how many */
export async function pruneTurns(db: Db, orgId: string, before: number): Promise<number> {
  const at = new Date(before).toISOString();
  const rows = await db.execute(sql`
    delete from pace where org_id = ${orgId} and next_at < ${at}::timestamptz returning 1`);
  return rowsOf(rows).length;
}
