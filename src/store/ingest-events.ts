import { sql } from 'drizzle-orm';
import type { DeskEvent } from '../domain/event.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { recordset, target } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
import { events, rejectedItems } from './schema.ts';

export interface StorableEvent extends DeskEvent {
  /** What is kept in `events`: without personal data, unless that may be stored. */
  storedPayload: JsonObject;
  storedPrevious?: JsonObject;
  /** How often it came again within this call. */
  repeats: number;
  /** Whether `payload` or `previous` holds something that the stored ones do not. */
  hasPersonal: boolean;
}

/** An item that could not be read: kept, so that nothing is dropped in silence. */
export interface RejectedItem {
  orgId: string;
  source: string;
  receivedAt: number;
  reason: string;
  item?: Json;
}

/** What deduplicates an event, across portals. */
export function nameOf({ orgId, key }: Pick<DeskEvent, 'orgId' | 'key'>): string {
  return `${orgId}\n${key}`;
}

/**
 * Stores events, queues the new ones and keeps rejected items, in one statement: durable together or not at all. An
 * event that is there already only counts as repeated. Events must be distinct by `nameOf` within the call.
 * @returns the names of those that were new
 */
export async function storeItems(
  db: Db,
  { batch, rejected }: { batch: readonly StorableEvent[]; rejected: readonly RejectedItem[] },
): Promise<Set<string>> {
  if (batch.length + rejected.length === 0) return new Set();
  // In the order of keys, so that two statements that repeat the same events never wait for each other in a circle.
  const sorted = [...batch].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const rows = sorted.map((event) => ({ ...event, payload: event.storedPayload, previous: event.storedPrevious }));
  const personal = sorted.flatMap(({ orgId, key, payload, previous, hasPersonal }) =>
    hasPersonal ? [{ org_id: orgId, key, payload: { payload, ...(previous === undefined ? {} : { previous }) } }] : [],
  );
  const { columns } = target(rejectedItems);
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
      left join jsonb_to_recordset(${JSON.stringify(personal)}::text::jsonb) as p(org_id text, key text, payload jsonb)
        on p.org_id = i.org_id and p.key = i.key
      order by i.at, i.key
    ),
    refused as (
      insert into rejected_items (${columns}) select ${columns} from ${recordset(rejectedItems, rejected)}
    )
    select org_id as "orgId", key from stored where fresh`);
  return new Set(rowsOf<Pick<DeskEvent, 'orgId' | 'key'>>(result).map(nameOf));
}
