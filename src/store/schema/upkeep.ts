import { bigint, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../domain/json.ts';
import { instant, orgId } from './columns.ts';

/** What people and the service itself did, and what processes share. */

/** What people and the service itself did: append-only by trigger. Written by every verb that changes something by hand. */
export const audit = pgTable(
  'audit',
  {
    orgId: orgId(),
    id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    at: instant('at').notNull(),
    /** Who: `api`, `slack:U…`, `system`. */
    actor: text('actor').notNull(),
    /** What was done, such as `alert.acknowledge`. */
    verb: text('verb').notNull(),
    target: text('target').notNull(),
    detail: jsonb('detail').$type<JsonObject>(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.id] })],
);

/** Access tokens shared by all processes; its lease makes refreshes single. Written by the Zoho client. One row. */
export const oauthTokens = pgTable(
  'oauth_tokens',
  {
    orgId: orgId(),
    key: text('key').notNull(),
    token: jsonb('token').$type<JsonObject>(),
    /** Until when the process that is refreshing may take; the others wait for it. */
    leasedUntil: instant('leased_until'),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.key] })],
);

/** Pacing across processes (GCRA): the theoretical arrival time of the next message per key. Written by deliver. */
export const pace = pgTable(
  'pace',
  { orgId: orgId(), key: text('key').notNull(), nextAt: instant('next_at').notNull() },
  (t) => [primaryKey({ columns: [t.orgId, t.key] })],
);

/**
 * What Zoho told about channels and agents, by id: names, departments. Written by enrich in the background, read into
 * memory when a process starts. Some hundred rows.
 */
export const knownObjects = pgTable(
  'known_objects',
  {
    orgId: orgId(),
    kind: text('kind').$type<'channel' | 'agent'>().notNull(),
    id: text('id').notNull(),
    data: jsonb('data').$type<JsonObject>().notNull(),
    fetchedAt: instant('fetched_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.kind, t.id] })],
);
