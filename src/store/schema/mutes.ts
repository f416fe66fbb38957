import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { MuteMatcher, PauseScope, Recurrence } from '../../domain/mute.ts';
import { instant, orgId } from './columns.ts';

/** What people hold back for a while. */

/** Silences. Written by people through the API; read into memory by every process. Few are in force; the others are history. */
export const silences = pgTable(
  'silences',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    matcher: jsonb('matcher').$type<MuteMatcher>().notNull(),
    owner: text('owner').notNull(),
    reason: text('reason').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    recurrence: jsonb('recurrence').$type<Recurrence>(),
    createdAt: instant('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    liftedAt: instant('lifted_at'),
    liftedBy: text('lifted_by'),
    /** How many cards and messages it has held back. */
    heldBack: integer('held_back').notNull().default(0),
    /** When its owner was told that it is about to end. */
    remindedAt: instant('reminded_at'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('silences_in_force').on(t.orgId, t.endsAt).where(sql`lifted_at is null`), // those in force or to come
    index('silences_recent').on(t.orgId, t.createdAt, t.id), // the list of silences, newest first
  ],
);

/** Pauses. Written by people through the API; read by every process before it carries anything out. */
export const pauses = pgTable(
  'pauses',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    scope: jsonb('scope').$type<PauseScope>().notNull(),
    actions: text('actions').$type<'wait' | 'drop'>().notNull(),
    owner: text('owner').notNull(),
    reason: text('reason').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at'),
    createdAt: instant('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    liftedAt: instant('lifted_at'),
    liftedBy: text('lifted_by'),
    /** How many actions it has made wait or dropped. */
    heldBack: integer('held_back').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('pauses_in_force').on(t.orgId, t.endsAt).where(sql`lifted_at is null`), // those in force or to come
    index('pauses_recent').on(t.orgId, t.createdAt, t.id), // the list of pauses, newest first
  ],
);
