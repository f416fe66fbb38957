import { eq } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { events } from '../schema.ts';

/** Whether any event has ever come: without one, the board explains how to connect. Served by the primary key. */
export async function hasEvents(db: Db, orgId: string): Promise<boolean> {
  const rows = await db.select({ key: events.key }).from(events).where(eq(events.orgId, orgId)).limit(1);
  return rows.length > 0;
}
