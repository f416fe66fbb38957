import { and, desc, eq, isNull } from 'drizzle-orm';
import type { AlertState } from '../../domain/alert.ts';
import type { Db } from '../database.ts';
import { alerts } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type AlertRow = typeof alerts.$inferSelect;

export interface AlertFilter {
  state?: AlertState | undefined;
  ruleId?: string | undefined;
  sessionId?: string | undefined;
}

/** Alerts, the newest first. Served by alerts_recent, alerts_by_session, and alerts_unresolved for those that live. */
export async function listAlerts(
  db: Db,
  orgId: string,
  filter: AlertFilter,
  limit: number,
  place?: TimePosition,
): Promise<Page<AlertRow, TimePosition>> {
  const { state, ruleId, sessionId } = filter;
  const rows = await db
    .select()
    .from(alerts)
    .where(
      and(
        eq(alerts.orgId, orgId),
        state === undefined ? undefined : eq(alerts.state, state),
        state === undefined || state === 'resolved' ? undefined : isNull(alerts.resolvedAt),
        ruleId === undefined ? undefined : eq(alerts.ruleId, ruleId),
        sessionId === undefined ? undefined : eq(alerts.sessionId, sessionId),
        behind(alerts.openedAt, alerts.id, place, 'desc'),
      ),
    )
    .orderBy(desc(alerts.openedAt), desc(alerts.id))
    .limit(limit + 1);
  return toPage(rows, limit, ({ openedAt, id }) => ({ at: openedAt, id }));
}

export async function findAlert(db: Db, orgId: string, id: string): Promise<AlertRow | undefined> {
  const [row] = await db
    .select()
    .from(alerts)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)));
  return row;
}
