import { sql } from 'drizzle-orm';
import type { DeskEvent } from '../domain/event.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { insertRows, recordset } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
import { events, rejectedItems } from './schema.ts';

export interface StorableEvent extends DeskEvent {
  /** What is kept in `events`: without personal data, unless that may be stored. */
  storedPayload: JsonObject;
  storedPrevious?: JsonObject;
  /** How often it came again within this call. */
  repeats: number;
  /** Whether `payload` holds something that `storedPayload` does not. */
  hasPersonal: boolean;
}

/**
 * Stores events and queues the new ones, in one statement: durable together or not at all. An event that is there
 * already only counts as repeated. Keys must be distinct within the call.
 * @returns the keys of those that were new
 */
export async function storeEvents(db: Db, batch: readonly StorableEvent[]): Promise<Set<string>> {
  if (batch.length === 0) return new Set();
  // In the order of keys, so that two statements that repeat the same events never wait for each other in a circle.
  const sorted = [...batch].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const rows = sorted.map((event) => ({ ...event, payload: event.storedPayload, previous: event.storedPrevious }));
  const personal = sorted.flatMap(({ key, payload, hasPersonal }) => (hasPersonal ? [{ key, payload }] : []));
  const result = await db.execute(sql`
    with incoming as (select * from ${recordset(events, rows)}),
    stored as (
      insert into events (org_id, key, source, type, subject, session_id, at, received_at, payload, previous, repeats)
      select org_id, key, source, type, subject, session_id, at, received_at, payload, previous, repeats from incoming
      on conflict (org_id, key) do update set repeats = events.repeats + 1 + excluded.repeats
      returning org_id, key, (xmax = 0) as fresh
    ),
    lane as (
      insert into lanes (org_id, subject) select distinct org_id, subject from incoming order by 1, 2
      on conflict do nothing
    ),
    queued as (
      insert into inbox (org_id, key, subject, at, payload, attempts)
      select i.org_id, i.key, i.subject, i.at, p.payload, 0
      from incoming i join stored s on s.org_id = i.org_id and s.key = i.key and s.fresh
      left join jsonb_to_recordset(${JSON.stringify(personal)}::text::jsonb) as p(key text, payload jsonb) on p.key = i.key
      order by i.at, i.key
    )
    select key from stored where fresh`);
  return new Set(rowsOf<{ key: string }>(result).map(({ key }) => key));
}

export interface RejectedItem {
  orgId: string;
  source: string;
  receivedAt: number;
  reason: string;
  item?: Json;
}

/** Keeps items that could not be read, so that nothing is dropped in silence. */
export async function storeRejected(db: Db, items: readonly RejectedItem[]): Promise<void> {
  await insertRows(db, rejectedItems, items);
}
