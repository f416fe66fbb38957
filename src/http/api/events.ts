import { Hono } from 'hono';
import * as z from 'zod';
import {
  type EventRow,
  listEvents,
  listEventsOfSubject,
  listRejected,
  type ReceiptPosition,
  type RejectedRow,
} from '../../store/read/events.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { createCursorCodec, instantSchema, numberCursor, timeCursor } from './cursor.ts';
import { instant, toIso } from './instant.ts';
import { describeList, listQuery, textFilter, toList } from './list.ts';

export const eventSchema = z
  .object({
    key: z.string().describe('What makes a repeat be known'),
    source: z.string(),
    type: z.string(),
    subject: z.string().describe('The session id, or <Module>:<id> for other events'),
    sessionId: z.string().nullable(),
    at: instant.describe('The time that the event states'),
    receivedAt: instant,
    payload: z.record(z.string(), z.unknown()).describe('Personal values blanked, unless they may be stored'),
    previous: z.record(z.string(), z.unknown()).nullable().describe('prevState of events of the kind *_Update'),
    repeats: z.int().describe('How often it came again'),
  })
  .meta({ id: 'Event' });

function toEvent(row: EventRow): z.infer<typeof eventSchema> {
  return {
    key: row.key,
    source: row.source,
    type: row.type,
    subject: row.subject,
    sessionId: row.sessionId,
    at: toIso(row.at),
    receivedAt: toIso(row.receivedAt),
    payload: row.payload,
    previous: row.previous,
    repeats: row.repeats,
  };
}

export const rejectedSchema = z
  .object({
    id: z.string(),
    source: z.string(),
    receivedAt: instant,
    reason: z.string().describe('The field at fault'),
    item: z.unknown().describe('What came, personal values blanked; null when it was no object'),
  })
  .meta({ id: 'RejectedItem' });

function toRejected(row: RejectedRow): z.infer<typeof rejectedSchema> {
  return {
    id: String(row.seq),
    source: row.source,
    receivedAt: toIso(row.receivedAt),
    reason: row.reason,
    item: row.item,
  };
}

const receiptCursor = createCursorCodec<ReceiptPosition>(
  z.strictObject({ receivedAt: instantSchema, seq: z.int().min(0) }),
);

export function createEventRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeList('Events, the latest arrivals first; those of one subject by their own time', eventSchema),
    listQuery({ type: textFilter, sessionId: textFilter, subject: textFilter }),
    async (c) => {
      const { limit, cursor, type, ...of } = c.req.valid('query');
      const subject = of.subject ?? of.sessionId;
      if (subject === undefined) {
        const page = await listEvents(deps.db, orgId, { type }, limit, receiptCursor.decode(cursor));
        return toList(c, page, receiptCursor, toEvent);
      }
      const page = await listEventsOfSubject(deps.db, orgId, { subject, type }, limit, timeCursor.decode(cursor));
      return toList(c, page, timeCursor, toEvent);
    },
  );
}

export function createRejectedRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeList('Items of requests that could not be read, the newest first', rejectedSchema),
    listQuery({}),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const page = await listRejected(deps.db, orgId, limit, numberCursor.decode(cursor));
      return toList(c, page, numberCursor, toRejected);
    },
  );
}
