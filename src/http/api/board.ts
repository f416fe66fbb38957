import { Hono } from 'hono';
import * as z from 'zod';
import { listRecords, listTiles, type RecordRow, type TileRow } from '../../store/read/board.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso } from './instant.ts';
import { describeList, getIdParam, listQuery, toList } from './list.ts';

export const tileSchema = z
  .object({
    tile: z.string(),
    by: z.string().nullable().describe('Key within the tile; null when it has one number only'),
    value: z.union([z.number(), z.string()]),
    updatedAt: instant,
  })
  .meta({ id: 'Tile' });

function toTile(row: TileRow): z.infer<typeof tileSchema> {
  return { tile: row.tile, by: row.by === '' ? null : row.by, value: row.value, updatedAt: toIso(row.updatedAt) };
}

export const recordSchema = z
  .object({
    id: z.string(),
    sessionId: z.string().nullable(),
    at: instant,
    fields: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Record' });

function toRecord(row: RecordRow): z.infer<typeof recordSchema> {
  return { id: row.actionId, sessionId: row.sessionId, at: toIso(row.at), fields: row.fields };
}

export function createTileRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get('/', describeList('The numbers of the board, all of them', tileSchema), async (c) =>
    c.json({ data: (await listTiles(deps.db, orgId)).map(toTile), nextCursor: null }),
  );
}

export function createRecordRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/:dataset',
    describeList('Rows that rules recorded into a dataset, the newest first', recordSchema),
    listQuery({}),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const page = await listRecords(deps.db, orgId, getIdParam(c, 'dataset'), limit, timeCursor.decode(cursor));
      return toList(c, page, timeCursor, toRecord);
    },
  );
}
