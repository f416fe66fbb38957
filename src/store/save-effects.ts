import { sql } from 'drizzle-orm';
import type { Action, ActionState } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Message, Session, Transition } from '../domain/session.ts';
import { insertRows, upsertRows } from './bulk.ts';
import type { Db } from './database.ts';
import { actions, alerts, decisions, holds, messages, sessions, transitions } from './schema.ts';

/** Writing what judging a batch of subjects gave: a statement per table, whatever the size of the batch. */
export async function saveSessions(tx: Db, rows: readonly Session[]): Promise<void> {
  await upsertRows(tx, sessions, ['org_id', 'id'], rows);
}

/** Appends to the ledger; an entry that is there already (it cannot change) is left alone. */
export async function appendLedger(
  tx: Db,
  entries: { transitions: readonly Transition[]; messages: readonly Message[] },
  recordedAt: number,
): Promise<void> {
  const rows = entries.transitions.map((transition) => ({ ...transition, recordedAt }));
  await insertRows(tx, transitions, rows, sql`on conflict do nothing`);
  await insertRows(tx, messages, entries.messages, sql`on conflict do nothing`);
}

export async function saveEpisodes(tx: Db, rows: readonly Episode[]): Promise<void> {
  await upsertRows(tx, holds, ['org_id', 'id'], rows);
}

export async function appendDecisions(tx: Db, rows: readonly Decision[]): Promise<void> {
  await insertRows(tx, decisions, rows);
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
}

/** Queues actions; one whose key is there already is left alone. */
export async function insertActions(tx: Db, queued: readonly QueuedAction[]): Promise<void> {
  const rows = queued.map(({ action, ...row }) => ({
    ...action,
    ...row,
    type: action.spec.type,
    context: row.finishedAt === undefined ? action.context : undefined,
  }));
  await insertRows(tx, actions, rows, sql`on conflict do nothing`);
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
    update alerts set state = 'resolved', resolved_at = c.at, resolved_reason = c.reason
    from jsonb_to_recordset(${list}::text::jsonb) as c("orgId" text, id text, at timestamptz, reason text)
    where alerts.org_id = c."orgId" and alerts.id = c.id and alerts.state <> 'resolved'`);
}
