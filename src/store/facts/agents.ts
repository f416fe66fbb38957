import { type SQL, sql } from 'drizzle-orm';
import type { AgentKey } from '../../domain/computed.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type Db, rowsOf } from '../database.ts';

/** Chats of each agent that have not ended; in the order of the keys. Served by `sessions_open`, read once for all. */
export async function loadAgents(db: Db, orgId: string, keys: readonly AgentKey[]): Promise<JsonObject[]> {
  if (keys.length === 0) return [];
  const rows = await db.execute(agentsQuery(orgId, keys));
  const open = new Map(rowsOf<{ id: string; chats: number }>(rows).map(({ id, chats }) => [id, chats]));
  return keys.map(({ id }) => ({ openSessions: open.get(id) ?? 0 }));
}

export function agentsQuery(orgId: string, keys: readonly AgentKey[]): SQL {
  const ids = JSON.stringify([...new Set(keys.map(({ id }) => id))]);
  return sql`
    select s.assignee_id as id, count(*)::int as chats from sessions s
    where s.org_id = ${orgId} and s.status is distinct from 'ENDED'
      and s.assignee_id in (select jsonb_array_elements_text(${ids}::text::jsonb))
    group by s.assignee_id`;
}

/**
 * Agents who have had a chat since then, or have one that is open, by the id that events carry; bots are left out. The
 * index `sessions_by_assignee` is jumped through from one agent to the next, so that the cost goes with the agents.
 */
export async function listAgentsWithChats(db: Db, orgId: string, since: number): Promise<string[]> {
  const rows = await db.execute(sql`
    with recursive agents as (
      (select assignee_id as id from sessions
        where org_id = ${orgId} and assignee_id is not null order by assignee_id limit 1)
      union all
      select (select s.assignee_id from sessions s
        where s.org_id = ${orgId} and s.assignee_id > a.id order by s.assignee_id limit 1)
      from agents a where a.id is not null
    )
    select a.id from agents a
    join lateral (
      select s.created_at, s.assignee_type from sessions s
      where s.org_id = ${orgId} and s.assignee_id = a.id order by s.created_at desc limit 1
    ) latest on true
    where a.id is not null and latest.assignee_type is distinct from 'BOT'
      and (latest.created_at >= ${new Date(since).toISOString()}::timestamptz
        or exists (select 1 from sessions o
          where o.org_id = ${orgId} and o.status is distinct from 'ENDED' and o.assignee_id = a.id))
    order by a.id`);
  return rowsOf<{ id: string }>(rows).map(({ id }) => id);
}
