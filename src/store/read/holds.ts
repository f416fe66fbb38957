import { and, asc, desc, eq } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { EpisodeState } from '../../domain/episode.ts';
import type { Db } from '../database.ts';
import { holds } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type HoldRow = typeof holds.$inferSelect;

export interface HoldFilter {
  state?: EpisodeState | undefined;
  ruleId?: string | undefined;
  sessionId?: string | undefined;
}

/**
 * Holds by the time at which they fall due: the running ones soonest first, any others latest first. One state is read
 * from holds_by_state in order; all states are four such reads merged by the database (whose order of texts is not JavaScript's); one session's from holds_by_session.
 */
export async function listHolds(
  db: Db,
  orgId: string,
  filter: HoldFilter,
  limit: number,
  place?: TimePosition,
): Promise<Page<HoldRow, TimePosition>> {
  const order = filter.state === 'running' ? 'asc' : 'desc';
  const byDue = order === 'asc' ? asc : desc;
  const read = (state: EpisodeState | undefined) =>
    db
      .select()
      .from(holds)
      .where(
        and(
          eq(holds.orgId, orgId),
          state === undefined ? undefined : eq(holds.state, state),
          filter.ruleId === undefined ? undefined : eq(holds.ruleId, filter.ruleId),
          filter.sessionId === undefined ? undefined : eq(holds.sessionId, filter.sessionId),
          behind(holds.dueAt, holds.id, place, order),
        ),
      )
      .orderBy(byDue(holds.dueAt), byDue(holds.id))
      .limit(limit + 1);
  const inOneRead = filter.state !== undefined || filter.sessionId !== undefined;
  const rows = inOneRead
    ? await read(filter.state)
    : await unionAll(read('running'), read('fired'), read('cancelled'), read('expired'))
        .orderBy(byDue(holds.dueAt), byDue(holds.id))
        .limit(limit + 1);
  return toPage(rows, limit, ({ dueAt, id }) => ({ at: dueAt, id }));
}
