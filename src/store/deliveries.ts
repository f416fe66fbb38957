import { and, eq, getTableColumns, gte, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type { Action, ActionState, ActionType, DeliveryOutcome } from '../domain/action.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Holder, Pause } from '../domain/mute.ts';
import { insertRows } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
import { pausesInForce, readPause } from './mutes.ts';
import { actions, assignments, attempts, holds } from './schema.ts';

/** What deliver reads and writes: an action, its siblings, its attempts. */
export interface StoredAction extends Action {
  state: ActionState;
  attempts: number;
  waitsFor?: string[];
  result?: JsonObject;
  reason?: string;
  finishedAt?: number;
  heldBy?: Holder;
  heldAt?: number;
  heldUntil?: number;
}

type ActionRow = typeof actions.$inferSelect;

export function toStoredAction({ type: _, ...row }: ActionRow): StoredAction {
  const { context, ...rest } = row;
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return { ...(present as Omit<StoredAction, 'context'>), context: context ?? {} };
}

/**
 * An action that is about to be carried out, with the pauses in force, read in one statement and so at no cost: a pause
 * counts for whatever begins after it was made, in every process. Where the action does not know its channel (an edit
 * of a card), the chat does.
 */
export async function findActionToDeliver(
  db: Db,
  orgId: string,
  id: string,
  now: number,
): Promise<{ action: StoredAction; pauses: Pause[]; channelId: string | undefined } | undefined> {
  const [row] = await db
    .select({
      action: getTableColumns(actions),
      pauses: pausesInForce(orgId, now),
      channelId: sql<string | null>`coalesce(${actions.channelId}, (
        select s.channel_id from sessions s where s.org_id = actions.org_id and s.id = actions.session_id))`,
    })
    .from(actions)
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)));
  if (row === undefined) return undefined;
  return {
    action: toStoredAction(row.action),
    pauses: row.pauses.map(readPause),
    channelId: row.channelId ?? undefined,
  };
}

export async function findAction(db: Db, orgId: string, id: string): Promise<StoredAction | undefined> {
  const [row] = await db
    .select()
    .from(actions)
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)));
  return row === undefined ? undefined : toStoredAction(row);
}

/** The same, locked until the end of the transaction. */
export async function lockAction(tx: Db, orgId: string, id: string): Promise<StoredAction | undefined> {
  const [row] = await tx
    .select()
    .from(actions)
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)))
    .for('update');
  return row === undefined ? undefined : toStoredAction(row);
}

/** All actions of one firing: for `needs` and `results`. */
export async function loadFiring(db: Db, orgId: string, firing: string): Promise<StoredAction[]> {
  const rows = await db
    .select()
    .from(actions)
    .where(and(eq(actions.orgId, orgId), eq(actions.firing, firing)));
  return rows.map(toStoredAction);
}

/**
 * The same, locked in one order: of two siblings that settle at once, the second sees what the first did. Read after the
 * lock, since a statement that waited for a lock does not see the rows (failure actions) that its holder has inserted.
 */
export async function lockFiring(tx: Db, orgId: string, firing: string): Promise<StoredAction[]> {
  const ofFiring = and(eq(actions.orgId, orgId), eq(actions.firing, firing));
  await tx.select({ id: actions.id }).from(actions).where(ofFiring).orderBy(actions.id).for('update');
  return loadFiring(tx, orgId, firing);
}

export interface EarlierAttempt {
  attempt: number;
  startedAt: number;
  /** Absent: its process died before the answer. */
  outcome?: string;
}

export async function loadAttempts(db: Db, orgId: string, actionId: string): Promise<EarlierAttempt[]> {
  const rows = await db
    .select({ attempt: attempts.attempt, startedAt: attempts.startedAt, outcome: attempts.outcome })
    .from(attempts)
    .where(and(eq(attempts.orgId, orgId), eq(attempts.actionId, actionId)))
    .orderBy(attempts.attempt);
  return rows.map(({ outcome, ...row }) => (outcome === null ? row : { ...row, outcome }));
}

