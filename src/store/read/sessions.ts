import { and, desc, eq, sql } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { sessions } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type SessionRow = typeof sessions.$inferSelect;

export interface SessionFilter {
  status?: string | undefined;
  channelId?: string | undefined;
  assigneeId?: string | undefined;
}

/**
 * Chats, the newest first. Served by sessions_recent, sessions_by_channel, sessions_by_assignee, or sessions_open for
 * any status but ENDED (PostgreSQL uses that partial index only when its condition is repeated).
 */
export async function listSessions(
  db: Db,
  orgId: string,
  filter: SessionFilter,
  limit: number,
  place?: TimePosition,
): Promise<Page<SessionRow, TimePosition>> {
  const { status, channelId, assigneeId } = filter;
  const rows = await db
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.orgId, orgId),
        status === undefined ? undefined : eq(sessions.status, status),
        status === undefined || status === 'ENDED' ? undefined : sql`${sessions.status} is distinct from 'ENDED'`,
        channelId === undefined ? undefined : eq(sessions.channelId, channelId),
        assigneeId === undefined ? undefined : eq(sessions.assigneeId, assigneeId),
        behind(sessions.createdAt, sessions.id, place, 'desc'),
      ),
    )
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(limit + 1);
  return toPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
}

export async function findSession(db: Db, orgId: string, id: string): Promise<SessionRow | undefined> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.orgId, orgId), eq(sessions.id, id)));
  return row;
}
