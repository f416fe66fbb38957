import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Outcome } from '../../domain/decision.ts';
import type { EpisodeKind, EpisodeState } from '../../domain/episode.ts';
import type { Trace } from '../../domain/trace.ts';
import { instant, orgId } from './columns.ts';

/** Rulesets, what they concluded, and the clocks that run. */

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
    repeat: integer('repeat'),
    at: instant('at').notNull(),
    decidedAt: instant('decided_at').notNull(),
    reason: text('reason').notNull(),
    trace: jsonb('trace').$type<Trace>(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }), // the list of decisions, newest first
    index('decisions_by_session').on(t.orgId, t.sessionId, t.id), // a session's timeline
    index('decisions_by_rule').on(t.orgId, t.ruleId, t.id), // the list filtered by rule
    index('decisions_by_time').on(t.orgId, t.decidedAt, t.id), // reading a stretch of time
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
    channelId: text('channel_id'),
    mode: text('mode').$type<'live' | 'shadow'>().notNull(),
    kind: text('kind').$type<EpisodeKind>().notNull(),
    state: text('state').$type<EpisodeState>().notNull(),
    eventKey: text('event_key'),
    ruleHash: text('rule_hash'),
    startedAt: instant('started_at').notNull(),
    approximate: boolean('approximate').notNull(),
    dueAt: instant('due_at').notNull(),
    dueSetAt: instant('due_set_at').notNull(),
    nextAt: instant('next_at'),
    stepsDone: integer('steps_done').notNull(),
    repeatsDone: integer('repeats_done').notNull(),
    firedAt: instant('fired_at'),
    firings: integer('firings').notNull(),
    acknowledgedAt: instant('acknowledged_at'),
    falseSince: instant('false_since'),
    inhibitedSince: instant('inhibited_since'),
    snoozedUntil: instant('snoozed_until'),
    /** How long steps and repeats have stood still, ms. */
    pausedMs: bigint('paused_ms', { mode: 'number' }).notNull(),
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
    index('holds_inhibiting') // open episodes that have fired on a channel, for inhibitedBy
      .on(t.orgId, t.ruleId, t.channelId)
      .where(sql`state = 'fired' and ended_at is null`),
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
