import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from './database.ts';

/** A chat as we have it, as far as it can be compared with what Zoho lists. */
export interface KnownSession {
  id: string;
  /** Whether any event of it has come. */
  known: boolean;
  status: string | null;
  replyStatus: string | null;
  assigneeId: string | null;
  assigneeType: string | null;
  channelId: string | null;
  /** Epoch ms. */
  lastEventAt: number | null;
  /** An event of it waits to be judged, and nothing keeps it from that. */
  underWay: boolean;
}

/** Chats by id, known or not: one statement over the keys of sessions and inbox_by_subject. */
export async function loadKnownSessions(db: Db, orgId: string, ids: readonly string[]): Promise<KnownSession[]> {
  if (ids.length === 0) return [];
  const result = await db.execute(sql`
    select wanted.id, s.id is not null as known, s.status, s.reply_status as "replyStatus",
      s.assignee_id as "assigneeId", s.assignee_type as "assigneeType", s.channel_id as "channelId",
      (extract(epoch from s.last_event_at) * 1000)::float8 as "lastEventAt",
      exists (
        select 1 from inbox i where i.org_id = ${orgId} and i.subject = wanted.id and i.attempts = 0
      ) as "underWay"
    from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) as wanted(id)
    left join sessions s on s.org_id = ${orgId} and s.id = wanted.id`);
  return rowsOf<KnownSession>(result);
}

/** Which of some ids events have named as an assignee; served by sessions_by_assignee. */
export async function loadSeenAssignees(db: Db, orgId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const result = await db.execute(sql`
    select wanted.id from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) as wanted(id)
    where exists (select 1 from sessions s where s.org_id = ${orgId} and s.assignee_id = wanted.id)`);
  return new Set(rowsOf<{ id: string }>(result).map(({ id }) => id));
}
