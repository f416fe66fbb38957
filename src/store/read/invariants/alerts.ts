import { sql } from 'drizzle-orm';
import { type Invariant, OUR_FAULT } from './invariant.ts';

/** Slack cards and the episodes that they belong to. */
export const alertInvariants: readonly Invariant[] = [
  {
    name: 'alerts-have-an-action',
    says: 'every alert is opened by the action of its id',
    remedy: OUR_FAULT,
    violations: () => sql`
      select l.id as example from alerts l
      left join actions a on a.org_id = l.org_id and a.id = l.id and a.type = 'slack.alert' where a.id is null`,
  },
  {
    name: 'alerts-end-with-their-episode',
    says: 'no alert is open whose episode has ended, or that has none',
    remedy: 'Resolve it by hand: POST /api/v1/alerts/<id>/resolve. And it is a fault of Vigia: report it.',
    violations: () => sql`
      select l.id as example from alerts l left join holds h on h.org_id = l.org_id and h.id = l.episode_id
      where l.state <> 'resolved' and (h.id is null or h.ended_at is not null)`,
  },
  {
    name: 'alert-states-tell-when',
    says: 'an alert tells when it was resolved if it is, when it was acknowledged if it is, and until when it is snoozed if it is',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from alerts
      where (state = 'resolved') <> (resolved_at is not null) or (state = 'acknowledged' and acknowledged_at is null)
        or (state = 'snoozed') <> (snoozed_until is not null)`,
  },
  {
    name: 'posted-alerts-know-their-card',
    says: 'an alert whose card was delivered knows where Slack has it',
    remedy: OUR_FAULT,
    violations: () => sql`
      select l.id as example from alerts l join actions a on a.org_id = l.org_id and a.id = l.id
      where a.state = 'delivered' and l.group_id is null and (l.slack_channel is null or l.slack_ts is null)`,
  },
  {
    name: 'grouped-alerts-have-a-group',
    says: 'an alert that is a member of a group has one, of the same rule',
    remedy: OUR_FAULT,
    violations: () => sql`
      select l.id as example from alerts l
      left join alert_groups g on g.org_id = l.org_id and g.id = l.group_id and g.rule_id = l.rule_id
      where l.group_id is not null and g.id is null`,
  },
  {
    name: 'group-cards-tell-the-truth',
    says: 'a group of which nothing is due and nothing under way shows as many members as it has',
    remedy: OUR_FAULT,
    violations: () => sql`
      select g.id as example from alert_groups g
      left join lateral (
        select count(distinct l.subject) as total, count(distinct l.subject) filter (where l.resolved_at is null) as open
        from alerts l where l.org_id = g.org_id and l.group_id = g.id
      ) m on true
      where g.next_at is null and g.slack_ts is not null and (g.shown_total <> m.total or g.shown_open <> m.open)
        and not exists (
          select 1 from actions a where a.org_id = g.org_id and a.firing = 'group/' || g.id || '/' || g.version
            and a.state <> 'delivered')`,
  },
  {
    name: 'episodes-know-their-alerts',
    says: 'an episode names its alerts, and every alert is named by its episode',
    remedy: OUR_FAULT,
    violations: () => sql`
      with named as (
        select h.org_id, h.id as episode_id, ids.id from holds h cross join jsonb_array_elements_text(h.alert_ids) as ids(id)
        where h.alert_ids <> '[]'::jsonb
      )
      select coalesce(l.id, n.id) as example
      from (select org_id, id, episode_id from alerts where episode_id is not null) l
      full join named n on n.org_id = l.org_id and n.id = l.id and n.episode_id = l.episode_id
      where l.id is null or n.id is null`,
  },
];
