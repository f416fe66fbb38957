import { sql } from 'drizzle-orm';
import { upsertRows } from './bulk.ts';
import { type Db, rowsOf } from './database.ts';
import { rowsOfKeys } from './facts/rows-of-keys.ts';
import { channelRhythms } from './schema.ts';

/** The longest silence of a channel within one hour. */
export interface HourOfSilence {
  channelId: string;
  /** The beginning of the hour, epoch ms. */
  hourAt: number;
  silenceMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * Of each channel and each whole hour from `from` to `to`, how long a silence it came to within that hour, counted from the
 * last event before. Hours before which nothing was ever heard of a channel, or nothing within `heardWithinMs`, tell nothing and
 * are left out. Served by `transitions_by_channel` and `messages_by_channel`. Oldest first.
 */
export async function measureSilences(
  tx: Db,
  orgId: string,
  channelIds: readonly string[],
  { from, to, heardWithinMs }: { from: number; to: number; heardWithinMs: number },
): Promise<HourOfSilence[]> {
  const hours = Array.from({ length: Math.floor((to - from) / HOUR_MS) }, (_, index) => from + index * HOUR_MS);
  const places = hours.flatMap((at) => channelIds.map((id) => ({ id, at: new Date(at).toISOString() })));
  const rows = await tx.execute(sql`
    select k.id as channel_id, (extract(epoch from k.at) * 1000)::float8 as hour_at,
      (extract(epoch from s.longest) * 1000)::float8 as silence_ms
    from ${rowsOfKeys(places, sql`id text, at timestamptz`)}
    cross join lateral (
      select greatest(
        (select t.at from transitions t where t.org_id = ${orgId} and t.channel_id = k.id and t.at < k.at
          order by t.at desc limit 1),
        (select m.at from messages m where m.org_id = ${orgId} and m.channel_id = k.id and m.at < k.at
          order by m.at desc limit 1)
      ) as at
    ) before
    cross join lateral (
      select max(gap.at - gap.previous) as longest from (
        select heard.at, lag(heard.at, 1, before.at) over (order by heard.at) as previous from (
          select t.at from transitions t
            where t.org_id = ${orgId} and t.channel_id = k.id and t.at >= k.at and t.at < k.at + interval '1 hour'
          union all
          select m.at from messages m
            where m.org_id = ${orgId} and m.channel_id = k.id and m.at >= k.at and m.at < k.at + interval '1 hour'
          union all
          select k.at + interval '1 hour'
        ) heard
      ) gap
    ) s
    where before.at >= k.at - ${heardWithinMs}::float8 * interval '1 ms'
    order by k.at, k.id`);
  return rowsOf<{ channel_id: string; hour_at: number; silence_ms: number }>(rows).map((row) => ({
    channelId: row.channel_id,
    hourAt: row.hour_at,
    silenceMs: row.silence_ms,
  }));
}

export type RhythmRow = typeof channelRhythms.$inferSelect;

/** What is known of these channels: 168 rows of each at the most. */
export async function loadRhythms(tx: Db, orgId: string, channelIds: readonly string[]): Promise<RhythmRow[]> {
  return tx
    .select()
    .from(channelRhythms)
    .where(
      sql`${channelRhythms.orgId} = ${orgId} and ${channelRhythms.channelId} in
        (select jsonb_array_elements_text(${JSON.stringify(channelIds)}::text::jsonb))`,
    );
}

export async function saveRhythms(tx: Db, rows: readonly RhythmRow[]): Promise<void> {
  await upsertRows(tx, channelRhythms, ['org_id', 'channel_id', 'hour_of_week'], rows);
}

/** Removes what is known of channels that have not been heard of since then. @returns how many rows were removed */
export async function pruneRhythms(db: Db, orgId: string, heardSince: number): Promise<number> {
  const since = new Date(heardSince).toISOString();
  const result = await db.execute(sql`
    delete from channel_rhythms r where r.org_id = ${orgId}
      and not exists (select 1 from transitions t
        where t.org_id = r.org_id and t.channel_id = r.channel_id and t.at >= ${since}::timestamptz)
      and not exists (select 1 from messages m
        where m.org_id = r.org_id and m.channel_id = r.channel_id and m.at >= ${since}::timestamptz)
    returning 1`);
  return rowsOf(result).length;
}
