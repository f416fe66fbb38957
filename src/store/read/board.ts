import { and, asc, desc, eq } from 'drizzle-orm';
import type { Db } from '../database.ts';
import { datasetRows, tiles } from '../schema.ts';
import { behind, type Page, type TimePosition, toPage } from './page.ts';

export type TileRow = typeof tiles.$inferSelect;
export type RecordRow = typeof datasetRows.$inferSelect;

/** All tiles of the board: rules make them one by one, so there are few. Served by the primary key. */
export function listTiles(db: Db, orgId: string): Promise<TileRow[]> {
  return db.select().from(tiles).where(eq(tiles.orgId, orgId)).orderBy(asc(tiles.tile), asc(tiles.by));
}

/** The rows of a dataset, the newest first. Served by dataset_rows_by_time. */
export async function listRecords(
  db: Db,
  orgId: string,
  dataset: string,
  limit: number,
  place?: TimePosition,
): Promise<Page<RecordRow, TimePosition>> {
  const rows = await db
    .select()
    .from(datasetRows)
    .where(
      and(
        eq(datasetRows.orgId, orgId),
        eq(datasetRows.dataset, dataset),
        behind(datasetRows.at, datasetRows.actionId, place, 'desc'),
      ),
    )
    .orderBy(desc(datasetRows.at), desc(datasetRows.actionId))
    .limit(limit + 1);
  return toPage(rows, limit, ({ at, actionId }) => ({ at, id: actionId }));
}
