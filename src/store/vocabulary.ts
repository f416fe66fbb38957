import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { JsonObject } from '../domain/json.ts';
import type { AcceptedValues } from '../domain/vocabulary.ts';
import { insertRows, recordset, selectRaw } from './bulk.ts';
import type { Db } from './database.ts';
import { vocabularyEntries } from './schema.ts';

/** How often a value was met in a stretch of time; epoch ms. */
export interface SightedRow {
  orgId: string;
  field: string;
  value: string;
  firstSeenAt: number;
  lastSeenAt: number;
  seen: number;
  sample: JsonObject;
  /** Set on a row that is new. */
  toldAt?: number;
}

/**
 * Adds what was seen: a row for each value that is new, as long as the portal has fewer than `most`, and counts for those
 * that are there. Rows are taken in the order of their keys, so that two who add the same never wait for each other.
 * @returns what now has a row, and whether that was made here; the rest found no room
 */
export async function addSightings(
  tx: Db,
  rows: readonly SightedRow[],
  most: number,
): Promise<{ orgId: string; field: string; value: string; made: boolean }[]> {
  if (rows.length === 0) return [];
  return selectRaw(
    tx,
    sql`
    with given as (
      select r.*, e.value is not null as there,
        row_number() over (partition by r.org_id, e.value is not null order by r.first_seen_at, r.field, r.value) as place
      from ${recordset(vocabularyEntries, rows)}
      left join vocabulary_entries e on e.org_id = r.org_id and e.field = r.field and e.value = r.value
    ), taken as (
      select org_id, count(*) as rows from vocabulary_entries
      where org_id in (select org_id from given where not there) group by org_id
    )
    insert into vocabulary_entries (org_id, field, value, first_seen_at, last_seen_at, seen, sample, told_at)
    select g.org_id, g.field, g.value, g.first_seen_at, g.last_seen_at, g.seen, g.sample, g.told_at
    from given g left join taken t on t.org_id = g.org_id
    where g.there or g.place + coalesce(t.rows, 0) <= ${most}
    order by g.org_id, g.field, g.value
    on conflict (org_id, field, value) do update set
      seen = vocabulary_entries.seen + excluded.seen,
      first_seen_at = least(vocabulary_entries.first_seen_at, excluded.first_seen_at),
      last_seen_at = greatest(vocabulary_entries.last_seen_at, excluded.last_seen_at)
    returning org_id as "orgId", field, value, xmax = 0 as made`,
  );
}

export async function loadAccepted(db: Db, orgId: string): Promise<AcceptedValues> {
  const rows = await db
    .select({ field: vocabularyEntries.field, value: vocabularyEntries.value })
    .from(vocabularyEntries)
    .where(and(eq(vocabularyEntries.orgId, orgId), isNotNull(vocabularyEntries.acceptedAt)));
  const byField = Map.groupBy(rows, ({ field }) => field);
  return new Map([...byField].map(([field, entries]) => [field, new Set(entries.map(({ value }) => value))]));
}

export type EntryRow = typeof vocabularyEntries.$inferSelect;

/** The entries with this value, of one field or of all. */
export function findEntries(db: Db, orgId: string, value: string, field: string | undefined): Promise<EntryRow[]> {
  return db
    .select()
    .from(vocabularyEntries)
    .where(
      and(
        eq(vocabularyEntries.orgId, orgId),
        field === undefined ? undefined : eq(vocabularyEntries.field, field),
        eq(vocabularyEntries.value, value),
      ),
    );
}

/** Values that nobody has accepted yet, for a suggestion. */
export async function listNewValues(db: Db, orgId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectDistinct({ value: vocabularyEntries.value })
    .from(vocabularyEntries)
    .where(and(eq(vocabularyEntries.orgId, orgId), isNull(vocabularyEntries.acceptedAt)))
    .limit(limit);
  return rows.map(({ value }) => value);
}

/** @returns the fields whose entry was not accepted before */
export async function acceptEntries(
  tx: Db,
  orgId: string,
  value: string,
  fields: readonly string[],
  accepted: { at: number; by: string },
): Promise<string[]> {
  const rows = await tx
    .update(vocabularyEntries)
    .set({ acceptedAt: accepted.at, acceptedBy: accepted.by })
    .where(
      and(
        eq(vocabularyEntries.orgId, orgId),
        inArray(vocabularyEntries.field, [...fields]),
        eq(vocabularyEntries.value, value),
        isNull(vocabularyEntries.acceptedAt),
      ),
    )
    .returning({ field: vocabularyEntries.field });
  return rows.map(({ field }) => field);
}

/** An entry for a value that no event has brought yet. One that is there already is left alone. */
export async function addUnseenEntry(tx: Db, orgId: string, field: string, value: string, at: number): Promise<void> {
  const row = { orgId, field, value, firstSeenAt: at, lastSeenAt: at, seen: 0, sample: {} };
  await insertRows(tx, vocabularyEntries, [row], sql`on conflict do nothing`);
}
