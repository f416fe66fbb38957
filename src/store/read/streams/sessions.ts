import { and, asc, eq, gte, lt } from 'drizzle-orm';
import type { Session } from '../../../domain/session.ts';
import type { Db } from '../../database.ts';
import { sessions } from '../../schema.ts';
import { withoutNulls } from '../../subjects.ts';
import { behind } from '../page.ts';
import { readInBatches, type StreamOptions, type TimeRange } from './pages.ts';

/** Chats by their first event that is known, each as it stands when its batch is read. Served by sessions_recent. */
export function streamSessions(
  db: Db,
  orgId: string,
  { since, until }: TimeRange,
  options?: StreamOptions,
): AsyncGenerator<Session[], void, undefined> {
  return readInBatches<Session>(async (last, limit) => {
    const rows = await db
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.orgId, orgId),
          lt(sessions.createdAt, until),
          last === undefined
            ? gte(sessions.createdAt, since)
            : behind(sessions.createdAt, sessions.id, { at: last.createdAt, id: last.id }, 'asc'),
        ),
      )
      .orderBy(asc(sessions.createdAt), asc(sessions.id))
      .limit(limit);
    return rows.map((row) => withoutNulls<Session>(row));
  }, options);
}
