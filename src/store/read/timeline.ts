import { and, asc, eq, getTableColumns, gt, gte, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Db } from '../database.ts';
import { actions, decisions, messages, transitions } from '../schema.ts';
import { behind, type Page, toPage } from './page.ts';

/**
 * Everything that happened to one chat in the order of time: changes, messages, what the rules concluded, what was done.
 * Four ledgers, each read in its own order up to a page's length and merged: a chat's own rows are few beside the tables.
 */
export type TimelineRow =
  | { kind: 'transition'; at: number; id: string; row: typeof transitions.$inferSelect }
  | { kind: 'message'; at: number; id: string; row: typeof messages.$inferSelect }
  | { kind: 'decision'; at: number; id: string; row: Omit<typeof decisions.$inferSelect, 'trace'> }
  | { kind: 'action'; at: number; id: string; row: TimelineAction };
export type TimelineAction = Pick<
  typeof actions.$inferSelect,
  'id' | 'ruleId' | 'type' | 'state' | 'reason' | 'attempts' | 'firedAt' | 'finishedAt'
>;

/** The order at one instant: first what happened, then what was concluded from it, then what was done. */
export const TIMELINE_KINDS = ['transition', 'message', 'decision', 'action'] as const;
type Kind = (typeof TIMELINE_KINDS)[number];

export interface TimelinePosition {
  at: number;
  kind: Kind;
  id: string;
}

const { trace: _trace, ...decisionColumns } = getTableColumns(decisions);
const { id, ruleId, type, state, reason, attempts, firedAt, finishedAt } = getTableColumns(actions);
const actionColumns = { id, ruleId, type, state, reason, attempts, firedAt, finishedAt };

export async function readTimeline(
  db: Db,
  orgId: string,
  sessionId: string,
  limit: number,
  place?: TimelinePosition,
): Promise<Page<TimelineRow, TimelinePosition>> {
  const most = limit + 1;
  const [transitionRows, messageRows, decisionRows, actionRows] = await Promise.all([
    db
      .select()
      .from(transitions)
      .where(
        and(
          eq(transitions.orgId, orgId),
          eq(transitions.sessionId, sessionId),
          follows('transition', transitions.at, transitions.eventKey, place),
        ),
      )
      .orderBy(asc(transitions.at), asc(transitions.eventKey))
      .limit(most),
    db
      .select()
      .from(messages)
      .where(
        and(
          eq(messages.orgId, orgId),
          eq(messages.sessionId, sessionId),
          follows('message', messages.at, messages.eventKey, place),
        ),
      )
      .orderBy(asc(messages.at), asc(messages.eventKey))
      .limit(most),
    db
      .select(decisionColumns)
      .from(decisions)
      .where(
        and(
          eq(decisions.orgId, orgId),
          eq(decisions.sessionId, sessionId),
          follows('decision', decisions.at, decisions.id, place),
        ),
      )
      .orderBy(asc(decisions.at), asc(decisions.id))
      .limit(most),
    db
      .select(actionColumns)
      .from(actions)
      .where(
        and(
          eq(actions.orgId, orgId),
          eq(actions.sessionId, sessionId),
          follows('action', actions.firedAt, actions.id, place),
        ),
      )
      .orderBy(asc(actions.firedAt), asc(actions.id))
      .limit(most),
  ]);
  const rows: TimelineRow[] = [
    ...transitionRows.map((row) => ({ kind: 'transition' as const, at: row.at, id: row.eventKey, row })),
    ...messageRows.map((row) => ({ kind: 'message' as const, at: row.at, id: row.eventKey, row })),
    ...decisionRows.map((row) => ({ kind: 'decision' as const, at: row.at, id: String(row.id), row })),
    ...actionRows.map((row) => ({ kind: 'action' as const, at: row.firedAt, id: row.id, row })),
  ];
  return toPage(rows.sort(byTimeAndKind), limit, ({ at, kind, id }) => ({ at, kind, id }));
}

/** Rows of one kind behind a place that may be of another kind. */
function follows(kind: Kind, time: PgColumn, id: PgColumn, place: TimelinePosition | undefined): SQL | undefined {
  if (place === undefined) return undefined;
  const rank = TIMELINE_KINDS.indexOf(kind) - TIMELINE_KINDS.indexOf(place.kind);
  if (rank === 0) return behind(time, id, place, 'asc');
  return rank > 0 ? gte(time, place.at) : gt(time, place.at);
}

/** Rows of one kind are in the database's order already, which a stable sort leaves as it is. */
function byTimeAndKind(a: TimelineRow, b: TimelineRow): number {
  return a.at - b.at || TIMELINE_KINDS.indexOf(a.kind) - TIMELINE_KINDS.indexOf(b.kind);
}
