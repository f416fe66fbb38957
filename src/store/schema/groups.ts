import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { AlertCard } from '../../domain/alert.ts';
import { instant, orgId } from './columns.ts';

/** Storms: many alerts, one Slack card. */

/**
 * Groups of alerts that share one card. Opened by process (or deliver) when the first alert joins; the group loop posts
 * and edits the card. Few are open; those that are closed are history. The members are the alerts that name the group.
 */
export const alertGroups = pgTable(
  'alert_groups',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    ruleId: text('rule_id').notNull(),
    rulesetHash: text('ruleset_hash').notNull(),
    /** Hash of rule, place, Slack channel and the values of `groupAlerts.by`: what new members look for. */
    key: text('key').notNull(),
    /** Made by the budget of the channel, not by the rule. */
    overflow: boolean('overflow').notNull(),
    openedAt: instant('opened_at').notNull(),
    /** After it new alerts open another group. */
    takesUntil: instant('takes_until').notNull(),
    /** When the card is to be posted, or may be edited next; null while that is under way, and when all is done. */
    nextAt: instant('next_at'),
    intervalMs: integer('interval_ms').notNull(),
    /** No member joins any more: all were resolved, its time was over, or Slack did not take the card. */
    closedAt: instant('closed_at'),
    /** What the card says now: members in all, of them not resolved, of these acknowledged. */
    shownTotal: integer('shown_total').notNull(),
    shownOpen: integer('shown_open').notNull(),
    shownAcknowledged: integer('shown_acknowledged').notNull(),
    /** How many posts and edits were queued: part of the next one's key. */
    version: integer('version').notNull(),
    /** How often the card was edited. */
    edits: integer('edits').notNull(),
    slackChannel: text('slack_channel').notNull(),
    /** Null until the card is posted. */
    slackTs: text('slack_ts'),
    /** The card of the first member. */
    card: jsonb('card').$type<AlertCard>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('alert_groups_open').on(t.orgId, t.key).where(sql`closed_at is null`), // the group that a new alert joins
    index('alert_groups_due').on(t.nextAt).where(sql`next_at is not null`), // cards to post or to edit
    index('alert_groups_recent').on(t.orgId, t.openedAt, t.id), // the list of groups, newest first
  ],
);
