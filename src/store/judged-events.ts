import { and, eq, inArray } from 'drizzle-orm';
import type { DeskEvent } from '../domain/event.ts';
import type { Transition } from '../domain/session.ts';
import type { Db } from './database.ts';
import { events, transitions } from './schema.ts';
import { withoutNulls } from './subjects.ts';

/** An event as it is kept, without personal values, with its transition when it changed a status. */
export interface JudgedEvent {
  event: DeskEvent;
  transition?: Transition;
}

/** Events that were judged before and are judged again, by their keys; those that are not kept any more are missing. */
export async function loadStoredEvents(tx: Db, orgId: string, keys: readonly string[]): Promise<JudgedEvent[]> {
  const rows = await tx
    .select({ event: events, transition: transitions })
    .from(events)
    .leftJoin(
      transitions,
      and(
        eq(transitions.orgId, events.orgId),
        eq(transitions.sessionId, events.sessionId),
        eq(transitions.at, events.at),
        eq(transitions.eventKey, events.key),
      ),
    )
    .where(and(eq(events.orgId, orgId), inArray(events.key, [...keys])));
  return rows.map(({ event, transition }) => ({
    event: withoutNulls<DeskEvent>(event),
    ...(transition === null ? {} : { transition: withoutNulls<Transition>(transition) }),
  }));
}