/** Whether the episode's conditions have ended. */
export async function isEpisodeOver(db: Db, orgId: string, episodeId: string): Promise<boolean> {
  const [row] = await db
    .select({ endedAt: holds.endedAt })
    .from(holds)
    .where(and(eq(holds.orgId, orgId), eq(holds.id, episodeId)));
  return row !== undefined && row.endedAt !== null;
}

/**
 * Marks an action as being delivered and opens an attempt, in one statement. Absent: it is final by now.
 * @returns the number of the attempt
 */
export async function startAttempt(db: Db, orgId: string, id: string, now: number): Promise<number | undefined> {
  const at = new Date(now).toISOString();
  const rows = await db.execute(sql`
    with started as (
      update actions set state = 'delivering', attempts = attempts + 1
      where org_id = ${orgId} and id = ${id} and finished_at is null
      returning org_id, id, attempts
    )
    insert into attempts (org_id, action_id, attempt, started_at)
    select org_id, id, attempts, ${at}::timestamptz from started
    on conflict (org_id, action_id, attempt) do update set started_at = excluded.started_at
    returning attempt`);
  return rowsOf<{ attempt: number }>(rows)[0]?.attempt;
}

export interface Settlement {
  state: ActionState;
  reason?: string;
  params?: JsonObject;
  result?: JsonObject;
  /** Final: when. */
  finishedAt?: number;
  /** The facts to keep when final: none once delivered, blanked ones where a person may want it tried again. */
  context?: JsonObject;
  /** Its card was counted against the budget of its channel. */
  admittedAt?: number;
  /** An attempt that was mere pacing does not count. */
  uncounted?: boolean;
}

/** Writes how an action stands after an attempt. */
export async function settleAction(tx: Db, orgId: string, id: string, settlement: Settlement): Promise<void> {
  const { state, reason = null, params, result, finishedAt = null, context = null, uncounted, admittedAt } = settlement;
  await tx
    .update(actions)
    .set({
      state,
      reason,
      finishedAt,
      ...(params === undefined ? {} : { params }),
      ...(result === undefined ? {} : { result }),
      ...(admittedAt === undefined ? {} : { admittedAt }),
      ...(uncounted === true ? { attempts: sql`greatest(0, ${actions.attempts} - 1)` } : {}),
      ...(finishedAt === null ? {} : { context, waitsFor: null, heldBy: null, heldAt: null, heldUntil: null }),
    })
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)));
}

export async function closeAttempt(
  tx: Db,
  attempt: { orgId: string; actionId: string; attempt: number },
  outcome: DeliveryOutcome['kind'] | 'failed',
  reason: string | undefined,
  now: number,
): Promise<void> {
  await tx
    .update(attempts)
    .set({ finishedAt: now, outcome, reason: reason ?? null })
    .where(
      and(
        eq(attempts.orgId, attempt.orgId),
        eq(attempts.actionId, attempt.actionId),
        eq(attempts.attempt, attempt.attempt),
      ),
    );
}

/**
 * A person wants an action tried again though the answer of an attempt was lost: from now on that attempt does not keep
 * it from being repeated.
 */
export async function overruleLostAttempts(tx: Db, orgId: string, actionId: string): Promise<void> {
  await tx
    .update(attempts)
    .set({ outcome: 'overruled' })
    .where(
      and(
        eq(attempts.orgId, orgId),
        eq(attempts.actionId, actionId),
        sql`(${attempts.outcome} is null or ${attempts.outcome} = 'uncertain')`,
      ),
    );
}

/** Removes an attempt that was mere pacing: it is no try of the destination. */
export async function dropAttempt(tx: Db, orgId: string, actionId: string, attempt: number): Promise<void> {
  await tx
    .delete(attempts)
    .where(and(eq(attempts.orgId, orgId), eq(attempts.actionId, actionId), eq(attempts.attempt, attempt)));
}

