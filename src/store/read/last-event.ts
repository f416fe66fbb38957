import { and, desc, eq, ne } from 'drizzle-orm';
import { RECONCILE_SOURCE } from '../../domain/event.ts';
import type { Db } from '../database.ts';
import { events } from '../schema.ts';

/** When the newest event that was sent to us was received, epoch ms; undefined when none ever was. Served by events_by_receipt. */
export async function findLastReceivedAt(db: Db, orgId: string): Promise<number | undefined> {
  const [row] = await db
    .select({ receivedAt: events.receivedAt })
    .from(events)
    .where(and(eq(events.orgId, orgId), ne(events.source, RECONCILE_SOURCE)))
    .orderBy(desc(events.receivedAt), desc(events.seq))
    .limit(1);
  return row?.receivedAt;
}
