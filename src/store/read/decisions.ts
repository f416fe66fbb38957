import { and, desc, eq, lt } from 'drizzle-orm';
import type { Outcome } from '../../domain/decision.ts';
import type { Db } from '../database.ts';
import { decisions } from '../schema.ts';
import { type Page, toPage } from './page.ts';

export type DecisionRow = typeof decisions.$inferSelect;

export interface DecisionFilter {
  ruleId?: string | undefined;
  sessionId?: string | undefined;
  outcome?: Outcome | undefined;
}

/** Decisions in the order in which they were taken, the newest first. Served by the primary key, decisions_by_session, _by_rule, _by_outcome. */
export async function listDecisions(
  db: Db,
  orgId: string,
  filter: DecisionFilter,
  limit: number,
  place?: number,
): Promise<Page<DecisionRow, number>> {
  const { ruleId, sessionId, outcome } = filter;
  const rows = await db
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.orgId, orgId),
        ruleId === undefined ? undefined : eq(decisions.ruleId, ruleId),
        sessionId === undefined ? undefined : eq(decisions.sessionId, sessionId),
        outcome === undefined ? undefined : eq(decisions.outcome, outcome),
        place === undefined ? undefined : lt(decisions.id, place),
      ),
    )
    .orderBy(desc(decisions.id))
    .limit(limit + 1);
  return toPage(rows, limit, ({ id }) => id);
}

export async function findDecision(db: Db, orgId: string, id: number): Promise<DecisionRow | undefined> {
  const [row] = await db
    .select()
    .from(decisions)
    .where(and(eq(decisions.orgId, orgId), eq(decisions.id, id)));
  return row;
}
