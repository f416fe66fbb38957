import { and, asc, eq, gte, lt } from 'drizzle-orm';
import type { DeskEvent } from '../../../domain/event.ts';
import { blankPersonal } from '../../../domain/personal.ts';
import type { Db } from '../../database.ts';
import { events } from '../../schema.ts';
import { withoutNulls } from '../../subjects.ts';
import { behind } from '../page.ts';
import { readInBatches, type StreamOptions, type TimeRange } from './pages.ts';

/** An event as it is kept, with all that is needed to judge it again but what is personal: that is blanked, even where it is stored. */
export interface StoredEvent extends DeskEvent {
  /** Its place among those received at one millisecond. */
  seq: number;
}

const { orgId: portal, key, seq, source, type, subject, sessionId, at, receivedAt, payload, previous } = events;
const columns = { orgId: portal, key, seq, source, type, subject, sessionId, at, receivedAt, payload, previous };

/** Events by the time of their receipt. Served by events_by_receipt. */
export function streamEvents(
  db: Db,
  orgId: string,
  { since, until }: TimeRange,
  options?: StreamOptions,
): AsyncGenerator<StoredEvent[], void, undefined> {
  return readInBatches<StoredEvent>(async (last, limit) => {
    const rows = await db
      .select(columns)
      .from(events)
      .where(
        and(
          eq(events.orgId, orgId),
          lt(events.receivedAt, until),
          last === undefined
            ? gte(events.receivedAt, since)
            : behind(events.receivedAt, events.seq, { at: last.receivedAt, id: last.seq }, 'asc'),
        ),
      )
      .orderBy(asc(events.receivedAt), asc(events.seq))
      .limit(limit);
    return rows.map((row) => withoutPersonal(withoutNulls<StoredEvent>(row)));
  }, options);
}

function withoutPersonal(event: StoredEvent): StoredEvent {
  const blanked = { ...event, payload: blankPersonal(event.payload) };
  return event.previous === undefined ? blanked : { ...blanked, previous: blankPersonal(event.previous) };
}
