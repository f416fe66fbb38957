import { type SQL, sql } from 'drizzle-orm';
import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { LedgerEntry, Message, Session, Transition } from '../domain/session.ts';
import { type Db, rowsOf } from './database.ts';
import { holds, messages, sessions, transitions } from './schema.ts';

/**
 * Claiming subjects and reading what judging needs, for a whole batch at a time. A subject is claimed by the lock on
 * its lane; what it has to do is read after the lock, with a fresh snapshot, so nothing that another worker did
 * in between is missed.
 */
export interface SubjectKey {
  orgId: string;
  subject: string;
}

/** `(a, b) in (select … from the claimed subjects)`: one parameter whatever the size of the batch. */
function among(keys: readonly SubjectKey[], pair: SQL): SQL {
  const list = JSON.stringify(keys.map(({ orgId, subject }) => ({ org_id: orgId, subject })));
  return sql`${pair} in (select org_id, subject from jsonb_to_recordset(${list}::text::jsonb) as c(org_id text, subject text))`;
}

/** Drops nulls. Guarantee: the row is of the table of T, and its nulls are absent properties of T. */
export function withoutNulls<T>(row: object): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

export interface Claim {
  keys: SubjectKey[];
  /** More is waiting than was looked at. */
  moreBehind: boolean;
}

/**
 * Locks up to `limit` subjects that have waiting events or something due at `now`, what is oldest first, passing over
 * those that other workers hold. Must run in a transaction; the lock lasts until its end.
 * @param window how many waiting rows, and how many due ones, are looked at
 */
export async function claimSubjects(
  tx: Db,
  { now, limit, window }: { now: number; limit: number; window: number },
): Promise<Claim> {
  const at = new Date(now).toISOString();
  const result = await tx.execute(sql`
    with waiting as materialized (
      select org_id, subject, at from inbox where not_before is null or not_before <= ${at}::timestamptz
      order by seq limit ${window}
    ),
    due as materialized (
      select org_id, subject, next_at from holds where next_at <= ${at}::timestamptz order by next_at limit ${window}
    )
    select l.org_id as "orgId", l.subject,
      greatest((select count(*) from waiting), (select count(*) from due))::int as seen
    from lanes l
    join (
      select org_id, subject, min(at) as since
      from (select * from waiting union all select * from due) both_kinds group by org_id, subject
    ) c on c.org_id = l.org_id and c.subject = l.subject
    order by c.since limit ${limit} for update of l skip locked`);
  const rows = rowsOf<SubjectKey & { seen: number }>(result);
  // No row at all: nothing to do, or others hold all that was looked at.
  const moreBehind = rows.length === 0 || rows.some(({ seen }) => seen >= window);
  return { keys: rows.map(({ orgId, subject }) => ({ orgId, subject })), moreBehind };
}

/** Locks the lanes of these subjects, waiting for who holds them; in one order, so that nobody waits in a circle. */
export async function lockSubjects(tx: Db, keys: readonly SubjectKey[]): Promise<void> {
  const condition = among(keys, sql`(l.org_id, l.subject)`);
  await tx.execute(sql`select 1 from lanes l where ${condition} order by l.org_id, l.subject for update`);
}

export interface WaitingEvent {
  seq: number;
  attempts: number;
  event: DeskEvent;
}

/**
 * The events that wait for the claimed subjects, at most `perSubject` of each, in event time. Those that were put off are
 * among them: when a newer one makes the subject be claimed, the older ones still come first.
 */
export async function loadWaiting(tx: Db, keys: readonly SubjectKey[], perSubject: number): Promise<WaitingEvent[]> {
  const list = JSON.stringify(keys.map(({ orgId, subject }) => ({ org_id: orgId, subject })));
  const next = sql`lateral (
    select * from inbox where inbox.org_id = c.org_id and inbox.subject = c.subject
    order by inbox.at, inbox.seq limit ${perSubject}) i`;
  const rows = await tx.execute(sql`
    select i.seq, i.attempts, i.payload as personal, e.org_id, e.key, e.source, e.type, e.subject, e.session_id,
      (extract(epoch from e.at) * 1000)::bigint::text as at, (extract(epoch from e.received_at) * 1000)::bigint::text as received_at,
      e.payload, e.previous
    from jsonb_to_recordset(${list}::text::jsonb) as c(org_id text, subject text)
    cross join ${next} join events e on e.org_id = i.org_id and e.key = i.key`);
  return rowsOf<WaitingRow>(rows).map(toWaiting);
}

