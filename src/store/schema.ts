import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ActionSpec, ActionState, ActionType } from '../domain/action.ts';
import type { AlertCard, AlertState } from '../domain/alert.ts';
import type { Outcome } from '../domain/decision.ts';
import type { EpisodeState } from '../domain/episode.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Trace } from '../domain/trace.ts';
import { instant } from './columns.ts';

/**
 * The tables. `org_id` leads every key, so that one deployment can serve several portals and be spread by portal.
 * A comment above each table says who writes it, who reads it and what the steady state looks like; each index names
 * its query. Append-only tables are guarded by triggers (drizzle/0001_append_only.sql).
 */

const orgId = () => text('org_id').notNull();

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
    index('events_by_seq').on(t.orgId, t.seq), // the list of events, newest first
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

/** Each chat as it stands. Written by process; read by process, the board and the API. One row per chat. */
export const sessions = pgTable(
  'sessions',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    status: text('status'),
    previousStatus: text('previous_status'),
    statusSince: instant('status_since'),
    statusSinceApproximate: boolean('status_since_approximate'),
    replyStatus: text('reply_status'),
    assigneeId: text('assignee_id'),
    assigneeType: text('assignee_type'),
    channelId: text('channel_id'),
    integration: text('integration'),
    messagesCount: integer('messages_count'),
    createdAt: instant('created_at').notNull(),
    firstAssignedAt: instant('first_assigned_at'),
    firstResponseAt: instant('first_response_at'),
    lastInboundAt: instant('last_inbound_at'),
    lastOutboundAt: instant('last_outbound_at'),
    endedAt: instant('ended_at'),
    waitingSince: instant('waiting_since'),
    holds: integer('holds').notNull(),
    reassignments: integer('reassignments').notNull(),
    messagesIn: integer('messages_in').notNull(),
    messagesOut: integer('messages_out').notNull(),
    timeIn: jsonb('time_in').$type<Record<string, number>>().notNull(),
    ticketId: text('ticket_id'),
    contactId: text('contact_id'),
    lastEventAt: instant('last_event_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('sessions_open').on(t.orgId, t.status, t.channelId).where(sql`status is distinct from 'ENDED'`), // board counts, sweep
    // By the time of creation, which stays: an update that touches no index (a message) is cheap, and pages are stable.
    index('sessions_recent').on(t.orgId, t.createdAt, t.id), // the list of sessions, newest first
    index('sessions_by_channel').on(t.orgId, t.channelId, t.createdAt, t.id), // the same of a channel
    index('sessions_by_assignee').on(t.orgId, t.assigneeId, t.createdAt, t.id), // the same of an agent
  ],
);

/**
 * The ledger of status changes: append-only, a trigger refuses update and delete. Written by process; read by process
 * when a late event makes it fold a session anew, by the API and exports. One row per IM_Session_Status event.
 */
export const transitions = pgTable(
  'transitions',
  {
    orgId: orgId(),
    sessionId: text('session_id').notNull(),
    at: instant('at').notNull(),
    eventKey: text('event_key').notNull(),
    from: text('from_status'),
    to: text('to_status'),
    replyStatus: text('reply_status'),
    assigneeId: text('assignee_id'),
    assigneeType: text('assignee_type'),
    channelId: text('channel_id'),
    messagesCount: integer('messages_count'),
    known: text('known_status'),
    gap: boolean('gap').notNull(),
    late: boolean('late').notNull(),
    assigneeChanged: boolean('assignee_changed').notNull(),
    recordedAt: instant('recorded_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.sessionId, t.at, t.eventKey] }), // folding a session anew, its timeline
    index('transitions_by_time').on(t.orgId, t.at), // exports
  ],
);

/** The ledger of messages: direction, type, length, times; never what was said. Written and read like transitions. */
export const messages = pgTable(
  'messages',
  {
    orgId: orgId(),
    sessionId: text('session_id').notNull(),
    at: instant('at').notNull(),
    eventKey: text('event_key').notNull(),
    messageId: text('message_id'),
    direction: text('direction'),
    actorType: text('actor_type'),
    messageType: text('message_type'),
    integration: text('integration'),
    channelId: text('channel_id'),
    contactId: text('contact_id'),
    ticketId: text('ticket_id'),
    length: integer('length').notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.sessionId, t.at, t.eventKey] })], // folding a session anew, its timeline
);

/** Every ruleset that ever judged, by the hash of its content. Written when a server loads one. */
export const rulesets = pgTable(
  'rulesets',
  {
    orgId: orgId(),
    hash: text('hash').notNull(),
    files: jsonb('files').$type<Record<string, string>>().notNull(),
    firstLoadedAt: instant('first_loaded_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.hash] })],
);

/**
 * Which ruleset came into force when, and how far the sweep is that makes existing chats known to its new and changed
 * rules. Written by activate-ruleset and sweep. One row per change of the rules.
 */
export const rulesetActivations = pgTable(
  'ruleset_activations',
  {
    orgId: orgId(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    hash: text('hash').notNull(),
    activatedAt: instant('activated_at').notNull(),
    /** Ids of the rules that are new, edited or gone against the activation before. */
    changedRules: jsonb('changed_rules').$type<string[]>().notNull(),
    /** The last session swept; null before the first. */
    sweptTo: text('swept_to'),
    sweptAt: instant('swept_at'),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.seq] })],
);

