import { type SQL, sql } from 'drizzle-orm';
import type { QueueKey } from '../../domain/computed.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type Db, rowsOf } from '../database.ts';
import { rowsOfKeys } from './rows-of-keys.ts';

/**
 * Open chats, counted, and for how long they have been in their status. Served by `sessions_open`, whose entries are the
 * open chats alone, read once for all queues: the cost goes with those that are open, not with all that ever were.
 */
export async function loadQueues(db: Db, orgId: string, keys: readonly QueueKey[]): Promise<JsonObject[]> {
  if (keys.length === 0) return [];
  const rows = await db.execute(queuesQuery(orgId, keys));
  const values = keys.map((): JsonObject => ({ count: 0 }));
  for (const { place, count, ages } of rowsOf<QueueRow>(rows)) {
    const [p50 = null, p95 = null, oldest = null] = ages ?? [];
    const seconds = { oldestSeconds: oldest, p50Seconds: p50, p95Seconds: p95 };
    // Of chats whose status nobody knows there is no age.
    const known = Object.entries(seconds).flatMap(([name, age]) => (age === null ? [] : [[name, Math.floor(age)]]));
    values[place] = { count, ...Object.fromEntries(known) };
  }
  return values;
}

interface QueueRow {
  place: number;
  count: number;
  /** Of half of them, of nineteen in twenty, of all: at most so old, s. Null where nobody knows how old they are. */
  ages: (number | null)[] | null;
}

/** One row for each key that has chats, by its place in the list. */
export function queuesQuery(orgId: string, keys: readonly QueueKey[]): SQL {
  const wanted = keys.map(({ at, statuses, unassigned, olderThanMs, channelIds }, place) => ({
    place,
    at: new Date(at).toISOString(),
    statuses: statuses ?? null,
    unassigned: unassigned ?? null,
    since: olderThanMs === undefined ? null : new Date(at - olderThanMs).toISOString(),
    channels: channelIds ?? null,
  }));
  const columns = sql`place int, at timestamptz, statuses text[], unassigned boolean, since timestamptz, channels text[]`;
  return sql`
    with wanted as materialized (select * from ${rowsOfKeys(wanted, columns)}),
    open_chats as materialized (
      select status, channel_id, assignee_id, status_since from sessions
      where org_id = ${orgId} and status is distinct from 'ENDED'
    ),
    matching as (
      select k.place, k.at, k.statuses, k.unassigned, k.since, s.status, s.assignee_id, s.status_since
      from wanted k cross join open_chats s where k.channels is null
      union all
      select k.place, k.at, k.statuses, k.unassigned, k.since, s.status, s.assignee_id, s.status_since
      from wanted k cross join unnest(k.channels) as c(id) join open_chats s on s.channel_id = c.id
    )
    select place, count(*)::int as count, percentile_cont(array[0.5, 0.95, 1]) within group (order by age) as ages
    from (
      select place, case when status_since is not null then greatest(0, date_part('epoch', at - status_since)) end as age
      from matching
      where (statuses is null or status = any(statuses))
        and (unassigned is null or (assignee_id is null) = unassigned)
        and (since is null or status_since <= since)
    ) ages
    group by place`;
}
