import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { actions, attempts } from '../schema.ts';

export type AttemptRow = typeof attempts.$inferSelect;
/** What an action was rendered to and what came of it; personal values are blanked. */
export type ActionDetails = Pick<typeof actions.$inferSelect, 'id' | 'params' | 'result' | 'expiresAt'> & {
  /** Each try, the first one first. */
  tries: AttemptRow[];
};

/** Details of some actions, by id, in two reads. Served by the primary keys. */
export async function readActionDetails(
  db: Db,
  orgId: string,
  ids: readonly string[],
): Promise<Map<string, ActionDetails>> {
  if (ids.length === 0) return new Map();
  const [rows, tries] = await Promise.all([
    db
      .select({ id: actions.id, params: actions.params, result: actions.result, expiresAt: actions.expiresAt })
      .from(actions)
      .where(and(eq(actions.orgId, orgId), inArray(actions.id, [...ids]))),
    db
      .select()
      .from(attempts)
      .where(and(eq(attempts.orgId, orgId), inArray(attempts.actionId, [...ids])))
      .orderBy(asc(attempts.actionId), asc(attempts.attempt)),
  ]);
  const byAction = Map.groupBy(tries, ({ actionId }) => actionId);
  return new Map(rows.map((row) => [row.id, { ...row, tries: byAction.get(row.id) ?? [] }]));
}

/** Rule ids by action id, of some actions. */
export async function readRulesOf(db: Db, orgId: string, actionIds: readonly string[]): Promise<Map<string, string>> {
  if (actionIds.length === 0) return new Map();
  const rows = await db
    .select({ id: actions.id, ruleId: actions.ruleId })
    .from(actions)
    .where(and(eq(actions.orgId, orgId), inArray(actions.id, [...actionIds])));
  return new Map(rows.map(({ id, ruleId }) => [id, ruleId]));
}
