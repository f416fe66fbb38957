import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import type { Holder, Pause, Silence } from '../domain/mute.ts';
import { type Db, rowsOf } from './database.ts';
import { pauses, silences } from './schema.ts';

/** Silences and pauses: what judging and delivering ask of them, and what people change about them. */
export type SilenceRow = typeof silences.$inferSelect;
export type PauseRow = typeof pauses.$inferSelect;

export interface Mutes {
  silences: readonly Silence[];
  pauses: readonly Pause[];
}

/** A row without its counters; null is absent. */
export function toSilence({ heldBack: _, remindedAt: __, ...row }: SilenceRow): Silence {
  return withoutNulls<Silence>(row);
}

export function toPause({ heldBack: _, ...row }: PauseRow): Pause {
  return withoutNulls<Pause>(row);
}

/** Guarantee: the columns that are kept have the names and types of the domain's properties. */
function withoutNulls<T>(row: object): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

/**
 * What is not lifted and not long over, in one statement that a batch of judging can afford: one row of each kind that
 * counts. Served by silences_in_force and pauses_in_force.
 * @param silencesSince silences that ended before are left out: what was due while one lasted may be judged later
 */
export async function loadMutes(
  db: Db,
  orgIds: readonly string[],
  { now, silencesSince }: { now: number; silencesSince: number },
): Promise<Map<string, Mutes>> {
  const orgs = sql`(select jsonb_array_elements_text(${JSON.stringify([...new Set(orgIds)])}::text::jsonb))`;
  const result = await db.execute(sql`
    select 'silence' as kind, to_jsonb(s) as row from silences s
    where org_id in ${orgs} and lifted_at is null and ends_at > ${toInstant(silencesSince)}
    union all
    select 'pause', ${PAUSE_JSON} from pauses p where org_id in ${orgs} and ${inForce(now)}`);
  const byOrg = new Map<string, { silences: Silence[]; pauses: Pause[] }>();
  for (const { kind, row } of rowsOf<{ kind: 'silence' | 'pause'; row: JsonRow }>(result)) {
    const of = byOrg.get(row.org_id) ?? { silences: [], pauses: [] };
    byOrg.set(row.org_id, of);
    if (kind === 'silence') of.silences.push(readSilence(row));
    else of.pauses.push(readPause(row));
  }
  return byOrg;
}

/** A row as `to_jsonb` gives it: names of columns, instants as ISO texts. */
interface JsonRow {
  org_id: string;
  id: string;
  owner: string;
  reason: string;
  starts_at: string;
  ends_at: string | null;
  created_at: string;
  created_by: string;
}

const PAUSE_JSON = sql`to_jsonb(p)`;

/** Guarantee: `row` is `to_jsonb` of a row of silences that is not lifted. */
function readSilence(row: JsonRow): Silence {
  const { matcher, recurrence } = row as unknown as Pick<SilenceRow, 'matcher' | 'recurrence'>;
  return {
    ...readCommon(row),
    matcher,
    endsAt: Date.parse(row.ends_at ?? ''),
    ...(recurrence === null ? {} : { recurrence }),
  };
}

/** Guarantee: `row` is `to_jsonb` of a row of pauses that is not lifted. */
export function readPause(row: JsonRow): Pause {
  const { scope, actions: what } = row as unknown as Pick<PauseRow, 'scope' | 'actions'>;
  const endsAt = row.ends_at === null ? {} : { endsAt: Date.parse(row.ends_at) };
  return { ...readCommon(row), scope, actions: what, ...endsAt };
}

function readCommon(row: JsonRow) {
  return {
    orgId: row.org_id,
    id: row.id,
    owner: row.owner,
    reason: row.reason,
    startsAt: Date.parse(row.starts_at),
    createdAt: Date.parse(row.created_at),
    createdBy: row.created_by,
  };
}

function toInstant(at: number): SQL {
  return sql`${new Date(at).toISOString()}::timestamptz`;
}

/** Of `pauses p`. */
function inForce(now: number): SQL {
  return sql`p.lifted_at is null and p.starts_at <= ${toInstant(now)} and (p.ends_at is null or p.ends_at > ${toInstant(now)})`;
}

/** For a statement that reads something of one portal: its pauses in force as a JSON array. Served by pauses_in_force. */
export function pausesInForce(orgId: string, now: number): SQL<JsonRow[]> {
  return sql`(select coalesce(jsonb_agg(${PAUSE_JSON}), '[]') from pauses p where p.org_id = ${orgId} and ${inForce(now)})`;
}

export interface HeldBackCount {
  orgId: string;
  by: Holder;
  count: number;
}

