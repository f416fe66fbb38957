import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../database.ts';

/** How much waits, for /metrics: of all processes, since it is read from the database. */
export interface Gauges {
  inboxEvents: number;
  /** When the oldest event that waits was received, epoch ms. */
  oldestReceivedAt: number | undefined;
  holdsRunning: number;
  alertsOpen: number;
  actionsUnfinished: Record<string, number>;
}

interface GaugesRow {
  inbox_events: number;
  oldest_ms: number | null;
  holds_running: number;
  alerts_open: number;
  actions_unfinished: Record<string, number>;
}

/**
 * One statement; each part counts the entries of an index that holds only what lives: inbox, holds_by_state,
 * alerts_unresolved, actions_unfinished. Raw SQL, since drizzle has no words for a row of scalar subqueries.
 */
export async function readGauges(db: Db, orgId: string): Promise<Gauges> {
  const result = await db.execute(sql`
    select
      (select count(*)::int from inbox where org_id = ${orgId}) as inbox_events,
      (select (extract(epoch from e.received_at) * 1000)::float8
         from inbox i join events e on e.org_id = i.org_id and e.key = i.key
        where i.org_id = ${orgId} order by i.seq limit 1) as oldest_ms,
      (select count(*)::int from holds where org_id = ${orgId} and state = 'running') as holds_running,
      (select count(*)::int from alerts where org_id = ${orgId} and resolved_at is null) as alerts_open,
      (select coalesce(jsonb_object_agg(state, n), '{}') from (
        select state, count(*)::int as n from actions where finished_at is null and org_id = ${orgId} group by state
      ) s) as actions_unfinished`);
  const [row] = rowsOf<GaugesRow>(result);
  return {
    inboxEvents: row?.inbox_events ?? 0,
    oldestReceivedAt: row?.oldest_ms ?? undefined,
    holdsRunning: row?.holds_running ?? 0,
    alertsOpen: row?.alerts_open ?? 0,
    actionsUnfinished: row?.actions_unfinished ?? {},
  };
}

/** Throws unless the database answers and has our tables. */
export async function ping(db: Db): Promise<void> {
  await db.execute(sql`select 1 from sessions limit 1`);
}
