import { type SQL, sql } from 'drizzle-orm';
import type { HistoryKey } from '../../domain/computed.ts';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type Db, rowsOf } from '../database.ts';
import { rowsOfKeys } from './rows-of-keys.ts';

/**
 * How often something happened in the time before a moment, that moment included. What is read goes by whose history it is,
 * and each way has its index:
 *
 *   entries into a status, status events   transitions   by chat its primary key, by channel `transitions_by_channel`,
 *                                                        by assignee `transitions_by_assignee`
 *   messages                               messages      by chat its primary key, by channel `messages_by_channel`
 *   any other event                        events        by chat `events_by_subject`
 */
type Source = keyof typeof SOURCES;

const inWindow = sql`h.at > k.since and h.at <= k.until`;
const entered = sql`(k.status is null or (h.to_status = k.status and h.from_status is distinct from k.status))`;

const SOURCES = {
  'transitions by session': sql`transitions h where h.org_id = k.org_id and h.session_id = k.id and ${inWindow} and ${entered}`,
  'transitions by channel': sql`transitions h where h.org_id = k.org_id and h.channel_id = k.id and ${inWindow} and ${entered}`,
  'transitions by assignee': sql`transitions h where h.org_id = k.org_id and h.assignee_id = k.id and ${inWindow} and ${entered}`,
  'messages by session': sql`messages h where h.org_id = k.org_id and h.session_id = k.id and ${inWindow}`,
  'messages by channel': sql`messages h where h.org_id = k.org_id and h.channel_id = k.id and ${inWindow}`,
  'events by session': sql`events h where h.org_id = k.org_id and h.subject = k.id and ${inWindow} and h.type = k.event`,
} as const satisfies Record<string, SQL>;

/** Where a history is read; undefined for what the check of rules does not let through. */
export function sourceOf({ by, status, event }: HistoryKey): Source | undefined {
  if (status !== undefined || event === SESSION_STATUS_EVENT) return `transitions by ${by}`;
  if (event === MESSAGE_ADD_EVENT) return by === 'assignee' ? undefined : `messages by ${by}`;
  return by === 'session' ? 'events by session' : undefined;
}

/** One statement for all of them; in the order of the keys. */
export async function loadHistories(db: Db, orgId: string, keys: readonly HistoryKey[]): Promise<JsonObject[]> {
  if (keys.length === 0) return [];
  const counts = new Map<number, number>();
  for (const { place, count } of rowsOf<{ place: number; count: number }>(
    await db.execute(historiesQuery(orgId, keys)),
  ))
    counts.set(place, count);
  return keys.map((_, place) => ({ count: counts.get(place) ?? 0 }));
}

const COLUMNS = sql`place int, org_id text, id text, since timestamptz, until timestamptz, status text, event text`;

export function historiesQuery(orgId: string, keys: readonly HistoryKey[]): SQL {
  const bySource = Map.groupBy([...keys.entries()], ([, key]) => sourceOf(key));
  const parts = [...bySource].flatMap(([source, entries]): SQL[] => {
    if (source === undefined) return [];
    const wanted = entries.map(([place, { at, withinMs, id, status, event }]) => ({
      place,
      org_id: orgId,
      id,
      since: new Date(at - withinMs).toISOString(),
      until: new Date(at).toISOString(),
      status: status ?? null,
      event: event ?? null,
    }));
    return [
      sql`select k.place, (select count(*)::int from ${SOURCES[source]}) as count
        from ${rowsOfKeys(wanted, COLUMNS)}`,
    ];
  });
  return parts.length === 0 ? sql`select 0 as place, 0 as count where false` : sql.join(parts, sql` union all `);
}
