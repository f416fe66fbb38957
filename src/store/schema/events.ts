import { bigint, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Json, JsonObject } from '../../domain/json.ts';
import { instant, orgId } from './columns.ts';

/** What came in, and what of it still waits to be judged. */

/**
 * Every event once, as it came, without personal data (unless that may be stored). Written by ingest, never changed but
 * for the count of repeats; read by process, the API and exports. Grows with traffic.
 */
export const events = pgTable(
  'events',
  {
    orgId: orgId(),
    key: text('key').notNull(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    source: text('source').notNull(),
    type: text('type').notNull(),
    subject: text('subject').notNull(),
    sessionId: text('session_id'),
    at: instant('at').notNull(),
    receivedAt: instant('received_at').notNull(),
    payload: jsonb('payload').$type<JsonObject>().notNull(),
    previous: jsonb('previous').$type<JsonObject>(),
    /** How often the same event came again. */
    repeats: integer('repeats').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.key] }), // deduplication at ingest
    index('events_by_subject').on(t.orgId, t.subject, t.at), // a session's timeline
    index('events_by_receipt').on(t.orgId, t.receivedAt, t.seq), // the list of events, newest first; reading a stretch of time
  ],
);

/**
 * Events that wait to be judged. Written by ingest in the statement that stores the event, deleted by process in the
 * transaction that judges it. Empty in the steady state.
 */
export const inbox = pgTable(
  'inbox',
  {
    orgId: orgId(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    key: text('key').notNull(),
    subject: text('subject').notNull(),
    at: instant('at').notNull(),
    /** Payload and previous fields with their personal data; null when they have none. */
    payload: jsonb('payload').$type<{ payload: JsonObject; previous?: JsonObject }>(),
    /** How often judging it failed. */
    attempts: integer('attempts').notNull().default(0),
    /** Not judged before this, after a failure. */
    notBefore: instant('not_before'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.seq] }),
    index('inbox_by_seq').on(t.seq), // which subjects have something to do, oldest first
    index('inbox_by_subject').on(t.orgId, t.subject, t.at), // what a claimed subject has to do, in event time
  ],
);

/**
 * One row per subject that ever had an event: what a worker locks (`for update skip locked`) so that a subject is
 * worked on by one worker at a time. Written by ingest, never changed: a lock leaves no index entry behind.
 */
export const lanes = pgTable('lanes', { orgId: orgId(), subject: text('subject').notNull() }, (t) => [
  primaryKey({ columns: [t.orgId, t.subject] }),
]);

/** Items of a webhook body that could not be read, with the reason. Written by ingest, read by the API. Near empty. */
export const rejectedItems = pgTable(
  'rejected_items',
  {
    orgId: orgId(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    source: text('source').notNull(),
    receivedAt: instant('received_at').notNull(),
    reason: text('reason').notNull(),
    /** What came, without personal data. */
    item: jsonb('item').$type<Json>(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.seq] })],
);
