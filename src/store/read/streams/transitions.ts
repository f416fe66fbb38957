import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Transition } from '../../../domain/session.ts';
import type { Db } from '../../database.ts';
import { transitions } from '../../schema.ts';
import { withoutNulls } from '../../subjects.ts';
import { readInBatches, type StreamOptions, type TimeRange } from './pages.ts';

/** Status changes by the time that the event states. Served by transitions_by_time; what is at one instant is few, and sorted. */
export function streamTransitions(
  db: Db,
  orgId: string,
  { since, until }: TimeRange,
  options?: StreamOptions,
): AsyncGenerator<Transition[], void, undefined> {
  return readInBatches<Transition>(async (last, limit) => {
    const rows = await db
      .select()
      .from(transitions)
      .where(
        and(
          eq(transitions.orgId, orgId),
          lt(transitions.at, until),
          last === undefined ? gte(transitions.at, since) : isAfter(last),
        ),
      )
      .orderBy(asc(transitions.at), asc(transitions.sessionId), asc(transitions.eventKey))
      .limit(limit);
    return rows.map((row) => withoutNulls<Transition>(row));
  }, options);
}

/** The first comparison is the one that the index serves: it has the time alone. */
function isAfter({ at, sessionId, eventKey }: Transition) {
  const behind = sql`(${sql.param(at, transitions.at)}, ${sessionId}, ${eventKey})`;
  return and(
    gte(transitions.at, at),
    sql`(${transitions.at}, ${transitions.sessionId}, ${transitions.eventKey}) > ${behind}`,
  );
}
