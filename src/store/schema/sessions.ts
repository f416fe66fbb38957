import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant, orgId } from './columns.ts';

/** Chats as they stand, and the append-only ledgers of which they are folded. */

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
    /** Found by reconciliation: no webhook told of it. */
    inferred: boolean('inferred').notNull().default(false),
    /** The action of ours that caused it. */
    causedBy: text('caused_by'),
    recordedAt: instant('recorded_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.sessionId, t.at, t.eventKey] }), // folding a session anew, its timeline
    index('transitions_by_time').on(t.orgId, t.at), // exports
    index('transitions_by_channel').on(t.orgId, t.channelId, t.at), // history by channel, a channel's silence
    index('transitions_by_assignee').on(t.orgId, t.assigneeId, t.at), // history by assignee
    index('transitions_gaps').on(t.orgId, t.at).where(sql`gap`), // the list of gaps, newest first
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
  (t) => [
    primaryKey({ columns: [t.orgId, t.sessionId, t.at, t.eventKey] }), // folding a session anew, its timeline
    index('messages_by_channel').on(t.orgId, t.channelId, t.at), // history by channel, a channel's silence
  ],
);
