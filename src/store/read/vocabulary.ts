import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { vocabularyEntries } from '../schema.ts';
import type { EntryRow } from '../vocabulary.ts';
import { type Page, toPage } from './page.ts';

export interface VocabularyFilter {
  state?: 'new' | 'accepted' | undefined;
  field?: string | undefined;
}

export interface EntryPosition {
  /** Epoch ms. */
  at: number;
  field: string;
  value: string;
}

/** Values never seen before, the newest first. Served by vocabulary_recent. */
export async function listVocabulary(
  db: Db,
  orgId: string,
  { state, field }: VocabularyFilter,
  limit: number,
  place?: EntryPosition,
): Promise<Page<EntryRow, EntryPosition>> {
  const { firstSeenAt, acceptedAt, field: name, value } = vocabularyEntries;
  const rows = await db
    .select()
    .from(vocabularyEntries)
    .where(
      and(
        eq(vocabularyEntries.orgId, orgId),
        state === undefined ? undefined : state === 'new' ? isNull(acceptedAt) : isNotNull(acceptedAt),
        field === undefined ? undefined : eq(name, field),
        place === undefined
          ? undefined
          : sql`(${firstSeenAt}, ${name}, ${value}) < (${sql.param(place.at, firstSeenAt)}, ${place.field}, ${place.value})`,
      ),
    )
    .orderBy(desc(firstSeenAt), desc(name), desc(value))
    .limit(limit + 1);
  return toPage(rows, limit, (row) => ({ at: row.firstSeenAt, field: row.field, value: row.value }));
}

/** How many values nobody has accepted yet. A portal has some thousands of entries at the most. */
export async function countNewVocabulary(db: Db, orgId: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(vocabularyEntries)
    .where(and(eq(vocabularyEntries.orgId, orgId), isNull(vocabularyEntries.acceptedAt)));
  return row?.count ?? 0;
}
