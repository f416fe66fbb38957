import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Alert, AlertCard } from '../domain/alert.ts';
import type { AlertGroup, GroupCounts, GroupState, GroupView } from '../domain/alert-group.ts';
import { insertRows } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
import { alertGroups, alerts } from './schema.ts';

/**
 * Groups of alerts. Who joins holds their keys shared until the end of its transaction, who closes a group holds its key
 * alone: so no alert joins a group that is being closed, and those that join do not wait for each other. The locks are
 * advisory ones of the transaction: locks of the row would make the edits of the card wait for those that join.
 */
export interface GroupKey {
  orgId: string;
  key: string;
}

export function lockKeysToJoin(tx: Db, keys: readonly GroupKey[]): Promise<void> {
  return lockKeys(tx, keys, sql`pg_advisory_xact_lock_shared`);
}

export function lockKeysToClose(tx: Db, keys: readonly GroupKey[]): Promise<void> {
  return lockKeys(tx, keys, sql`pg_advisory_xact_lock`);
}

/** In one order for all, so that nobody waits in a circle. */
async function lockKeys(tx: Db, keys: readonly GroupKey[], lock: SQL): Promise<void> {
  if (keys.length === 0) return;
  const names = JSON.stringify(keys.map(({ orgId, key }) => `alert group ${orgId}/${key}`));
  await tx.execute(sql`
    select ${lock}(id) from (
      select distinct hashtextextended(name, 0) as id from jsonb_array_elements_text(${names}::text::jsonb) as n(name)
      order by 1) as ids`);
}

/** Opens groups; where one of the same key is open, that one stays. */
export async function openGroups(tx: Db, groups: readonly AlertGroup[]): Promise<void> {
  await insertRows(tx, alertGroups, groups, sql`order by org_id, key on conflict do nothing`);
}

/** The open groups of these keys, which must be locked. Served by alert_groups_open. */
export async function findOpenGroups(tx: Db, keys: readonly GroupKey[]): Promise<(GroupKey & { id: string })[]> {
  if (keys.length === 0) return [];
  const list = JSON.stringify(keys);
  const rows = await tx.execute(sql`
    select g.org_id, g.key, g.id from jsonb_to_recordset(${list}::text::jsonb) as k("orgId" text, key text)
    join alert_groups g on g.org_id = k."orgId" and g.key = k.key and g.closed_at is null`);
  return rowsOf<{ org_id: string; key: string; id: string }>(rows).map(({ org_id, ...row }) => ({
    orgId: org_id,
    ...row,
  }));
}