/** Lets waiting actions go: they are to be enqueued in the same transaction. */
export async function releaseActions(tx: Db, orgId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(actions)
    .set({ waitsFor: null })
    .where(and(eq(actions.orgId, orgId), inArray(actions.id, [...ids])));
}

/** Actions that wait for their destination to be connected and are still in time, locked; the next to expire first. */
export async function takeNotConnected(
  tx: Db,
  { types, now, limit }: { types: readonly ActionType[]; now: number; limit: number },
): Promise<StoredAction[]> {
  const rows = await tx
    .select()
    .from(actions)
    .where(
      and(
        eq(actions.state, 'not_connected'),
        isNull(actions.finishedAt),
        isNull(actions.heldBy),
        gte(actions.expiresAt, now),
        inArray(actions.type, [...types]),
      ),
    )
    .orderBy(actions.expiresAt)
    .limit(limit)
    .for('update', { skipLocked: true });
  return rows.map(toStoredAction);
}

/**
 * Unfinished actions past their expiry that no job carries any more: those not connected, and those that wait for others.
 * While something of its firing is held back, an action does not expire: it may be that which it waits for.
 */
export async function findExpired(db: Db, now: number, limit: number): Promise<StoredAction[]> {
  const rows = await db
    .select()
    .from(actions)
    .where(
      and(
        isNull(actions.finishedAt),
        lt(actions.expiresAt, now),
        or(eq(actions.state, 'not_connected'), and(eq(actions.state, 'queued'), isNotNull(actions.waitsFor))),
        sql`not exists (
          select 1 from actions h
          where h.org_id = ${actions.orgId} and h.firing = ${actions.firing} and h.held_by is not null)`,
      ),
    )
    .orderBy(actions.expiresAt)
    .limit(limit);
  return rows.map(toStoredAction);
}

/** Whether no job carries an unfinished action, and it may expire so: it waits for a connection, or for others. */
export function isStranded({ state, waitsFor, heldBy }: Pick<StoredAction, 'state' | 'waitsFor' | 'heldBy'>): boolean {
  if (heldBy !== undefined) return false;
  return state === 'not_connected' || (state === 'queued' && waitsFor !== undefined);
}

/** Puts a finished action back, to be tried until `expiresAt`. */
export async function reopenAction(
  tx: Db,
  orgId: string,
  id: string,
  reopened: { expiresAt: number; context: JsonObject },
): Promise<void> {
  await tx
    .update(actions)
    .set({ state: 'queued', finishedAt: null, reason: null, ...reopened })
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)));
}

/** Remembers a reassignment of ours: load and rotation of the next pick. */
export async function insertAssignment(
  tx: Db,
  row: {
    orgId: string;
    actionId: string;
    sessionId: string;
    agentId: string;
    previousAgentId?: string;
    at: number;
  },
): Promise<void> {
  await insertRows(tx, assignments, [row], sql`on conflict do nothing`);
}

/** Our own reassignments since an instant. */
export async function loadRecentAssignments(
  db: Db,
  orgId: string,
  since: number,
): Promise<{ agentId: string; at: number }[]> {
  return db
    .select({ agentId: assignments.agentId, at: assignments.at })
    .from(assignments)
    .where(sql`${eq(assignments.orgId, orgId)} and ${assignments.at} >= ${new Date(since).toISOString()}::timestamptz`);
}

/** Desk agent ids of those from whom our reassignments took a chat since an instant. */
export async function loadTakenFrom(db: Db, orgId: string, sessionId: string, since: number): Promise<string[]> {
  const rows = await db
    .selectDistinct({ agentId: assignments.previousAgentId })
    .from(assignments)
    .where(
      and(
        eq(assignments.orgId, orgId),
        eq(assignments.sessionId, sessionId),
        gte(assignments.at, since),
        isNotNull(assignments.previousAgentId),
      ),
    );
  return rows.flatMap(({ agentId }) => agentId ?? []);
}
