import { sql } from 'drizzle-orm';
import type { Action, ActionState } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Holder } from '../domain/mute.ts';
import type { Message, Session, Transition } from '../domain/session.ts';
import { executeTogether, insertion, insertRows, replacement } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
import { actions, alerts, decisions, holds, messages, sessions, transitions } from './schema.ts';
import { type WaitingEvent, waitingRemoval } from './subjects.ts';

/** Writing what judging a batch of subjects gave: a statement per table at the most, whatever the size of the batch. */
export interface JudgedState {
  sessions: readonly Session[];
  transitions: readonly Transition[];
  messages: readonly Message[];
  episodes: readonly Episode[];
  decisions: readonly Decision[];
  /** The events that were judged. */
  waiting: readonly WaitingEvent[];
}

/**
 * What every batch writes, in one statement. A ledger entry that is there already (it cannot change) is left alone; what
 * was judged leaves the inbox, and its personal data with it.
 */
export async function saveState(tx: Db, state: JudgedState, recordedAt: number): Promise<void> {
  const entries = state.transitions.map((transition) => ({ inferred: false, ...transition, recordedAt }));
  await executeTogether(tx, [
    replacement(sessions, ['org_id', 'id'], state.sessions),
    insertion(transitions, entries, sql`on conflict do nothing`),
    insertion(messages, state.messages, sql`on conflict do nothing`),
    replacement(holds, ['org_id', 'id'], state.episodes),
    insertion(decisions, state.decisions),
    waitingRemoval(state.waiting),
  ]);
}

/** An action as it is queued, or as it was carried out at once. */
export interface QueuedAction {
  action: Action;
  state: ActionState;
  waitsFor?: string[];
  params?: JsonObject;
  result?: JsonObject;
  reason?: string;
  attempts: number;
  finishedAt?: number;
  /** Held back: by what, since when, and until when if that is known. No job carries it meanwhile. */
  heldBy?: Holder;
  heldAt?: number;
  heldUntil?: number;
}

/**
 * Queues actions; one whose key is there already is left alone.
 * @returns ids of those that were not there
 */
export async function insertActions(tx: Db, queued: readonly QueuedAction[]): Promise<Set<string>> {
  if (queued.length === 0) return new Set();
  const rows = queued.map(({ action, ...row }) => ({
    ...action,
    ...row,
    type: action.spec.type,
    context: row.finishedAt === undefined ? action.context : undefined,
  }));
  const inserted = await tx.execute(insertion(actions, rows, sql`on conflict do nothing returning id`));
  return new Set(rowsOf<{ id: string }>(inserted).map(({ id }) => id));
}

export async function insertAlerts(tx: Db, rows: readonly Alert[]): Promise<void> {
  await insertRows(tx, alerts, rows, sql`on conflict do nothing`);
}

/** Resolves alerts that are not resolved yet. */
export async function resolveAlerts(
  tx: Db,
  changes: readonly { orgId: string; id: string; at: number; reason: string }[],
): Promise<void> {
  if (changes.length === 0) return;
  const list = JSON.stringify(changes.map((change) => ({ ...change, at: new Date(change.at).toISOString() })));
  await tx.execute(sql`
    update alerts set state = 'resolved', resolved_at = c.at, resolved_reason = c.reason, snoozed_until = null
    from jsonb_to_recordset(${list}::text::jsonb) as c("orgId" text, id text, at timestamptz, reason text)
    where alerts.org_id = c."orgId" and alerts.id = c.id and alerts.state <> 'resolved'`);
}

/** Opens alerts again whose snooze is over; one that was acknowledged or resolved meanwhile stays as it is. */
export async function reopenAlerts(tx: Db, changes: readonly { orgId: string; id: string }[]): Promise<void> {
  if (changes.length === 0) return;
  const list = JSON.stringify(changes.map(({ orgId, id }) => ({ org_id: orgId, id })));
  await tx.execute(sql`
    update alerts set state = 'open', snoozed_until = null
    from jsonb_to_recordset(${list}::text::jsonb) as c(org_id text, id text)
    where alerts.org_id = c.org_id and alerts.id = c.id and alerts.state = 'snoozed'`);
}
