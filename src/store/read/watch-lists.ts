import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNotNull,
  isNull,
  ne,
  notInArray,
  or,
  sql,
} from 'drizzle-orm';
import type { ActionState } from '../../domain/action.ts';
import type { Holder } from '../../domain/mute.ts';
import type { Db } from '../database.ts';
import { actions, alerts, decisions, holds, sessions } from '../schema.ts';
import { type ChatFilter, matchesChat } from './chat-filter.ts';

/**
 * What is watched live, each row with what is known of its chat: running holds, unresolved alerts, the latest decisions
 * and actions. Short lists for a screen; the API pages through the whole tables.
 */

/** Of how many newest rows a list is picked: a rare channel must not make the query read the whole table. */
const LATEST = 1_000;

const chat = { channelId: sessions.channelId, status: sessions.status, assigneeId: sessions.assigneeId };
type Chat = { channelId: string | null; status: string | null; assigneeId: string | null };

type Hold = typeof holds.$inferSelect;
export type RunningHoldRow = Pick<
  Hold,
  'id' | 'ruleId' | 'subject' | 'sessionId' | 'mode' | 'startedAt' | 'approximate' | 'dueAt'
> &
  Chat;

/** Soonest due first. Served by holds_by_state. */
export function listRunningHolds(db: Db, orgId: string, filter: ChatFilter, limit: number): Promise<RunningHoldRow[]> {
  const { id, ruleId, subject, sessionId, mode, startedAt, approximate, dueAt } = getTableColumns(holds);
  return db
    .select({ id, ruleId, subject, sessionId, mode, startedAt, approximate, dueAt, ...chat })
    .from(holds)
    .leftJoin(sessions, and(eq(sessions.orgId, holds.orgId), eq(sessions.id, holds.sessionId)))
    .where(and(eq(holds.orgId, orgId), eq(holds.state, 'running'), matchesChat(filter)))
    .orderBy(asc(holds.dueAt), asc(holds.id))
    .limit(limit);
}

export type LiveAlertRow = typeof alerts.$inferSelect & Chat & { nextStepAt: number | null } & HeldCard;

/** The silence or pause that holds the card back, which has the id of its action. */
export interface HeldCard {
  heldBy: Holder | null;
  heldUntil: number | null;
}

const liveAlert = {
  ...getTableColumns(alerts),
  ...chat,
  // Steps of an acknowledged episode still fall due, and are then skipped: nothing that a person has to expect.
  nextStepAt: sql<
    number | null
  >`case when ${holds.acknowledgedAt} is null and ${holds.endedAt} is null then (extract(epoch from ${holds.nextAt}) * 1000)::float8 end`,
};

function selectAlerts(db: Db) {
  return db
    .select({ ...liveAlert, heldBy: actions.heldBy, heldUntil: actions.heldUntil })
    .from(alerts)
    .leftJoin(actions, and(eq(actions.orgId, alerts.orgId), eq(actions.id, alerts.id), isNotNull(actions.heldBy)))
    .leftJoin(sessions, and(eq(sessions.orgId, alerts.orgId), eq(sessions.id, alerts.sessionId)))
    .leftJoin(holds, and(eq(holds.orgId, alerts.orgId), eq(holds.id, alerts.episodeId)));
}

/** Those that nobody has acknowledged first, then the newest; with `grouped: false` without the members of groups. Served by alerts_unresolved, alerts_by_session. */
export function listLiveAlerts(
  db: Db,
  orgId: string,
  filter: ChatFilter & { sessionId?: string | undefined; grouped?: boolean },
  limit: number,
): Promise<LiveAlertRow[]> {
  const ofSession = filter.sessionId === undefined ? undefined : eq(alerts.sessionId, filter.sessionId);
  const apart = filter.grouped === false ? isNull(alerts.groupId) : undefined;
  return selectAlerts(db)
    .where(and(eq(alerts.orgId, orgId), isNull(alerts.resolvedAt), ofSession, apart, matchesChat(filter)))
    .orderBy(sql`${alerts.state} = 'acknowledged'`, desc(alerts.openedAt), asc(alerts.id))
    .limit(limit);
}

export async function findLiveAlert(db: Db, orgId: string, id: string): Promise<LiveAlertRow | undefined> {
  const [row] = await selectAlerts(db).where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)));
  return row;
}