interface WaitingRow {
  seq: string | number;
  attempts: number;
  personal: Pick<DeskEvent, 'payload' | 'previous'> | null;
  org_id: string;
  key: string;
  source: string;
  type: string;
  subject: string;
  session_id: string | null;
  at: string;
  received_at: string;
  payload: DeskEvent['payload'];
  previous: DeskEvent['payload'] | null;
}

function toWaiting(row: WaitingRow): WaitingEvent {
  const event: DeskEvent = {
    orgId: row.org_id,
    source: row.source,
    type: row.type,
    key: row.key,
    subject: row.subject,
    at: Number(row.at),
    receivedAt: Number(row.received_at),
    payload: row.personal?.payload ?? row.payload,
  };
  if (row.session_id !== null) event.sessionId = row.session_id;
  const previous = row.personal?.previous ?? row.previous;
  if (previous !== null) event.previous = previous;
  return { seq: Number(row.seq), attempts: row.attempts, event };
}

export async function loadSessions(tx: Db, keys: readonly SubjectKey[]): Promise<Session[]> {
  const rows = await tx
    .select()
    .from(sessions)
    .where(among(keys, sql`(${sessions.orgId}, ${sessions.id})`));
  return rows.map((row) => withoutNulls<Session>(row));
}

/** The open episodes of the subjects: those whose conditions have not ended. */
export async function loadOpenEpisodes(tx: Db, keys: readonly SubjectKey[]): Promise<Episode[]> {
  const rows = await tx
    .select()
    .from(holds)
    .where(sql`${holds.endedAt} is null and ${among(keys, sql`(${holds.orgId}, ${holds.subject})`)}`);
  return rows.map((row) => withoutNulls<Episode>(row));
}

/** The whole ledgers of some sessions: needed only where an event is not newer than all before it. */
export async function loadLedgers(tx: Db, keys: readonly SubjectKey[]): Promise<LedgerEntry[]> {
  if (keys.length === 0) return [];
  const [changes, said] = await Promise.all([
    tx
      .select()
      .from(transitions)
      .where(among(keys, sql`(${transitions.orgId}, ${transitions.sessionId})`)),
    tx
      .select()
      .from(messages)
      .where(among(keys, sql`(${messages.orgId}, ${messages.sessionId})`)),
  ]);
  return [
    ...changes.map((row): LedgerEntry => ({ kind: 'transition', entry: withoutNulls<Transition>(row) })),
    ...said.map((row): LedgerEntry => ({ kind: 'message', entry: withoutNulls<Message>(row) })),
  ];
}

/** The statement that takes judged events out of the inbox, and their personal data with them. */
export function waitingRemoval(waiting: readonly WaitingEvent[]): SQL {
  const list = JSON.stringify(waiting.map(({ seq, event }) => ({ org_id: event.orgId, seq })));
  return sql`
    delete from inbox using jsonb_to_recordset(${list}::text::jsonb) as d(org_id text, seq bigint)
    where inbox.org_id = d.org_id and inbox.seq = d.seq`;
}

/**
 * Puts off what a subject has to do, after judging or saving it failed: its waiting events by `firstMs`, doubled with each
 * try up to `mostMs`, and what is due of it by as much.
 */
export async function postponeSubject(
  db: Db,
  { orgId, subject }: SubjectKey,
  { now, firstMs, mostMs }: { now: number; firstMs: number; mostMs: number },
): Promise<void> {
  const at = new Date(now).toISOString();
  await db.execute(sql`
    with tried as (
      select coalesce(max(attempts), 0) as attempts from inbox where org_id = ${orgId} and subject = ${subject}
    ),
    until as (
      select ${at}::timestamptz + least(${mostMs}::float8, ${firstMs}::float8 * 2 ^ least(attempts, 20)) * interval '1 ms' as at
      from tried
    ),
    waiting as (
      update inbox set attempts = inbox.attempts + 1, not_before = until.at from until
      where inbox.org_id = ${orgId} and inbox.subject = ${subject}
    )
    update holds set next_at = until.at from until
    where holds.org_id = ${orgId} and holds.subject = ${subject} and holds.next_at <= ${at}::timestamptz`);
}

/** The earliest moment at which something falls due or is tried again; absent when nothing is pending. Epoch ms. */
export async function findNextDueAt(db: Db): Promise<number | undefined> {
  const rows = await db.execute(sql`
    select (extract(epoch from least(
      (select min(next_at) from holds where next_at is not null),
      (select min(coalesce(not_before, at)) from (select not_before, at from inbox order by seq limit 100) head)
    )) * 1000)::bigint::text as at`);
  const at = rowsOf<{ at: string | null }>(rows)[0]?.at;
  return at === null || at === undefined ? undefined : Number(at);
}