/** Which of these alerts are members of a group: their cards are not edited one by one. */
export async function findGrouped(tx: Db, ids: readonly { orgId: string; id: string }[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const list = JSON.stringify(ids);
  const rows = await tx.execute(sql`
    select a.id from jsonb_to_recordset(${list}::text::jsonb) as k("orgId" text, id text)
    join alerts a on a.org_id = k."orgId" and a.id = k.id and a.group_id is not null`);
  return new Set(rowsOf<{ id: string }>(rows).map(({ id }) => id));
}

/** Locks the groups whose card is to be looked at, passing over those that another process looks at. Served by alert_groups_due. */
export async function claimDueGroups(tx: Db, now: number, limit: number): Promise<AlertGroup[]> {
  const at = new Date(now).toISOString();
  const rows = await tx
    .select()
    .from(alertGroups)
    .where(and(isNotNull(alertGroups.nextAt), sql`${alertGroups.nextAt} <= ${at}::timestamptz`))
    .orderBy(alertGroups.nextAt)
    .limit(limit)
    .for('no key update', { skipLocked: true });
  return rows.map(toGroup);
}

/** When the next card is to be looked at, epoch ms. Served by alert_groups_due. */
export async function findNextGroupAt(db: Db): Promise<number | undefined> {
  const rows = await db.execute(sql`
    select (extract(epoch from min(next_at)) * 1000)::float8 as at from alert_groups where next_at is not null`);
  return rowsOf<{ at: number | null }>(rows)[0]?.at ?? undefined;
}

/** The members of groups, counted in one statement. Served by alerts_by_group. */
export async function countMembers(
  db: Db,
  groups: readonly Pick<AlertGroup, 'orgId' | 'id'>[],
): Promise<Map<string, GroupCounts>> {
  if (groups.length === 0) return new Map();
  const list = JSON.stringify(groups.map(({ orgId, id }) => ({ orgId, id })));
  const rows = await db.execute(sql`
    select a.group_id as id, count(distinct a.subject)::int as total,
      (count(distinct a.subject) filter (where a.resolved_at is null))::int as open,
      (count(distinct a.subject) filter (where a.state = 'acknowledged'))::int as acknowledged,
      (count(*) filter (where a.episode_id is null))::int as notices,
      bool_and(a.session_id is not null) as are_chats
    from jsonb_to_recordset(${list}::text::jsonb) as k("orgId" text, id text)
    join alerts a on a.org_id = k."orgId" and a.group_id = k.id
    group by 1`);
  type Row = Omit<GroupCounts, 'areChats'> & { id: string; are_chats: boolean };
  return new Map(
    rowsOf<Row>(rows).map(({ id, are_chats: areChats, ...counts }) => [id, { ...counts, areChats }] as const),
  );
}

export const NO_MEMBERS: GroupCounts = { total: 0, open: 0, acknowledged: 0, notices: 0, areChats: true };

export async function findGroup(db: Db, orgId: string, id: string): Promise<AlertGroup | undefined> {
  const [row] = await db.select().from(alertGroups).where(isGroup(orgId, id));
  return row === undefined ? undefined : toGroup(row);
}

/** A group with what its card shows of it: counts, and some members. */
export async function viewGroup(db: Db, orgId: string, id: string, members: number): Promise<GroupView | undefined> {
  const group = await findGroup(db, orgId, id);
  if (group === undefined) return undefined;
  // The counts come first: a member that joins in between is then missing from them, and the next look shows it.
  const counts = (await countMembers(db, [group])).get(id) ?? NO_MEMBERS;
  const rows = await db
    .select()
    .from(alerts)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.groupId, id)))
    .orderBy(sql`${alerts.resolvedAt} is not null`, sql`${alerts.openedAt} desc`, alerts.id)
    .limit(members);
  return { ...group, counts, latest: rows.map((row) => withoutNulls<Alert>(row)) };
}

export async function changeGroups(tx: Db, states: readonly GroupState[]): Promise<void> {
  if (states.length === 0) return;
  const iso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
  const list = JSON.stringify(
    states.map(({ closedAt, nextAt, ...state }) => ({ ...state, closedAt: iso(closedAt), nextAt: iso(nextAt) })),
  );
  await tx.execute(sql`
    update alert_groups g set version = c.version, closed_at = c."closedAt", next_at = c."nextAt"
    from jsonb_to_recordset(${list}::text::jsonb)
      as c("orgId" text, id text, version int, "closedAt" timestamptz, "nextAt" timestamptz)
    where g.org_id = c."orgId" and g.id = c.id`);
}

/** Makes an alert a member of a group. */
export async function markMember(
  tx: Db,
  { orgId, id, groupId, card }: { orgId: string; id: string; groupId: string; card: AlertCard },
): Promise<boolean> {
  const rows = await tx
    .update(alerts)
    .set({ groupId, card })
    .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)))
    .returning({ id: alerts.id });
  return rows.length > 0;
}

export type GroupChange = Partial<Omit<typeof alertGroups.$inferInsert, 'orgId' | 'id'>>;

export async function changeGroup(tx: Db, orgId: string, id: string, change: GroupChange): Promise<void> {
  await tx.update(alertGroups).set(change).where(isGroup(orgId, id));
}

/** Has a group's card looked at soon; one whose edit is under way, or that is done, stays as it is. */
export async function hastenGroup(tx: Db, orgId: string, id: string, at: number): Promise<void> {
  const soon = new Date(at).toISOString();
  await tx.execute(sql`
    update alert_groups set next_at = least(next_at, ${soon}::timestamptz)
    where org_id = ${orgId} and id = ${id} and next_at is not null`);
}

