import { sql } from 'drizzle-orm';
import { type Invariant, longBefore, NO_PROGRESS, OUR_FAULT, ofTick } from './invariant.ts';

/** An action goes on being tried until it expires; after that, and so many minutes, it must have been ended. */
const EXPIRY_MINUTES = 60;
/** How long after the end of what holds it back an action may still be held. */
const RELEASE_MINUTES = 15;

const FINISHED = sql`('delivered', 'skipped', 'refused', 'uncertain', 'dead')`;

/** Actions, their attempts, and what they leave in our own tables. */
export const actionInvariants: readonly Invariant[] = [
  {
    name: 'actions-are-decided',
    says: 'every action of a rule comes from a firing, a step, a repeat or an end that was decided',
    remedy: OUR_FAULT,
    violations: () => sql`
      with decided as (
        select distinct org_id, rule_id || '/' || subject || '/' || coalesce(episode_id, event_key) || ${ofTick('')} || '/'
          || case outcome when 'resolved' then 'end' else coalesce('r' || repeat, step::text) end as firing
        from decisions where outcome in ('fired', 'silenced', 'resolved')
      )
      select a.id as example from actions a left join decided d on d.org_id = a.org_id and d.firing = a.firing
      where a.type not in ('slack.alertUpdate', 'slack.groupCard') and a.rule_id not like '~%' and d.firing is null`,
  },
  {
    name: 'finished-actions-tell-when',
    says: 'an action is finished in a final state, and in no other',
    remedy: OUR_FAULT,
    violations: () => sql`select id as example from actions where (state in ${FINISHED}) <> (finished_at is not null)`,
  },
  {
    name: 'finished-actions-forget',
    says: 'a delivered or skipped action keeps no facts, and no finished one waits for another',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from actions
      where (state in ('delivered', 'skipped') and context is not null) or (state in ${FINISHED} and waits_for is not null)`,
  },
  {
    name: 'waiting-actions-have-something-to-wait-for',
    says: 'an action that waits for others of its firing is queued, and one of them is not finished',
    remedy: OUR_FAULT,
    violations: () => sql`
      select a.id as example from actions a
      where a.finished_at is null and a.waits_for is not null and (a.state <> 'queued' or not exists (
        select 1 from actions s where s.org_id = a.org_id and s.firing = a.firing and s.finished_at is null
          and a.waits_for ? (s.spec->>'id')))`,
  },
  {
    name: 'actions-end-in-time',
    says: `no action is tried longer than ${EXPIRY_MINUTES} minutes after it has expired`,
    remedy: NO_PROGRESS,
    violations: (now) => sql`
      select a.id as example from actions a
      where a.finished_at is null and a.expires_at < ${longBefore(now, EXPIRY_MINUTES)} and not exists (
        select 1 from actions h where h.org_id = a.org_id and h.firing = a.firing and h.held_by is not null)`,
  },
  {
    name: 'held-actions-are-let-go',
    says: `an action is held back by a silence or pause that is in force (or was ${RELEASE_MINUTES} minutes ago), and is queued`,
    remedy: NO_PROGRESS,
    violations: (now) => sql`
      with holders as (
        select org_id, 'silence:' || id as by, least(ends_at, lifted_at) as ended_at from silences
        union all select org_id, 'pause:' || id, least(ends_at, lifted_at) from pauses
      )
      select a.id as example from actions a left join holders h on h.org_id = a.org_id and h.by = a.held_by
      where a.held_by is not null and (a.state <> 'queued' or a.held_at is null or h.by is null
        or h.ended_at < ${longBefore(now, RELEASE_MINUTES)})`,
  },
  {
    name: 'attempts-have-actions',
    says: 'every attempt is one of an action that is kept',
    remedy: OUR_FAULT,
    violations: () => sql`
      select t.action_id || ' ' || t.attempt as example
      from attempts t left join actions a on a.org_id = t.org_id and a.id = t.action_id where a.id is null`,
  },
  {
    name: 'deliveries-succeeded',
    says: 'an action that was tried and is delivered has an attempt that succeeded',
    remedy: OUR_FAULT,
    violations: () => sql`
      with tried as (
        select org_id, action_id, bool_or(outcome is not distinct from 'delivered') as succeeded
        from attempts group by 1, 2
      )
      select a.id as example from actions a join tried t on t.org_id = a.org_id and t.action_id = a.id
      where a.state = 'delivered' and not t.succeeded`,
  },
  {
    name: 'records-are-written-once',
    says: 'a delivered record has its row, and every row its delivered record',
    remedy: OUR_FAULT,
    violations: () => sql`
      select coalesce(a.id, r.action_id) as example
      from (select org_id, id from actions where type = 'record' and state = 'delivered') a
      full join dataset_rows r on r.org_id = a.org_id and r.action_id = a.id where a.id is null or r.action_id is null`,
  },
  {
    name: 'assignments-were-delivered',
    says: 'every reassignment that counts for the next pick was delivered',
    remedy: OUR_FAULT,
    violations: () => sql`
      select s.action_id as example from assignments s
      left join actions a on a.org_id = s.org_id and a.id = s.action_id
        and a.type = 'zoho.assignSession' and a.state = 'delivered'
      where a.id is null`,
  },
];
