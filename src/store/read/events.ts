import { and, desc, eq, lt } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { events, rejectedItems } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type EventRow = typeof events.$inferSelect;
/** A place in the order of receipt. */
export type ReceiptPosition = Pick<EventRow, 'receivedAt' | 'seq'>;
export type RejectedRow = typeof rejectedItems.$inferSelect;

/** Events in the order of their arrival, the newest first. Served by events_by_receipt; a type is picked out on the way. */
export async function listEvents(
  db: Db,
  orgId: string,
  filter: { type?: string | undefined },
  limit: number,
  place?: ReceiptPosition,
): Promise<Page<EventRow, ReceiptPosition>> {
  const rows = await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.orgId, orgId),
        filter.type === undefined ? undefined : eq(events.type, filter.type),
        behind(events.receivedAt, events.seq, place && { at: place.receivedAt, id: place.seq }, 'desc'),
      ),
    )
    .orderBy(desc(events.receivedAt), desc(events.seq))
    .limit(limit + 1);
  return toPage(rows, limit, ({ receivedAt, seq }) => ({ receivedAt, seq }));
}

/** The events of one subject (a session id, `Ticket:<id>`) by their own time, the newest first. Served by events_by_subject. */
export async function listEventsOfSubject(
  db: Db,
  orgId: string,
  filter: { subject: string; type?: string | undefined },
  limit: number,
  place?: TimePosition,
): Promise<Page<EventRow, TimePosition>> {
  const rows = await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.orgId, orgId),
        eq(events.subject, filter.subject),
        filter.type === undefined ? undefined : eq(events.type, filter.type),
        behind(events.at, events.key, place, 'desc'),
      ),
    )
    .orderBy(desc(events.at), desc(events.key))
    .limit(limit + 1);
  return toPage(rows, limit, ({ at, key }) => ({ at, id: key }));
}

/** What could not be read, the newest first. Served by the primary key. */
export async function listRejected(
  db: Db,
  orgId: string,
  limit: number,
  place?: number,
): Promise<Page<RejectedRow, number>> {
  const rows = await db
    .select()
    .from(rejectedItems)
    .where(and(eq(rejectedItems.orgId, orgId), place === undefined ? undefined : lt(rejectedItems.seq, place)))
    .orderBy(desc(rejectedItems.seq))
    .limit(limit + 1);
  return toPage(rows, limit, ({ seq }) => seq);
}
