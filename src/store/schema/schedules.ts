import { index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../domain/json.ts';
import { instant, orgId } from './columns.ts';

/** What is done again and again, by one process at a time. */

/** When each schedule rule is judged next. Written and locked by the process that runs the tick. A row per schedule rule. */
export const schedules = pgTable(
  'schedules',
  {
    orgId: orgId(),
    ruleId: text('rule_id').notNull(),
    /** What `every` said when `nextAt` was set: an edited schedule starts anew. */
    every: text('every').notNull(),
    nextAt: instant('next_at').notNull(),
    lastAt: instant('last_at'),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.ruleId] }), index('schedules_due').on(t.nextAt)], // which rules tick next
);

/** What periodic jobs remember: how far they are, what they have spent, what they have told. A row per job. */
export const jobStates = pgTable(
  'job_states',
  {
    orgId: orgId(),
    name: text('name').notNull(),
    state: jsonb('state').$type<JsonObject>().notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.name] })],
);

/**
 * How long each channel is ever silent, by hour of the week, learned from its own history. Written once an hour by one
 * process. At most 168 rows per channel.
 */
export const channelRhythms = pgTable(
  'channel_rhythms',
  {
    orgId: orgId(),
    channelId: text('channel_id').notNull(),
    /** 0 is Monday 00:00 UTC. */
    hourOfWeek: integer('hour_of_week').notNull(),
    /** The longest silence within this hour of each of the latest weeks, ms, oldest first; at most eight. */
    silencesMs: jsonb('silences_ms').$type<number[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.channelId, t.hourOfWeek] })],
);
