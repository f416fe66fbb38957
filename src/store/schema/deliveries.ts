import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ActionSpec, ActionState, ActionType, FiredSession } from '../../domain/action.ts';
import type { AlertCard, AlertState } from '../../domain/alert.ts';
import type { Grouping } from '../../domain/alert-group.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Holder } from '../../domain/mute.ts';
import { instant, orgId } from './columns.ts';

/** What is to be done, each try of it, and what it left behind. */

/**
 * One thing to do each, unique by key. Written by process and fire in the transaction that decides it; changed by
 * deliver. A pg-boss job carries it out.
 */
export const actions = pgTable(
  'actions',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    key: text('key').notNull(),
    firing: text('firing').notNull(),
    ruleId: text('rule_id').notNull(),
    rulesetHash: text('ruleset_hash').notNull(),
    subject: text('subject').notNull(),
    sessionId: text('session_id'),
    episodeId: text('episode_id'),
    /** Of the chat at the firing: what pauses and silences of a channel go by. */
    channelId: text('channel_id'),
    path: text('path').notNull(),
    type: text('type').$type<ActionType>().notNull(),
    state: text('state').$type<ActionState>().notNull(),
    /** The action as the rule has it: templates, not values. */
    spec: jsonb('spec').$type<Omit<ActionSpec, 'type'> & { type: ActionType }>().notNull(),
    /** Ids of sibling actions that must be settled before this one is enqueued; null when it is. */
    waitsFor: jsonb('waits_for').$type<string[]>(),
    /** The facts that its templates read; null once it is final. */
    context: jsonb('context').$type<JsonObject>(),
    /** With whose cards its own is grouped; null when the rule does not say so. */
    grouping: jsonb('grouping').$type<Grouping>(),
    /** When its card was counted against the budget of its channel; null before, and for what opens no card. */
    admittedAt: instant('admitted_at'),
    /** The chat at the firing, for verification before a change in Zoho. */
    expected: jsonb('expected').$type<FiredSession>(),
    /** The params as they were delivered, personal values blanked. */
    params: jsonb('params').$type<JsonObject>(),
    result: jsonb('result').$type<JsonObject>(),
    /** Why it stands as it does, for people. */
    reason: text('reason'),
    attempts: integer('attempts').notNull(),
    firedAt: instant('fired_at').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    finishedAt: instant('finished_at'),
    /** What holds it back: `silence:<id>` or `pause:<id>`; no job carries it meanwhile. */
    heldBy: text('held_by').$type<Holder>(),
    /** Since when: its expiry is put off by as long as it was held. */
    heldAt: instant('held_at'),
    /** When that is over unless it is lifted or extended before; null while there is no end to it. */
    heldUntil: instant('held_until'),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('actions_key').on(t.orgId, t.key), // an action is queued once
    index('actions_by_firing').on(t.orgId, t.firing), // needs and results
    index('actions_by_session').on(t.orgId, t.sessionId, t.createdAt), // a session's timeline
    index('actions_recent').on(t.orgId, t.createdAt, t.id), // the list of actions, newest first
    index('actions_by_state') // the list filtered by state: what did not go as it should is rare
      .on(t.orgId, t.state, t.createdAt, t.id)
      .where(sql`state not in ('delivered', 'skipped')`),
    index('actions_held').on(t.orgId, t.heldBy, t.createdAt).where(sql`held_by is not null`), // what is held back, and its count
    index('actions_said') // what a silence would have held back of late
      .on(t.orgId, t.createdAt)
      .where(sql`type in ('slack.alert', 'slack.post')`),
    index('actions_unfinished').on(t.state, t.expiresAt).where(sql`finished_at is null`), // reconnect, expiry, backlog
  ],
);

/** Each try of an action. Written by deliver, read by people. */
export const attempts = pgTable(
  'attempts',
  {
    orgId: orgId(),
    actionId: text('action_id').notNull(),
    attempt: integer('attempt').notNull(),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
    /** The kind of DeliveryOutcome; null while it runs, and for ever when its process died; `overruled`: a redrive ignores it. */
    outcome: text('outcome'),
    reason: text('reason'),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.actionId, t.attempt] })],
);

/** Slack cards and their life. Written by process (opened, resolved), deliver (posted) and people (acknowledged). */
export const alerts = pgTable(
  'alerts',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    ruleId: text('rule_id').notNull(),
    subject: text('subject').notNull(),
    sessionId: text('session_id'),
    episodeId: text('episode_id'),
    state: text('state').$type<AlertState>().notNull(),
    openedAt: instant('opened_at').notNull(),
    acknowledgedAt: instant('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by'),
    resolvedAt: instant('resolved_at'),
    resolvedReason: text('resolved_reason'),
    slackChannel: text('slack_channel'),
    slackTs: text('slack_ts'),
    snoozedUntil: instant('snoozed_until'),
    /** The group whose one card stands for it; see alert_groups. */
    groupId: text('group_id'),
    card: jsonb('card').$type<AlertCard>(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('alerts_recent').on(t.orgId, t.openedAt, t.id), // the list of alerts, newest first
    index('alerts_unresolved').on(t.orgId, t.openedAt, t.id).where(sql`resolved_at is null`), // the list of those that live
    index('alerts_by_group').on(t.orgId, t.groupId).where(sql`group_id is not null`), // the members of a group, counted
    index('alerts_by_session').on(t.orgId, t.sessionId), // a session's page
  ],
);

/** Numbers of the live board. Written by process (or deliver), read by the board. One row per tile and key. */
export const tiles = pgTable(
  'tiles',
  {
    orgId: orgId(),
    tile: text('tile').notNull(),
    by: text('by').notNull(),
    value: jsonb('value').$type<number | string>().notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.tile, t.by] })],
);

/** Rows that rules record for analysis. Written by process (or deliver), read by exports and the API. */
export const datasetRows = pgTable(
  'dataset_rows',
  {
    orgId: orgId(),
    dataset: text('dataset').notNull(),
    /** The action that recorded it: a row is written once. */
    actionId: text('action_id').notNull(),
    sessionId: text('session_id'),
    at: instant('at').notNull(),
    fields: jsonb('fields').$type<JsonObject>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.actionId] }),
    index('dataset_rows_by_time').on(t.orgId, t.dataset, t.at, t.actionId), // reading a dataset
  ],
);

/** Our own reassignments of chats: load and rotation of the next pick. Written by deliver. */
export const assignments = pgTable(
  'assignments',
  {
    orgId: orgId(),
    actionId: text('action_id').notNull(),
    sessionId: text('session_id').notNull(),
    agentId: text('agent_id').notNull(),
    /** Whom it was taken from, as a Desk agent id; null when nobody had it or that is not known. */
    previousAgentId: text('previous_agent_id'),
    at: instant('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.actionId] }),
    index('assignments_by_session').on(t.orgId, t.sessionId, t.at), // how often, and from whom, a chat was taken
    index('assignments_recent').on(t.orgId, t.at), // assignments of the last minute, of the last day
  ],
);