/**
 * Counts what was held back. The last thing that a transaction does: everybody who holds something back wants the row. In
 * one order, so that nobody waits in a circle.
 */
export async function countHeldBack(tx: Db, counts: readonly HeldBackCount[]): Promise<void> {
  for (const [kind, table] of [
    ['pause', sql`pauses`],
    ['silence', sql`silences`],
  ] as const) {
    const rows = counts.filter(({ by }) => by.startsWith(`${kind}:`));
    if (rows.length === 0) continue;
    const list = JSON.stringify(rows.map(({ orgId, by, count }) => ({ org_id: orgId, id: idOf(by), n: count })));
    await tx.execute(sql`
      with counted as (
        select t.org_id, t.id, c.n from ${table} t
        join jsonb_to_recordset(${list}::text::jsonb) as c(org_id text, id text, n int) on c.org_id = t.org_id and c.id = t.id
        order by t.org_id, t.id for update of t
      )
      update ${table} t set held_back = t.held_back + c.n from counted c where t.org_id = c.org_id and t.id = c.id`);
  }
}

/** The id of a silence or pause in `held_by`. */
export function idOf(by: string): string {
  return by.slice(by.indexOf(':') + 1);
}

/** @returns whether the id was free */
export async function insertSilence(tx: Db, silence: Silence): Promise<boolean> {
  const rows = await tx
    .insert(silences)
    .values({ ...silence, heldBack: 0 })
    .onConflictDoNothing()
    .returning({ id: silences.id });
  return rows.length > 0;
}

/** @returns whether the id was free */
export async function insertPause(tx: Db, pause: Pause): Promise<boolean> {
  const rows = await tx
    .insert(pauses)
    .values({ ...pause, heldBack: 0 })
    .onConflictDoNothing()
    .returning({ id: pauses.id });
  return rows.length > 0;
}

/** Silences that are in force or to come. Served by `silences_in_force`. */
export async function countSilences(db: Db, orgId: string, now: number): Promise<number> {
  return db.$count(silences, and(eq(silences.orgId, orgId), isNull(silences.liftedAt), gt(silences.endsAt, now)));
}

export async function findSilenceRow(db: Db, orgId: string, id: string): Promise<SilenceRow | undefined> {
  const [row] = await db
    .select()
    .from(silences)
    .where(and(eq(silences.orgId, orgId), eq(silences.id, id)));
  return row;
}

export async function findPauseRow(db: Db, orgId: string, id: string): Promise<PauseRow | undefined> {
  const [row] = await db
    .select()
    .from(pauses)
    .where(and(eq(pauses.orgId, orgId), eq(pauses.id, id)));
  return row;
}

/** Locked until the end of the transaction. */
export async function lockSilence(tx: Db, orgId: string, id: string): Promise<SilenceRow | undefined> {
  const [row] = await tx
    .select()
    .from(silences)
    .where(and(eq(silences.orgId, orgId), eq(silences.id, id)))
    .for('update');
  return row;
}

/** Locked until the end of the transaction. */
export async function lockPause(tx: Db, orgId: string, id: string): Promise<PauseRow | undefined> {
  const [row] = await tx
    .select()
    .from(pauses)
    .where(and(eq(pauses.orgId, orgId), eq(pauses.id, id)))
    .for('update');
  return row;
}

export async function changeSilence(
  tx: Db,
  orgId: string,
  id: string,
  change: Partial<Pick<SilenceRow, 'endsAt' | 'liftedAt' | 'liftedBy' | 'remindedAt'>>,
): Promise<void> {
  await tx
    .update(silences)
    .set(change)
    .where(and(eq(silences.orgId, orgId), eq(silences.id, id)));
}

export async function changePause(
  tx: Db,
  orgId: string,
  id: string,
  change: Partial<Pick<PauseRow, 'liftedAt' | 'liftedBy'>>,
): Promise<void> {
  await tx
    .update(pauses)
    .set(change)
    .where(and(eq(pauses.orgId, orgId), eq(pauses.id, id)));
}

/** Silences that are not lifted, whose end is ahead, and of whose end nobody was told yet; the next to end first. */
export async function listUnreminded(db: Db, orgId: string, now: number): Promise<SilenceRow[]> {
  return db
    .select()
    .from(silences)
    .where(
      and(
        eq(silences.orgId, orgId),
        isNull(silences.liftedAt),
        isNull(silences.remindedAt),
        sql`${silences.endsAt} > ${toInstant(now)}`,
      ),
    )
    .orderBy(silences.endsAt)
    .limit(MOST_UNREMINDED);
}
const MOST_UNREMINDED = 500;
