import { and, asc, desc, eq, inArray, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Silence } from '../../domain/mute.ts';
import { type Db, rowsOf } from '../database.ts';
import { toSilence } from '../mutes.ts';
import { audit, decisions, silences, vocabularyEntries } from '../schema.ts';
import { withoutNulls } from '../subjects.ts';
import type { StoredDecision } from './session-history.ts';

/** What judging asks of other chats, as it was at a past moment: read from the decisions that had been taken by then. */

/** Before these, in the order in which decisions were taken. */
export interface TakenBefore {
  orgId: string;
  /** A decision's id: many share a moment. */
  id: number;
  /** Epoch ms. */
  at: number;
}

export interface LimitScopeAt {
  ruleId: string;
  mode: 'live' | 'shadow';
  per: 'session' | 'channel' | 'agent' | 'rule';
  /** Id of the chat, the channel or the agent. */
  scope: string;
  /** Firings at or before this moment do not count, epoch ms. */
  since: number;
  most: number;
}

/**
 * When a rule fired in a scope, the latest `most`, oldest first; whom a chat belonged to is told by the firing's
 * actions, or else by the ledger. Served by decisions_by_rule, actions_by_session and the key of the ledger.
 */
export async function loadFiringsAt(
  db: Db,
  { orgId, id, at }: TakenBefore,
  { ruleId, mode, per, scope, since, most }: LimitScopeAt,
): Promise<number[]> {
  const outcomes = mode === 'shadow' ? sql`('shadow')` : sql`('fired', 'silenced')`;
  const owner = {
    session: sql`d.subject`,
    channel: sql`case when d.subject like 'channel:%' then substr(d.subject, 9)
      else coalesce(${ofFiring(sql`a.channel_id`)}, ${ofLedger(sql`channel_id`)}, '') end`,
    agent: sql`case when d.subject like 'agent:%' then substr(d.subject, 7)
      else coalesce(${ofFiring(sql`a.expected->>'assigneeId'`)}, ${ofLedger(sql`assignee_id`)}, '') end`,
    rule: sql`''`,
  }[per];
  const rows = await db.execute(sql`
    select (extract(epoch from d.at) * 1000)::bigint::text as at from decisions d
    where d.org_id = ${orgId} and d.rule_id = ${ruleId} and d.id < ${id} and d.outcome in ${outcomes}
      and d.step = 0 and d.repeat is null and d.decided_at <= ${instant(at)} and d.at > ${instant(since)}
      and ${owner} = ${scope}
    order by d.at desc, d.id desc limit ${most}`);
  return rowsOf<{ at: string }>(rows)
    .map((row) => Number(row.at))
    .sort((a, b) => a - b);
}

/** What the actions of a firing keep of the chat as it was then. */
const ofFiring = (value: SQL) => sql`(
  select ${value} from actions a
  where a.org_id = d.org_id and a.session_id = d.session_id and a.rule_id = d.rule_id and a.fired_at = d.at limit 1)`;

/** What the ledger had of the chat by then. */
const ofLedger = (column: SQL) => sql`(
  select t.${column} from transitions t
  where t.org_id = d.org_id and t.session_id = d.session_id and t.at <= d.at and t.recorded_at <= d.decided_at
  order by t.at desc limit 1)`;

/**
 * Subjects that had an open live episode of a rule on a channel which had fired: two at the most. Served by
 * decisions_by_rule; the end of an event rule's episode is no decision, so it counts from its own time.
 */
export async function loadInhibitorsAt(
  db: Db,
  { orgId, id, at }: TakenBefore,
  { ruleId, channelId }: { ruleId: string; channelId: string },
): Promise<string[]> {
  const rows = await db.execute(sql`
    select distinct h.subject from decisions d
    join holds h on h.org_id = d.org_id and h.id = d.episode_id
    where d.org_id = ${orgId} and d.rule_id = ${ruleId} and d.id < ${id} and d.decided_at <= ${instant(at)}
      and d.outcome in ('fired', 'silenced') and d.step = 0 and h.channel_id = ${channelId}
      and (h.ended_at is null
        or case when h.kind = 'event' then h.ended_at > ${instant(at)}
          else not exists (
            select 1 from decisions e where e.org_id = d.org_id and e.rule_id = d.rule_id and e.episode_id = d.episode_id
              and e.id > d.id and e.id < ${id} and e.outcome = 'resolved') end)
    limit 2`);
  return rowsOf<{ subject: string }>(rows).map(({ subject }) => subject);
}

/**
 * What a rule that ticks decided last of a subject, at or before a moment: the latest `most`, oldest first. Served by
 * decisions_by_rule.
 */
export async function loadTickDecisions(
  db: Db,
  orgId: string,
  { ruleId, subject, at, most }: { ruleId: string; subject: string; at: number; most: number },
): Promise<StoredDecision[]> {
  const rows = await db
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.orgId, orgId),
        eq(decisions.ruleId, ruleId),
        eq(decisions.subject, subject),
        lte(decisions.at, at),
      ),
    )
    .orderBy(desc(decisions.id))
    .limit(most);
  return rows.map((row) => withoutNulls<StoredDecision>(row)).reverse();
}

/** A silence with the ends that it had before it was extended, oldest first. */
export interface PastSilence {
  silence: Silence;
  ends: { until: number; endsAt: number }[];
}

/** Every silence that was ever made; each tells when it was in force. What was extended is told by the audit. */
export async function loadAllSilences(db: Db, orgId: string): Promise<PastSilence[]> {
  const rows = await db.select().from(silences).where(eq(silences.orgId, orgId));
  const verbs = ['silence.create', 'silence.extend'];
  const targets = rows.map(({ id }) => id);
  const told =
    rows.length === 0
      ? []
      : await db
          .select({ at: audit.at, target: audit.target, detail: audit.detail })
          .from(audit)
          .where(and(eq(audit.orgId, orgId), inArray(audit.verb, verbs), inArray(audit.target, targets)))
          .orderBy(asc(audit.id));
  const byTarget = Map.groupBy(told, ({ target }) => target);
  return rows.map((row) => {
    const own = byTarget.get(row.id) ?? [];
    const ends = own.flatMap(({ detail }, index) => {
      const next = own[index + 1];
      const endsAt = detail?.['endsAt'];
      return next === undefined || typeof endsAt !== 'string' ? [] : [{ until: next.at, endsAt: Date.parse(endsAt) }];
    });
    return { silence: toSilence(row), ends };
  });
}

/** The silences as they were known at a moment: nobody knew of what was made, extended or lifted later. */
export function silencesAt(past: readonly PastSilence[], at: number): Silence[] {
  return past.flatMap(({ silence, ends }) => {
    if (silence.createdAt > at || (silence.liftedAt !== undefined && silence.liftedAt <= at)) return [];
    const { liftedAt: _, liftedBy: __, ...known } = silence;
    return [{ ...known, endsAt: ends.find(({ until }) => at < until)?.endsAt ?? silence.endsAt }];
  });
}

/** What people have accepted of the vocabulary, with the times. */
export async function loadAcceptances(db: Db, orgId: string): Promise<{ field: string; value: string; at: number }[]> {
  const rows = await db
    .select({ field: vocabularyEntries.field, value: vocabularyEntries.value, at: vocabularyEntries.acceptedAt })
    .from(vocabularyEntries)
    .where(and(eq(vocabularyEntries.orgId, orgId), isNotNull(vocabularyEntries.acceptedAt)));
  return rows.map(({ at, ...row }) => ({ ...row, at: at ?? 0 }));
}

const instant = (at: number) => sql`${new Date(at).toISOString()}::timestamptz`;
