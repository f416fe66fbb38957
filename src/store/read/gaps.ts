import { and, desc, eq, gte, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../database.ts';
import { transitions } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type GapRow = typeof transitions.$inferSelect;

export interface GapFilter {
  sessionId?: string | undefined;
  channelId?: string | undefined;
  /** Epoch ms. */
  since?: number | undefined;
}

/** Status changes whose old status was not the one that we had, the newest first. Served by transitions_gaps. */
export async function listGaps(
  db: Db,
  orgId: string,
  { sessionId, channelId, since }: GapFilter,
  limit: number,
  place?: TimePosition,
): Promise<Page<GapRow, TimePosition>> {
  const rows = await db
    .select()
    .from(transitions)
    .where(
      and(
        eq(transitions.orgId, orgId),
        sql`${transitions.gap}`,
        sessionId === undefined ? undefined : eq(transitions.sessionId, sessionId),
        channelId === undefined ? undefined : eq(transitions.channelId, channelId),
        since === undefined ? undefined : gte(transitions.at, since),
        behind(transitions.at, transitions.eventKey, place, 'desc'),
      ),
    )
    .orderBy(desc(transitions.at), desc(transitions.eventKey))
    .limit(limit + 1);
  return toPage(rows, limit, ({ at, eventKey }) => ({ at, id: eventKey }));
}

/** How many gaps there were since an instant (epoch ms). Served by transitions_gaps. */
export async function countGaps(db: Db, orgId: string, since: number): Promise<number> {
  const result = await db.execute(sql`
    select count(*)::int as gaps from transitions
    where org_id = ${orgId} and gap and at >= ${new Date(since).toISOString()}::timestamptz`);
  return rowsOf<{ gaps: number }>(result)[0]?.gaps ?? 0;
}
