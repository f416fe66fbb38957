import { type SQL, sql } from 'drizzle-orm';
import type { ChannelKey } from '../../domain/computed.ts';
import { type Db, rowsOf } from '../database.ts';
import { rowsOfKeys } from './rows-of-keys.ts';

/** What the store knows of a channel at a moment. */
export interface ChannelState {
  /** Its open chats by status. */
  counts: Record<string, number>;
  /** When something came from it last, up to the moment asked for; epoch ms. */
  lastAt: number | undefined;
  /** The silences that its history has at this hour of the week, ms; one for each week that was seen. */
  silencesMs: number[];
}

/**
 * In the order of the keys. Counts are served by `sessions_open`; the last event by `transitions_by_channel` and
 * `messages_by_channel`, one entry of each; silences by the primary key of `channel_rhythms`.
 */
export async function loadChannels(db: Db, orgId: string, keys: readonly ChannelKey[]): Promise<ChannelState[]> {
  if (keys.length === 0) return [];
  const rows = rowsOf<ChannelRow>(await db.execute(channelsQuery(orgId, keys)));
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return keys.map((_, place) => {
    const row = byPlace.get(place);
    return {
      counts: row?.counts ?? {},
      lastAt: row === undefined || row.last_at === null ? undefined : row.last_at,
      silencesMs: row?.silences_ms ?? [],
    };
  });
}

interface ChannelRow {
  place: number;
  counts: Record<string, number> | null;
  last_at: number | null;
  silences_ms: number[] | null;
}

/** 0 is Monday 00:00 UTC. */
export function hourOfWeek(at: number): number {
  // The epoch was a Thursday.
  return (Math.floor(at / 3_600_000) + 3 * 24) % 168;
}

export function channelsQuery(orgId: string, keys: readonly ChannelKey[]): SQL {
  const wanted = keys.map(({ at, id }, place) => ({
    place,
    id,
    at: new Date(at).toISOString(),
    hour: hourOfWeek(at),
  }));
  return sql`
    with wanted as materialized (
      select * from ${rowsOfKeys(wanted, sql`place int, id text, at timestamptz, hour int`)}
    ),
    open_chats as (
      select s.channel_id, jsonb_object_agg(s.status, s.chats) as counts
      from (
        select channel_id, status, count(*)::int as chats from sessions
        where org_id = ${orgId} and status is distinct from 'ENDED' and status is not null
          and channel_id in (select id from wanted)
        group by channel_id, status
      ) s group by s.channel_id
    )
    select k.place, o.counts,
      (extract(epoch from greatest(
        (select t.at from transitions t where t.org_id = ${orgId} and t.channel_id = k.id and t.at <= k.at
          order by t.at desc limit 1),
        (select m.at from messages m where m.org_id = ${orgId} and m.channel_id = k.id and m.at <= k.at
          order by m.at desc limit 1)
      )) * 1000)::float8 as last_at,
      (select r.silences_ms from channel_rhythms r
        where r.org_id = ${orgId} and r.channel_id = k.id and r.hour_of_week = k.hour) as silences_ms
    from wanted k left join open_chats o on o.channel_id = k.id`;
}

/** Channels that chats came from. `sessions_by_channel` is jumped through, so that the cost goes with the channels. */
export async function listChannelsWithChats(db: Db, orgId: string): Promise<string[]> {
  const rows = await db.execute(sql`
    with recursive channels as (
      (select channel_id as id from sessions
        where org_id = ${orgId} and channel_id is not null order by channel_id limit 1)
      union all
      select (select s.channel_id from sessions s
        where s.org_id = ${orgId} and s.channel_id > c.id order by s.channel_id limit 1)
      from channels c where c.id is not null
    )
    select id from channels where id is not null order by id`);
  return rowsOf<{ id: string }>(rows).map(({ id }) => id);
}