/** Members whose group never got a card, since all of them were over before: their actions did nothing. */
export async function skipMembers(tx: Db, orgId: string, groupId: string, reason: string): Promise<void> {
  await tx.execute(sql`
    update actions set state = 'skipped', reason = ${reason}, result = null
    where org_id = ${orgId} and state = 'delivered'
      and id in (select a.id from alerts a where a.org_id = ${orgId} and a.group_id = ${groupId})`);
}

function isGroup(orgId: string, id: string): SQL | undefined {
  return and(eq(alertGroups.orgId, orgId), eq(alertGroups.id, id));
}

function toGroup(row: typeof alertGroups.$inferSelect): AlertGroup {
  return withoutNulls<AlertGroup>(row);
}

/** Guarantee: the columns are those of the domain type, whose absent properties are nulls of the row. */
function withoutNulls<T>(row: object): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

/** Members that are not resolved. Served by alerts_by_group. */
export async function listOpenMembers(
  db: Db,
  orgId: string,
  groupId: string,
): Promise<{ id: string; subject: string }[]> {
  return db
    .select({ id: alerts.id, subject: alerts.subject })
    .from(alerts)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.groupId, groupId), isNull(alerts.resolvedAt)));
}

/** Acknowledges those of these alerts that are open, whose lanes are locked, with their episodes. @returns how many */
export function acknowledgeMembers(
  tx: Db,
  orgId: string,
  ids: readonly string[],
  { at, by }: { at: number; by: string },
): Promise<number> {
  const moment = new Date(at).toISOString();
  const state = sql`state = 'acknowledged', snoozed_until = null, acknowledged_at = ${moment}::timestamptz, acknowledged_by = ${by}`;
  return changeMembers(tx, orgId, ids, { at, set: state, of: sql`a.state in ('open', 'snoozed')` });
}

/** Resolves those of these alerts that are not resolved, whose lanes are locked; their ladders stop. @returns how many */
export function resolveMembers(
  tx: Db,
  orgId: string,
  ids: readonly string[],
  { at, by }: { at: number; by: string },
): Promise<number> {
  const moment = new Date(at).toISOString();
  const reason = `resolved by ${by}`;
  const state = sql`state = 'resolved', snoozed_until = null, resolved_at = ${moment}::timestamptz, resolved_reason = ${reason}`;
  return changeMembers(tx, orgId, ids, { at, set: state, of: sql`a.state <> 'resolved'` });
}

async function changeMembers(
  tx: Db,
  orgId: string,
  ids: readonly string[],
  { at, set, of }: { at: number; set: SQL; of: SQL },
): Promise<number> {
  const moment = new Date(at).toISOString();
  const rows = await tx.execute(sql`
    with changed as (
      update alerts a set ${set}
      where a.org_id = ${orgId} and a.id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)) and ${of}
      returning a.episode_id
    ), episodes as (
      update holds h set acknowledged_at = ${moment}::timestamptz
      from (select distinct episode_id from changed) c
      where h.org_id = ${orgId} and h.id = c.episode_id and h.acknowledged_at is null
    )
    select count(*)::int as changed from changed`);
  return rowsOf<{ changed: number }>(rows)[0]?.changed ?? 0;
}

/** A group as a click on its card finds it: where Slack has the card, and whether anything is left to do. */
export async function findClickedGroup(
  db: Db,
  orgId: string,
  id: string,
): Promise<{ state: 'open' | 'resolved'; slackChannel?: string } | undefined> {
  const group = await findGroup(db, orgId, id);
  if (group === undefined) return undefined;
  const { open } = (await countMembers(db, [group])).get(id) ?? NO_MEMBERS;
  const posted = group.slackTs === undefined ? {} : { slackChannel: group.slackChannel };
  return { state: open === 0 ? 'resolved' : 'open', ...posted };
}
