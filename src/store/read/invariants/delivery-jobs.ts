import { sql } from 'drizzle-orm';
import { type Invariant, OUR_FAULT } from './invariant.ts';

/**
 * Actions and the jobs that carry them. A finished action may still have a job for a moment, when the answer came after
 * the claim had lapsed; whoever took the job over then ends it. pg-boss keeps real time, and so does this moment.
 */
const LIVING_JOBS = sql`
  select data->>'orgId' as org_id, data->>'actionId' as action_id,
    greatest(start_after, started_on, created_on) as moved_on
  from pgboss.job where name = 'deliver' and state in ('created', 'retry', 'active')`;

/** Minutes for which a job may outlive its action. */
const LINGER_MINUTES = 5;

/** To be looked at where pg-boss has its tables. */
export const deliveryJobInvariants: readonly Invariant[] = [
  {
    name: 'unfinished-actions-have-a-job',
    says: 'an unfinished action has one job, unless it is held back, or waits for others of its firing or for its destination to be connected',
    remedy: 'It is carried out by nobody. This is a fault of Vigia: report it with these examples.',
    violations: () => sql`
      with jobs as (select org_id, action_id, count(*) as n from (${LIVING_JOBS}) living group by 1, 2)
      select a.id as example from actions a left join jobs j on j.org_id = a.org_id and j.action_id = a.id
      where a.finished_at is null and coalesce(j.n, 0)
        <> case when a.waits_for is null and a.held_by is null and a.state in ('queued', 'delivering') then 1 else 0 end`,
  },
  {
    name: 'jobs-have-an-unfinished-action',
    says: `a job ends within ${LINGER_MINUTES} minutes of its action, and has one`,
    remedy: OUR_FAULT,
    violations: () => sql`
      select coalesce(j.action_id, 'a job without an action') as example from (${LIVING_JOBS}) j
      left join actions a on a.org_id = j.org_id and a.id = j.action_id
      where a.id is null
        or (a.finished_at is not null and j.moved_on < now() - ${LINGER_MINUTES}::int * interval '1 minute')`,
  },
];
