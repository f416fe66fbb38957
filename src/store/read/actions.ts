import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { ActionState } from '../../domain/action.ts';
import type { Db } from '../database.ts';
import { actions } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

/** Without the facts for its templates, which hold personal data until the action is delivered. */
const { context: _context, spec: _spec, ...columns } = getTableColumns(actions);
export type ActionRow = Omit<typeof actions.$inferSelect, 'context' | 'spec'>;

export interface ActionFilter {
  state?: ActionState | undefined;
  ruleId?: string | undefined;
  sessionId?: string | undefined;
}

/** Actions, the newest first. Served by actions_recent, actions_by_session, and actions_by_state for what is not delivered or skipped. */
export async function listActions(
  db: Db,
  orgId: string,
  filter: ActionFilter,
  limit: number,
  place?: TimePosition,
): Promise<Page<ActionRow, TimePosition>> {
  const { state, ruleId, sessionId } = filter;
  const rows = await db
    .select(columns)
    .from(actions)
    .where(
      and(
        eq(actions.orgId, orgId),
        state === undefined ? undefined : eq(actions.state, state),
        // The condition of actions_by_state, repeated: a state that comes as a parameter proves nothing to the planner.
        state === undefined || state === 'delivered' || state === 'skipped'
          ? undefined
          : sql`${actions.state} not in ('delivered', 'skipped')`,
        ruleId === undefined ? undefined : eq(actions.ruleId, ruleId),
        sessionId === undefined ? undefined : eq(actions.sessionId, sessionId),
        behind(actions.createdAt, actions.id, place, 'desc'),
      ),
    )
    .orderBy(desc(actions.createdAt), desc(actions.id))
    .limit(limit + 1);
  return toPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
}

export async function findAction(db: Db, orgId: string, id: string): Promise<ActionRow | undefined> {
  const [row] = await db
    .select(columns)
    .from(actions)
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)));
  return row;
}