/** What each rule concluded and why. Written by process and fire; read by people. Grows with decisions, not with events. */
export const decisions = pgTable(
  'decisions',
  {
    orgId: orgId(),
    id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    ruleId: text('rule_id').notNull(),
    rulesetHash: text('ruleset_hash').notNull(),
    subject: text('subject').notNull(),
    sessionId: text('session_id'),
    episodeId: text('episode_id'),
    eventKey: text('event_key'),
    outcome: text('outcome').$type<Outcome>().notNull(),
    mode: text('mode').$type<'live' | 'shadow'>().notNull(),
    step: integer('step'),
    at: instant('at').notNull(),
    decidedAt: instant('decided_at').notNull(),
    reason: text('reason').notNull(),
    trace: jsonb('trace').$type<Trace>(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }), // the list of decisions, newest first
    index('decisions_by_session').on(t.orgId, t.sessionId, t.id), // a session's timeline
    index('decisions_by_rule').on(t.orgId, t.ruleId, t.id), // the list filtered by rule
    index('decisions_by_outcome').on(t.orgId, t.outcome, t.id), // the list filtered by outcome: errors are rare
  ],
);

/**
 * Episodes; those that run towards their first firing are the running holds. Written by process and fire. Rows that
 * have ended stay as history; the partial indexes hold only the living ones.
 */
export const holds = pgTable(
  'holds',
  {
    orgId: orgId(),
    id: text('id').notNull(),
    ruleId: text('rule_id').notNull(),
    subject: text('subject').notNull(),
    sessionId: text('session_id'),
    mode: text('mode').$type<'live' | 'shadow'>().notNull(),
    kind: text('kind').$type<'hold' | 'event'>().notNull(),
    state: text('state').$type<EpisodeState>().notNull(),
    startedAt: instant('started_at').notNull(),
    approximate: boolean('approximate').notNull(),
    dueAt: instant('due_at').notNull(),
    dueSetAt: instant('due_set_at').notNull(),
    nextAt: instant('next_at'),
    stepsDone: integer('steps_done').notNull(),
    firedAt: instant('fired_at'),
    firings: integer('firings').notNull(),
    acknowledgedAt: instant('acknowledged_at'),
    endedAt: instant('ended_at'),
    endReason: text('end_reason'),
    endedBy: text('ended_by'),
    by: jsonb('by').$type<(string | null)[]>().notNull(),
    alertIds: jsonb('alert_ids').$type<string[]>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('holds_due').on(t.nextAt).where(sql`next_at is not null`), // what falls due next
    index('holds_open').on(t.orgId, t.subject).where(sql`ended_at is null`), // the open episodes of claimed subjects
    index('holds_by_state').on(t.orgId, t.state, t.dueAt, t.id), // the list of holds
    index('holds_by_session').on(t.orgId, t.sessionId, t.dueAt, t.id), // a session's holds
  ],
);

/**
 * Recent firings per limited rule and scope, so that a limit holds across workers: the row is locked while a firing is
 * counted. Written by process; one short row per (rule, scope) that ever fired.
 */
export const limitWindows = pgTable(
  'limit_windows',
  {
    orgId: orgId(),
    ruleId: text('rule_id').notNull(),
    /** The session, channel or agent id; empty for the whole rule. Shadow firings count apart, under `shadow:`. */
    scope: text('scope').notNull(),
    /** Instants of the latest firings, epoch ms, oldest first, at most `limit.count` of them. */
    firedAt: jsonb('fired_at').$type<number[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.ruleId, t.scope] })],
);

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
    path: text('path').notNull(),
    type: text('type').$type<ActionType>().notNull(),
    state: text('state').$type<ActionState>().notNull(),
    /** The action as the rule has it: templates, not values. */
    spec: jsonb('spec').$type<Omit<ActionSpec, 'type'> & { type: ActionType }>().notNull(),
    /** Ids of sibling actions that must be settled before this one is enqueued; null when it is. */
    waitsFor: jsonb('waits_for').$type<string[]>(),
    /** The facts that its templates read; null once it is final. */
    context: jsonb('context').$type<JsonObject>(),
    /** Status and assignee at the firing, for verification before a change in Zoho. */
    expected: jsonb('expected').$type<{ status?: string; assigneeId?: string }>(),
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
    card: jsonb('card').$type<AlertCard>(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('alerts_recent').on(t.orgId, t.openedAt, t.id), // the list of alerts, newest first
    index('alerts_unresolved').on(t.orgId, t.openedAt, t.id).where(sql`resolved_at is null`), // the list of those that live
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
    at: instant('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.actionId] }),
    index('assignments_recent').on(t.orgId, t.at), // assignments of the last minute, of the last day
  ],
);

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
