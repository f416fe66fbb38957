import { getLogger } from '@logtape/logtape';
import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../store/database.ts';
import { QUEUE } from './delivery-jobs.ts';

/**
 * pg-boss goes by the database's clock and has no answer to its being set back: jobs made or tried in what is the future
 * again would wait for it, and nobody would look for dead workers until then. Whoever sees that clock run back brings
 * these times down to the present; the order of a lane stays.
 */
export interface JobTimes {
  /** Looks at the database's clock; cheap. To be called every few seconds. */
  check(): Promise<void>;
}

const log = getLogger(['vigia', 'queue']);

/** @param readClock the database's present time, epoch ms */
export function createJobTimes(db: Db, readClock: (db: Db) => Promise<number> = readDatabaseClock): JobTimes {
  // The first look brings down what was left by a clock that was set back while nobody ran.
  let last = Number.POSITIVE_INFINITY;
  return {
    async check() {
      const now = await readClock(db);
      const wasSetBack = now < last;
      last = now;
      if (!wasSetBack) return;
      const changed = await bringDown(db);
      if (changed > 0)
        log.warn("the database's clock was set back: {count} deliveries wait no more for it", { count: changed });
    },
  };
}

async function readDatabaseClock(db: Db): Promise<number> {
  const rows = await db.execute(sql`select (extract(epoch from now()) * 1000)::bigint::text as now`);
  return Number(rowsOf<{ now: string }>(rows)[0]?.now);
}

async function bringDown(db: Db): Promise<number> {
  const rows = await db.execute(sql`
    with passes as (
      update pgboss.queue set monitor_claim_on = null, monitor_on = null, maintain_on = null
      where name = ${QUEUE} and greatest(monitor_claim_on, monitor_on, maintain_on) > now()
    ),
    jobs as (
      update pgboss.job set created_on = least(created_on, now()), start_after = least(start_after, now()),
        started_on = case when started_on > now() then now() else started_on end,
        heartbeat_on = case when heartbeat_on > now() then now() else heartbeat_on end
      where name = ${QUEUE} and state in ('created', 'retry', 'active')
        and greatest(created_on, started_on, heartbeat_on) > now()
      returning 1
    )
    select count(*)::int as count from jobs`);
  return rowsOf<{ count: number }>(rows)[0]?.count ?? 0;
}
