import { Hono } from 'hono';
import * as z from 'zod';
import { type GapRow, listGaps } from '../../store/read/gaps.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso } from './instant.ts';
import { describeList, listQuery, textFilter, toList } from './list.ts';

export const gapSchema = z
  .object({
    sessionId: z.string(),
    eventKey: z.string(),
    at: instant,
    known: z.string().nullable().describe('The status that we had'),
    from: z.string().nullable().describe('The old status that the event names'),
    to: z.string().nullable(),
    channelId: z.string().nullable(),
    assigneeId: z.string().nullable(),
    recordedAt: instant,
  })
  .meta({ id: 'Gap' });

function toGap(row: GapRow): z.infer<typeof gapSchema> {
  const { sessionId, eventKey, known, from, to, channelId, assigneeId } = row;
  const [at, recordedAt] = [toIso(row.at), toIso(row.recordedAt)];
  return { sessionId, eventKey, at, known, from, to, channelId, assigneeId, recordedAt };
}

const since = z.iso.datetime({ offset: true }).optional().describe('ISO 8601; those that happened then or later');

export function createGapRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeList('Status changes before which an event is missing, the newest first', gapSchema),
    listQuery({ sessionId: textFilter, channelId: textFilter, since }),
    async (c) => {
      const { limit, cursor, since: from, ...filter } = c.req.valid('query');
      const filters = { ...filter, ...(from === undefined ? {} : { since: Date.parse(from) }) };
      const page = await listGaps(deps.db, orgId, filters, limit, timeCursor.decode(cursor));
      return toList(c, page, timeCursor, toGap);
    },
  );
}
