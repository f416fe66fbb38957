import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../database.ts';

/** What the rules did lately, by rule; a rule that did nothing is not among them. */
export interface RuleActivity {
  ruleId: string;
  /** Firings since `since`: live (silenced ones too) and shadow. */
  fired: number;
  lastFiredAt: number | null;
  /** Faults since `since`. */
  errors: number;
  lastErrorAt: number | null;
  lastError: string | null;
}

/** How many of the newest decisions of an outcome are looked at: a busy desk fires some thousand times a day. */
const LATEST = 10_000;

/** Served by decisions_by_outcome, read from its newest end: decisions have no index on time, their ids ascend with it. */
export async function listRuleActivity(db: Db, orgId: string, since: number): Promise<RuleActivity[]> {
  const latest = (outcome: string) => sql`
    (select rule_id, decided_at, reason, outcome from decisions
     where org_id = ${orgId} and outcome = ${outcome} order by id desc limit ${LATEST})`;
  const result = await db.execute(sql`
    select rule_id as "ruleId",
      (count(*) filter (where outcome <> 'error'))::int as fired,
      (extract(epoch from max(decided_at) filter (where outcome <> 'error')) * 1000)::float8 as "lastFiredAt",
      (count(*) filter (where outcome = 'error'))::int as errors,
      (extract(epoch from max(decided_at) filter (where outcome = 'error')) * 1000)::float8 as "lastErrorAt",
      (array_agg(reason order by decided_at desc) filter (where outcome = 'error'))[1] as "lastError"
    from (${latest('fired')} union all ${latest('silenced')} union all ${latest('shadow')} union all ${latest('error')}) latest
    where decided_at >= ${new Date(since).toISOString()}::timestamptz
    group by rule_id`);
  return rowsOf<RuleActivity>(result);
}
