import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../store/database.ts';
import { QUEUE } from '../delivery-jobs.ts';

/**
 * When the next delivery that was put off is to be tried, epoch ms. Those that could run now are somebody's already, or
 * wait in their lane for one that was put off. pg-boss has no call for this.
 */
export async function findNextJobAt(db: Db): Promise<number | undefined> {
  const rows = await db.execute(sql`
    select (extract(epoch from min(start_after)) * 1000)::bigint::text as at from pgboss.job
    where name = ${QUEUE} and state < 'active' and start_after > now()`);
  const at = rowsOf<{ at: string | null }>(rows)[0]?.at ?? undefined;
  return at === undefined ? undefined : Number(at);
}
