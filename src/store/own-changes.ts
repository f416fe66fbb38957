import { sql } from 'drizzle-orm';
import type { ActionType, FiredSession } from '../domain/action.ts';
import type { JsonObject } from '../domain/json.ts';
import { type Db, rowsOf } from './database.ts';
import type { SubjectKey } from './subjects.ts';

/** A try of an action that changes a chat, whose effect may be there: delivered, under way, or its answer lost. */
export interface ChangeAttempt {
  orgId: string;
  sessionId: string;
  actionId: string;
  type: ActionType;
  /** As the rule has them: templates, not values. */
  params: JsonObject;
  result: JsonObject | null;
  expected: FiredSession | null;
  /** Epoch ms. */
  startedAt: number;
}

/** An attempt belongs to an action that may be much older, but seldom is. */
const OLDEST_ACTION_MS = 7 * 86_400_000;

/**
 * Tries to change some chats that began between two instants; one statement over actions_by_session and the key of
 * attempts.
 */
export async function loadChangeAttempts(
  tx: Db,
  keys: readonly SubjectKey[],
  { from, to }: { from: number; to: number },
): Promise<ChangeAttempt[]> {
  const list = JSON.stringify(keys.map(({ orgId, subject }) => ({ org_id: orgId, subject })));
  const iso = (at: number) => new Date(at).toISOString();
  const result = await tx.execute(sql`
    select a.org_id as "orgId", a.session_id as "sessionId", a.id as "actionId", a.type, a.spec->'params' as params,
      a.result, a.expected, (extract(epoch from t.started_at) * 1000)::float8 as "startedAt"
    from jsonb_to_recordset(${list}::text::jsonb) as c(org_id text, subject text)
    join actions a on a.org_id = c.org_id and a.session_id = c.subject
      and a.created_at between ${iso(from - OLDEST_ACTION_MS)}::timestamptz and ${iso(to)}::timestamptz
      and a.type in ('zoho.assignSession', 'zoho.setSessionStatus')
    join attempts t on t.org_id = a.org_id and t.action_id = a.id
      and t.started_at between ${iso(from)}::timestamptz and ${iso(to)}::timestamptz
      and (t.outcome is null or t.outcome in ('delivered', 'uncertain', 'overruled'))`);
  return rowsOf<ChangeAttempt>(result);
}

/** A reassignment of a chat by a rule. */
export interface ChatAssignment {
  sessionId: string;
  ruleId: string;
  /** Desk agent ids. */
  agentId: string;
  previousAgentId: string | null;
}

/** The reassignments of some chats since an instant, oldest first; over assignments_by_session. */
export async function loadChatAssignments(
  db: Db,
  orgId: string,
  sessionIds: readonly string[],
  since: number,
): Promise<ChatAssignment[]> {
  const result = await db.execute(sql`
    select s.session_id as "sessionId", a.rule_id as "ruleId", s.agent_id as "agentId",
      s.previous_agent_id as "previousAgentId"
    from jsonb_array_elements_text(${JSON.stringify(sessionIds)}::text::jsonb) as wanted(id)
    join assignments s on s.org_id = ${orgId} and s.session_id = wanted.id
      and s.at >= ${new Date(since).toISOString()}::timestamptz
    join actions a on a.org_id = s.org_id and a.id = s.action_id
    order by s.at`);
  return rowsOf<ChatAssignment>(result);
}
