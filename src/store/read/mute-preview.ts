import { type SQL, sql } from 'drizzle-orm';
import type { AlertState } from '../../domain/alert.ts';
import type { MuteMatcher } from '../../domain/mute.ts';
import { type Db, rowsOf } from '../database.ts';

/** What a silence would be about: what runs and is open now, and what was said in Slack of late. All of it bounded. */
export interface Fitting {
  orgId: string;
  matcher: MuteMatcher;
  /** All ids by which events may name the matcher's agent. */
  agentIds: readonly string[];
}

export interface FittingHold {
  id: string;
  ruleId: string;
  sessionId: string | null;
  channelId: string | null;
  dueAt: number;
}

export interface FittingCard {
  id: string;
  ruleId: string;
  sessionId: string | null;
  state: AlertState;
  openedAt: number;
}

export interface FittingFiring {
  ruleId: string;
  firedAt: number;
}

/** Of how many rows a list is picked at the most: what is further away than so many others is left out. */
const MOST_SCANNED = 10_000;

/**
 * Running holds that fall due before an end, the next first. Served by holds_by_state.
 * @param rules those of which something is said in Slack
 */
export async function listFittingHolds(
  db: Db,
  { orgId, matcher, agentIds }: Fitting,
  { rules, until, limit }: { rules: readonly string[]; until: number; limit: number },
): Promise<FittingHold[]> {
  const result = await db.execute(sql`
    select h.id, h.rule_id as "ruleId", h.session_id as "sessionId", s.channel_id as "channelId",
      (extract(epoch from h.due_at) * 1000)::float8 as "dueAt"
    from (
      select id, org_id, rule_id, session_id, due_at from holds
      where org_id = ${orgId} and state = 'running' and due_at < ${toInstant(until)}
      order by due_at, id limit ${MOST_SCANNED}
    ) h left join sessions s on s.org_id = h.org_id and s.id = h.session_id
    where h.rule_id in ${list(rules)} and ${all([
      [matcher.ruleId, (id) => sql`h.rule_id = ${id}`],
      [matcher.sessionId, (id) => sql`h.session_id = ${id}`],
      [matcher.channelId, (id) => sql`s.channel_id = ${id}`],
      [matcher.agentId, () => sql`s.assignee_id in ${list(agentIds)}`],
    ])}
    order by h.due_at, h.id limit ${limit}`);
  return rowsOf<FittingHold>(result);
}

/** Cards that are not resolved, the newest first. Served by alerts_unresolved. */
export async function listFittingCards(
  db: Db,
  { orgId, matcher, agentIds }: Fitting,
  limit: number,
): Promise<FittingCard[]> {
  const result = await db.execute(sql`
    select a.id, a.rule_id as "ruleId", a.session_id as "sessionId", a.state,
      (extract(epoch from a.opened_at) * 1000)::float8 as "openedAt"
    from (
      select id, org_id, rule_id, session_id, state, opened_at from alerts
      where org_id = ${orgId} and resolved_at is null order by opened_at desc, id desc limit ${MOST_SCANNED}
    ) a left join sessions s on s.org_id = a.org_id and s.id = a.session_id
    where ${all([
      [matcher.ruleId, (id) => sql`a.rule_id = ${id}`],
      [matcher.sessionId, (id) => sql`a.session_id = ${id}`],
      [matcher.channelId, (id) => sql`s.channel_id = ${id}`],
      [matcher.agentId, () => sql`s.assignee_id in ${list(agentIds)}`],
    ])}
    order by a.opened_at desc, a.id desc limit ${limit}`);
  return rowsOf<FittingCard>(result);
}

/** Firings, steps and repeats that said something in Slack since then, the latest first. Served by actions_said. */
export async function listFittingFirings(
  db: Db,
  { orgId, matcher, agentIds }: Fitting,
  { since, limit }: { since: number; limit: number },
): Promise<FittingFiring[]> {
  const result = await db.execute(sql`
    select min(rule_id) as "ruleId", (extract(epoch from max(fired_at)) * 1000)::float8 as "firedAt"
    from (
      select firing, rule_id, session_id, channel_id, expected, fired_at from actions
      where org_id = ${orgId} and type in ('slack.alert', 'slack.post') and created_at >= ${toInstant(since)}
        and rule_id not like '~%'
      order by created_at desc limit ${limit}
    ) a
    where ${all([
      [matcher.ruleId, (id) => sql`rule_id = ${id}`],
      [matcher.sessionId, (id) => sql`session_id = ${id}`],
      [matcher.channelId, (id) => sql`channel_id = ${id}`],
      [matcher.agentId, () => sql`expected->>'assigneeId' in ${list(agentIds)}`],
    ])}
    group by firing order by 2 desc`);
  return rowsOf<FittingFiring>(result);
}

function toInstant(at: number): SQL {
  return sql`${new Date(at).toISOString()}::timestamptz`;
}

function list(values: readonly string[]): SQL {
  return sql`(select jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))`;
}

/** The conditions of what is named; true where nothing is. */
function all(conditions: readonly [string | undefined, (id: string) => SQL][]): SQL {
  const named = conditions.flatMap(([id, condition]) => (id === undefined ? [] : [condition(id)]));
  return named.length === 0 ? sql`true` : sql.join(named, sql` and `);
}
