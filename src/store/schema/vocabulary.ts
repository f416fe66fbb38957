import { bigint, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../domain/json.ts';
import { instant, orgId } from './columns.ts';

/** What Zoho says that it was not known to say. */

/**
 * Values and fields never seen before: statuses, reply statuses, assignee types, event types, fields of payloads. Written
 * by processing, a row per value; read by people, and by judging as the known vocabulary once they are accepted.
 */
export const vocabularyEntries = pgTable(
  'vocabulary_entries',
  {
    orgId: orgId(),
    /** Which vocabulary, such as `session.status`, `event.type`, `event.field`. */
    field: text('field').notNull(),
    value: text('value').notNull(),
    firstSeenAt: instant('first_seen_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    seen: bigint('seen', { mode: 'number' }).notNull(),
    /** The event in which it was first seen, without personal data. */
    sample: jsonb('sample').$type<JsonObject>().notNull(),
    toldAt: instant('told_at'),
    acceptedAt: instant('accepted_at'),
    acceptedBy: text('accepted_by'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.field, t.value] }),
    index('vocabulary_recent').on(t.orgId, t.firstSeenAt, t.field, t.value), // the list of values, newest first
  ],
);
