import { and, asc, eq, getTableColumns, gte, lt } from 'drizzle-orm';
import type { Decision } from '../../../domain/decision.ts';
import type { Db } from '../../database.ts';
import { decisions } from '../../schema.ts';
import { withoutNulls } from '../../subjects.ts';
import { behind } from '../page.ts';
import { readInBatches, type StreamOptions, type TimeRange } from './pages.ts';

/** A decision as it was recorded. A firing is one whose outcome is `fired` or `shadow`; its actions are apart. */
export interface RecordedDecision extends Omit<Decision, 'trace'> {
  /** Grows in the order of recording. */
  id: number;
}

const { trace: _trace, ...columns } = getTableColumns(decisions);

/** Decisions by the time at which they were taken, without their traces. Served by decisions_by_time. */
export function streamDecisions(
  db: Db,
  orgId: string,
  { since, until }: TimeRange,
  options?: StreamOptions,
): AsyncGenerator<RecordedDecision[], void, undefined> {
  return readInBatches<RecordedDecision>(async (last, limit) => {
    const rows = await db
      .select(columns)
      .from(decisions)
      .where(
        and(
          eq(decisions.orgId, orgId),
          lt(decisions.decidedAt, until),
          last === undefined
            ? gte(decisions.decidedAt, since)
            : behind(decisions.decidedAt, decisions.id, { at: last.decidedAt, id: last.id }, 'asc'),
        ),
      )
      .orderBy(asc(decisions.decidedAt), asc(decisions.id))
      .limit(limit);
    return rows.map((row) => withoutNulls<RecordedDecision>(row));
  }, options);
}