type Decision = typeof decisions.$inferSelect;
export type LatestDecisionRow = Pick<
  Decision,
  'id' | 'ruleId' | 'subject' | 'sessionId' | 'outcome' | 'mode' | 'step' | 'decidedAt' | 'reason'
> &
  Chat;

/** The newest first, without firings of the rules in `routineRules`. Served by the primary key. */
export function listLatestDecisions(
  db: Db,
  orgId: string,
  filter: ChatFilter,
  limit: number,
  routineRules: readonly string[] = [],
): Promise<LatestDecisionRow[]> {
  const { trace: _trace, ...columns } = getTableColumns(decisions);
  const latest = db
    .select(columns)
    .from(decisions)
    .where(eq(decisions.orgId, orgId))
    .orderBy(desc(decisions.id))
    .limit(LATEST)
    .as('latest');
  const isWanted =
    routineRules.length === 0
      ? undefined
      : or(ne(latest.outcome, 'fired'), notInArray(latest.ruleId, [...routineRules]));
  const { id, ruleId, subject, sessionId, outcome, mode, step, decidedAt, reason } = latest;
  return db
    .select({ id, ruleId, subject, sessionId, outcome, mode, step, decidedAt, reason, ...chat })
    .from(latest)
    .leftJoin(sessions, and(eq(sessions.orgId, latest.orgId), eq(sessions.id, latest.sessionId)))
    .where(and(matchesChat(filter), isWanted))
    .orderBy(desc(latest.id))
    .limit(limit);
}

type Action = typeof actions.$inferSelect;
export type LatestActionRow = Pick<
  Action,
  | 'id'
  | 'ruleId'
  | 'subject'
  | 'sessionId'
  | 'type'
  | 'state'
  | 'reason'
  | 'attempts'
  | 'createdAt'
  | 'expiresAt'
  | 'finishedAt'
> &
  Chat;

const {
  context: _context,
  spec: _spec,
  params: _params,
  result: _result,
  ...latestActionColumns
} = getTableColumns(actions);

/**
 * The newest first, without counters and records that went well; with `among`, only those in these states and not older
 * than `since`. Served by actions_recent and actions_by_state.
 */
export function listLatestActions(
  db: Db,
  orgId: string,
  filter: ChatFilter,
  limit: number,
  among?: { states: readonly ActionState[]; since: number },
): Promise<LatestActionRow[]> {
  const condition = matchesChat(filter);
  const latest = db
    .select(latestActionColumns)
    .from(actions)
    .where(
      and(
        eq(actions.orgId, orgId),
        among === undefined ? undefined : inArray(actions.state, [...among.states]),
        among === undefined ? undefined : sql`${actions.state} not in ('delivered', 'skipped')`,
        among === undefined ? undefined : gte(actions.createdAt, among.since),
      ),
    )
    .orderBy(desc(actions.createdAt), desc(actions.id))
    .limit(LATEST)
    .as('latest');
  const { id, ruleId, subject, sessionId, type, state, reason, attempts, createdAt, expiresAt, finishedAt } = latest;
  // Effects on our own tables, of which a busy desk has a few for each event; the tiles show them.
  const isRoutine = sql`${type} in ('dashboard.update', 'record') and ${state} = 'delivered'`;
  const shown = { id, ruleId, subject, sessionId, type, state, reason, attempts, createdAt, expiresAt, finishedAt };
  return db
    .select({ ...shown, ...chat })
    .from(latest)
    .leftJoin(sessions, and(eq(sessions.orgId, latest.orgId), eq(sessions.id, latest.sessionId)))
    .where(and(condition, sql`not (${isRoutine})`))
    .orderBy(desc(latest.createdAt), desc(latest.id))
    .limit(limit);
}

/** How many actions since `since` stand in each of these states. Served by actions_by_state. */
export async function countActions(
  db: Db,
  orgId: string,
  states: readonly ActionState[],
  since: number,
): Promise<Partial<Record<ActionState, number>>> {
  const rows = await db
    .select({ state: actions.state, actions: sql<number>`count(*)::int` })
    .from(actions)
    .where(
      and(
        eq(actions.orgId, orgId),
        inArray(actions.state, [...states]),
        sql`${actions.state} not in ('delivered', 'skipped')`,
        gte(actions.createdAt, since),
      ),
    )
    .groupBy(actions.state);
  return Object.fromEntries(rows.map((row) => [row.state, row.actions]));
}
