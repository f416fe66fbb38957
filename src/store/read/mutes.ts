import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Holder } from '../../domain/mute.ts';
import { type Db, rowsOf } from '../database.ts';
import type { PauseRow, SilenceRow } from '../mutes.ts';
import { pauses, silences } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

/** Silences and pauses with how much each holds back now, for the API and the pages. */
export type ListedSilence = SilenceRow & { waiting: number };
export type ListedPause = PauseRow & { waiting: number };

/** Counted up to here: an emergency may hold back a hundred thousand. */
export const MOST_WAITING = 1_000;

/** The newest first. `open`: in force or to come (served by silences_in_force); all are served by silences_recent. */
export async function listSilences(
  db: Db,
  orgId: string,
  { open, now }: { open: boolean; now: number },
  limit: number,
  place?: TimePosition,
): Promise<Page<ListedSilence, TimePosition>> {
  const isOpen = open ? and(isNull(silences.liftedAt), gt(silences.endsAt, now)) : undefined;
  const rows = await db
    .select()
    .from(silences)
    .where(and(eq(silences.orgId, orgId), isOpen, behind(silences.createdAt, silences.id, place, 'desc')))
    .orderBy(desc(silences.createdAt), desc(silences.id))
    .limit(limit + 1);
  const page = toPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  return { ...page, rows: await withWaiting(db, orgId, 'silence', page.rows) };
}

/** The newest first. `open`: in force (served by pauses_in_force); all are served by pauses_recent. */
export async function listPauses(
  db: Db,
  orgId: string,
  { open, now }: { open: boolean; now: number },
  limit: number,
  place?: TimePosition,
): Promise<Page<ListedPause, TimePosition>> {
  const isOpen = open ? and(isNull(pauses.liftedAt), or(isNull(pauses.endsAt), gt(pauses.endsAt, now))) : undefined;
  const rows = await db
    .select()
    .from(pauses)
    .where(and(eq(pauses.orgId, orgId), isOpen, behind(pauses.createdAt, pauses.id, place, 'desc')))
    .orderBy(desc(pauses.createdAt), desc(pauses.id))
    .limit(limit + 1);
  const page = toPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  return { ...page, rows: await withWaiting(db, orgId, 'pause', page.rows) };
}

export interface MutesInForce {
  pauses: number;
  /** Those that recur too, also between two of their stretches. */
  silences: number;
  /** Actions that wait, by the kind of what holds them back. */
  held: { pause: number; silence: number };
}

/** How much is held back now, in one statement. Served by pauses_in_force, silences_in_force, actions_held. */
export async function countMutesInForce(db: Db, orgId: string, now: number): Promise<MutesInForce> {
  const at = sql`${new Date(now).toISOString()}::timestamptz`;
  const result = await db.execute(sql`
    select
      (select count(*)::int from pauses where org_id = ${orgId} and lifted_at is null
        and starts_at <= ${at} and (ends_at is null or ends_at > ${at})) as pauses,
      (select count(*)::int from silences where org_id = ${orgId} and lifted_at is null
        and starts_at <= ${at} and ends_at > ${at}) as silences,
      (select count(*)::int from actions where org_id = ${orgId} and held_by like 'pause:%') as held_by_pause,
      (select count(*)::int from actions where org_id = ${orgId} and held_by like 'silence:%') as held_by_silence`);
  const [row] = rowsOf<{ pauses: number; silences: number; held_by_pause: number; held_by_silence: number }>(result);
  return {
    pauses: row?.pauses ?? 0,
    silences: row?.silences ?? 0,
    held: { pause: row?.held_by_pause ?? 0, silence: row?.held_by_silence ?? 0 },
  };
}

export async function findSilence(db: Db, orgId: string, id: string): Promise<ListedSilence | undefined> {
  const rows = await db
    .select()
    .from(silences)
    .where(and(eq(silences.orgId, orgId), eq(silences.id, id)));
  return (await withWaiting(db, orgId, 'silence', rows))[0];
}

export async function findPause(db: Db, orgId: string, id: string): Promise<ListedPause | undefined> {
  const rows = await db
    .select()
    .from(pauses)
    .where(and(eq(pauses.orgId, orgId), eq(pauses.id, id)));
  return (await withWaiting(db, orgId, 'pause', rows))[0];
}

async function withWaiting<Row extends { id: string }>(
  db: Db,
  orgId: string,
  kind: 'silence' | 'pause',
  rows: readonly Row[],
): Promise<(Row & { waiting: number })[]> {
  const counts = await countWaiting(
    db,
    orgId,
    rows.map(({ id }) => `${kind}:${id}` as const),
  );
  return rows.map((row) => ({ ...row, waiting: counts.get(`${kind}:${row.id}`) ?? 0 }));
}

/** How many actions each holds back now, counted up to `MOST_WAITING`. Served by actions_held. */
async function countWaiting(db: Db, orgId: string, holders: readonly Holder[]): Promise<Map<string, number>> {
  if (holders.length === 0) return new Map();
  const result = await db.execute(sql`
    select h.by, (select count(*) from (
      select 1 from actions a where a.org_id = ${orgId} and a.held_by = h.by limit ${MOST_WAITING}) counted)::int as n
    from jsonb_array_elements_text(${JSON.stringify(holders)}::text::jsonb) as h(by)`);
  return new Map(rowsOf<{ by: string; n: number }>(result).map(({ by, n }) => [by, n]));
}
