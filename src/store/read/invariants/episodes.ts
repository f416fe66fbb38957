import { sql } from 'drizzle-orm';
import { type Invariant, longBefore, NO_PROGRESS, OUR_FAULT, ofTick } from './invariant.ts';

/** How long after its moment a hold or a step may still wait to be judged, in minutes. */
const DUE_MINUTES = 15;

/** How far calendars look ahead: what is due later is never due. */
const NEVER_HOURS = 400 * 24;

/** Holds, episodes and the decisions about them. */
export const episodeInvariants: readonly Invariant[] = [
  {
    name: 'one-hold-per-rule-and-subject',
    says: 'a rule has at most one open hold, or episode of its schedule, for a subject',
    remedy: OUR_FAULT,
    violations: () => sql`
      select rule_id || ' ' || subject as example from holds where ended_at is null and kind in ('hold', 'schedule')
      group by org_id, rule_id, subject having count(*) > 1`,
  },
  {
    name: 'running-holds-fall-due',
    says: 'what runs has a due time ahead of it (unless its business clock never gets there), and has neither fired nor ended',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from holds
      where state = 'running' and (fired_at is not null or ended_at is not null or kind = 'schedule'
        or (next_at is null and due_at < started_at + interval '${sql.raw(String(NEVER_HOURS))} hours'))`,
  },
  {
    name: 'only-living-episodes-fall-due',
    says: 'nothing falls due of an episode that has ended, or that was given up before it fired',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from holds
      where next_at is not null
        and (ended_at is not null or (state in ('cancelled', 'expired') and false_since is null))`,
  },
  {
    name: 'what-is-due-is-judged',
    says: `no hold or step is overdue by more than ${DUE_MINUTES} minutes`,
    remedy: NO_PROGRESS,
    violations: (now) => sql`select id as example from holds where next_at < ${longBefore(now, DUE_MINUTES)}`,
  },
  {
    name: 'endings-have-a-reason',
    says: 'an episode that has ended, or was given up, tells why; one that has ended tells by what',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from holds
      where ((ended_at is not null or state in ('cancelled', 'expired')) and end_reason is null)
        or (ended_at is null) <> (ended_by is null)`,
  },
  {
    name: 'what-has-ended-waits-for-nothing',
    says: 'only an open episode is absent for a moment or snoozed, and then it is looked at again',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from holds
      where (false_since is not null or snoozed_until is not null) and (ended_at is not null or next_at is null)`,
  },
  {
    name: 'steps-and-repeats-follow-a-firing',
    says: 'steps and repeats are counted only of what has fired, and their times only move later',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from holds
      where paused_ms < 0 or repeats_done < 0 or (state <> 'fired' and (steps_done > 0 or repeats_done > 0 or paused_ms > 0))`,
  },
  {
    name: 'events-that-wait-are-known',
    says: 'the episode of an event names its event, and no other does',
    remedy: OUR_FAULT,
    violations: () => sql`select id as example from holds where (kind = 'event') <> (event_key is not null)`,
  },
  {
    name: 'fired-episodes-fired-once',
    says: 'an episode that has fired tells when, and fired once (that of a schedule at its ticks); one that has not, never did',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from holds
      where case when state = 'fired' then firings < 1 or (firings > 1 and kind <> 'schedule') or fired_at is null else firings <> 0 or fired_at is not null end`,
  },
  {
    name: 'episodes-are-decided',
    says: 'every episode began with a decision, and one that has fired fired by one',
    remedy: OUR_FAULT,
    violations: () => sql`
      with decided as (
        select org_id, episode_id, bool_or(outcome = 'armed') as armed,
          bool_or(outcome in ('fired', 'silenced', 'shadow') and step = 0) as fired
        from decisions where episode_id is not null group by 1, 2
      )
      select h.id as example from holds h left join decided d on d.org_id = h.org_id and d.episode_id = h.id
      where (h.kind = 'hold' and d.armed is not true) or (h.state = 'fired' and d.fired is not true)`,
  },
  {
    name: 'nothing-fires-twice',
    says: 'of an episode, the firing, each step, each repeat and the end are decided once; of an event and a rule, or a tick, the firing',
    remedy: OUR_FAULT,
    violations: () => sql`
      select rule_id || ' ' || coalesce(episode_id, min(event_key)) as example
      from decisions where outcome in ('fired', 'silenced', 'shadow', 'resolved')
      group by org_id, rule_id, subject, episode_id, case when episode_id is null then event_key end,
        outcome = 'resolved', step, repeat, ${ofTick('')}
      having count(*) > 1`,
  },
  {
    name: 'firings-have-actions',
    says: 'every firing, step and repeat of a live rule has its actions',
    remedy: OUR_FAULT,
    violations: () => sql`
      select d.rule_id || ' ' || d.subject as example from decisions d
      left join (select distinct org_id, firing from actions) a on a.org_id = d.org_id
        and a.firing = d.rule_id || '/' || d.subject || '/' || coalesce(d.episode_id, d.event_key)
          || ${ofTick('d.')} || '/' || coalesce('r' || d.repeat, d.step::text)
      left join (select distinct org_id, episode_id from alerts where group_id is not null) g
        on g.org_id = d.org_id and g.episode_id = d.episode_id
      -- The card of a group is not told again by the repeats of its members.
      where d.outcome in ('fired', 'silenced') and a.firing is null and (d.repeat is null or g.episode_id is null)`,
  },
];
