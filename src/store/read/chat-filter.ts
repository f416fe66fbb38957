import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { sessions } from '../schema.ts';

/** Which chats a view is about; `null` stands for chats that have none, an absent key for all. */
export interface ChatFilter {
  status?: string | null | undefined;
  channelId?: string | null | undefined;
}

/** The filter as a condition on `sessions`; undefined when it asks for nothing. */
export function matchesChat({ status, channelId }: ChatFilter): SQL | undefined {
  return and(
    status === undefined ? undefined : status === null ? isNull(sessions.status) : eq(sessions.status, status),
    channelId === undefined
      ? undefined
      : channelId === null
        ? isNull(sessions.channelId)
        : eq(sessions.channelId, channelId),
  );
}

/** The condition of the partial index sessions_open, word for word: the planner uses the index only when it is repeated. */
export const isOpenChat = sql`${sessions.status} is distinct from 'ENDED'`;
