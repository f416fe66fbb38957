import { sql } from 'drizzle-orm';
import { type Invariant, OUR_FAULT } from './invariant.ts';

/** The most that `limit.count` of a rule may be. */
const MOST_FIRINGS = 10_000;

/** Which rules judged, and their limits. */
export const ruleInvariants: readonly Invariant[] = [
  {
    name: 'rules-in-force-are-known',
    says: 'the rules of every activation are stored',
    remedy: OUR_FAULT,
    violations: () => sql`
      select a.hash as example from ruleset_activations a
      left join rulesets r on r.org_id = a.org_id and r.hash = a.hash where r.hash is null`,
  },
  {
    name: 'deciding-rules-are-known',
    says: 'the rules by which anything was decided are stored',
    remedy: OUR_FAULT,
    violations: () => sql`
      select d.ruleset_hash as example
      from (
        select distinct org_id, ruleset_hash from decisions union select distinct org_id, ruleset_hash from actions
      ) d left join rulesets r on r.org_id = d.org_id and r.hash = d.ruleset_hash where r.hash is null`,
  },
  {
    name: 'limits-are-bounded',
    says: 'a limit keeps the instants of the latest firings, in order, and no more than it counts',
    remedy: OUR_FAULT,
    violations: () => sql`
      select w.rule_id || ' ' || w.scope as example from limit_windows w
      where jsonb_array_length(w.fired_at) > ${MOST_FIRINGS}
        or exists (
          select 1 from (
            select at::bigint as at, lag(at::bigint) over (order by place) as before
            from jsonb_array_elements_text(w.fired_at) with ordinality as f(at, place)
          ) pairs where at < before
        )`,
  },
];
