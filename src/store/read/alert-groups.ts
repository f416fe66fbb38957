import { and, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { AlertCard } from '../../domain/alert.ts';
import type { GroupCounts } from '../../domain/alert-group.ts';
import { countMembers, NO_MEMBERS } from '../alert-groups.ts';
import type { Db } from '../database.ts';
import { alertGroups, alerts, sessions } from '../schema.ts';
import { type ChatFilter, matchesChat } from './chat-filter.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type AlertGroupRow = typeof alertGroups.$inferSelect & { counts: GroupCounts };

export interface AlertGroupFilter {
  ruleId?: string | undefined;
  /** Those that alerts still join; or those that are closed. */
  closed?: boolean | undefined;
}

/** Groups of alerts, the newest first, with their members counted. Served by alert_groups_recent and alerts_by_group. */
export async function listAlertGroups(
  db: Db,
  orgId: string,
  { ruleId, closed }: AlertGroupFilter,
  limit: number,
  place?: TimePosition,
): Promise<Page<AlertGroupRow, TimePosition>> {
  const rows = await db
    .select()
    .from(alertGroups)
    .where(
      and(
        eq(alertGroups.orgId, orgId),
        ruleId === undefined ? undefined : eq(alertGroups.ruleId, ruleId),
        closed === undefined ? undefined : closed ? isNotNull(alertGroups.closedAt) : isNull(alertGroups.closedAt),
        behind(alertGroups.openedAt, alertGroups.id, place, 'desc'),
      ),
    )
    .orderBy(desc(alertGroups.openedAt), desc(alertGroups.id))
    .limit(limit + 1);
  const counts = await countMembers(db, rows);
  return toPage(
    rows.map((row) => ({ ...row, counts: counts.get(row.id) ?? NO_MEMBERS })),
    limit,
    ({ openedAt, id }) => ({ at: openedAt, id }),
  );
}

export async function findAlertGroup(db: Db, orgId: string, id: string): Promise<AlertGroupRow | undefined> {
  const [row] = await db
    .select()
    .from(alertGroups)
    .where(and(eq(alertGroups.orgId, orgId), eq(alertGroups.id, id)));
  if (row === undefined) return undefined;
  return { ...row, counts: (await countMembers(db, [row])).get(id) ?? NO_MEMBERS };
}

/** A group of which some are open: as many as the filter lets through. */
export interface LiveGroupRow {
  id: string;
  ruleId: string;
  openedAt: number;
  card: AlertCard;
  open: number;
  acknowledged: number;
  areChats: boolean;
}

/** Groups with open members, those with the most that nobody has acknowledged first. Served by alerts_unresolved. */
export async function listLiveGroups(
  db: Db,
  orgId: string,
  filter: ChatFilter,
  limit: number,
): Promise<LiveGroupRow[]> {
  const counts = await db
    .select({
      id: sql<string>`${alerts.groupId}`,
      open: sql<number>`count(distinct ${alerts.subject})::int`,
      acknowledged: sql<number>`(count(distinct ${alerts.subject}) filter (where ${alerts.state} = 'acknowledged'))::int`,
      areChats: sql<boolean>`bool_and(${alerts.sessionId} is not null)`,
    })
    .from(alerts)
    .leftJoin(sessions, and(eq(sessions.orgId, alerts.orgId), eq(sessions.id, alerts.sessionId)))
    .where(and(eq(alerts.orgId, orgId), isNull(alerts.resolvedAt), isNotNull(alerts.groupId), matchesChat(filter)))
    .groupBy(alerts.groupId);
  if (counts.length === 0) return [];
  const ids = counts.map(({ id }) => id);
  const { id, ruleId, openedAt, card } = alertGroups;
  const groups = await db
    .select({ id, ruleId, openedAt, card })
    .from(alertGroups)
    .where(and(eq(alertGroups.orgId, orgId), inArray(alertGroups.id, ids)));
  return groups
    .flatMap((group) => {
      const count = counts.find((one) => one.id === group.id);
      return count === undefined ? [] : [{ ...group, ...count }];
    })
    .sort((a, b) => b.open - b.acknowledged - (a.open - a.acknowledged) || b.openedAt - a.openedAt)
    .slice(0, limit);
}
