import { and, asc, count, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { sessions } from '../schema.ts';
import { type ChatFilter, isOpenChat, matchesChat } from './chat-filter.ts';

/** Chats that have not ended, as the board shows them: counted by channel and status, and listed by who waits longest. */
export interface OpenChatCount {
  channelId: string | null;
  status: string | null;
  chats: number;
  /** Nobody has them. */
  unassigned: number;
  /** Somebody waits for an answer. */
  waiting: number;
  /** The longest wait began at, epoch ms. */
  waitingSince: number | null;
}

/** Served by sessions_open, whose entries are the open chats alone. */
export async function countOpenChats(db: Db, orgId: string): Promise<OpenChatCount[]> {
  const rows = await db
    .select({
      channelId: sessions.channelId,
      status: sessions.status,
      chats: count(),
      unassigned: sql<number>`(count(*) filter (where ${sessions.assigneeId} is null))::int`,
      waiting: sql<number>`(count(${sessions.waitingSince}))::int`,
      waitingSince: sql<number | null>`(extract(epoch from min(${sessions.waitingSince})) * 1000)::float8`,
    })
    .from(sessions)
    .where(and(eq(sessions.orgId, orgId), isOpenChat))
    .groupBy(sessions.channelId, sessions.status);
  // The order of groups is the database's own and may change from one read to the next.
  return rows.sort((a, b) => compare(a.channelId, b.channelId) || compare(a.status, b.status));
}

function compare(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0;
}

const columns = getTableColumns(sessions);
const listed = {
  id: columns.id,
  status: columns.status,
  statusSince: columns.statusSince,
  assigneeId: columns.assigneeId,
  assigneeType: columns.assigneeType,
  channelId: columns.channelId,
  waitingSince: columns.waitingSince,
  messagesIn: columns.messagesIn,
  messagesOut: columns.messagesOut,
};
export type OpenChatRow = Pick<typeof sessions.$inferSelect, keyof typeof listed>;

/** The open chats of a filter: who waits for an answer first, longest wait first, then the longest in their status. */
export function listOpenChats(db: Db, orgId: string, filter: ChatFilter, limit: number): Promise<OpenChatRow[]> {
  return db
    .select(listed)
    .from(sessions)
    .where(and(eq(sessions.orgId, orgId), isOpenChat, matchesChat(filter)))
    .orderBy(
      sql`${sessions.waitingSince} asc nulls last`,
      sql`${sessions.statusSince} asc nulls last`,
      asc(sessions.id),
    )
    .limit(limit);
}
