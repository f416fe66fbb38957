import { sql } from 'drizzle-orm';
import { type Invariant, OUR_FAULT } from './invariant.ts';

/**
 * A session is the fold of its ledger (engine/fold-session.ts). Here it is told once more, in SQL, as far as it does not
 * depend on the order of entries at one millisecond: where two of them could decide, nothing is said.
 */
export const sessionInvariants: readonly Invariant[] = [
  {
    name: 'sessions-have-a-ledger',
    says: 'every session has a ledger, and every ledger a session',
    remedy: OUR_FAULT,
    violations: () => sql`
      with ledger as (
        select org_id, session_id from transitions union select org_id, session_id from messages
      )
      select coalesce(s.id, l.session_id) as example
      from sessions s full join ledger l on l.org_id = s.org_id and l.session_id = s.id
      where s.id is null or l.session_id is null`,
  },
  {
    name: 'session-status-is-the-last',
    says: 'a session’s status is that of its newest transition',
    remedy: OUR_FAULT,
    violations: () => sql`
      with newest as (
        select distinct on (org_id, session_id) org_id, session_id, at, to_status,
          count(*) over (partition by org_id, session_id, at) as ties
        from transitions where to_status is not null order by org_id, session_id, at desc
      )
      select s.id as example from sessions s join newest n on n.org_id = s.org_id and n.session_id = s.id
      where n.ties = 1 and s.status is distinct from n.to_status`,
  },
  {
    name: 'session-assignee-is-the-last',
    says: 'a session’s assignee is that of its newest transition',
    remedy: OUR_FAULT,
    violations: () => sql`
      with newest as (
        select distinct on (org_id, session_id) org_id, session_id, assignee_id,
          count(*) over (partition by org_id, session_id, at) as ties
        from transitions order by org_id, session_id, at desc
      )
      select s.id as example from sessions s join newest n on n.org_id = s.org_id and n.session_id = s.id
      where n.ties = 1 and s.assignee_id is distinct from n.assignee_id`,
  },
  {
    name: 'session-holds-are-counted',
    says: 'a session counts how often its ledger enters ON_HOLD, from another status or anew',
    remedy: OUR_FAULT,
    violations: () => sql`
      with ordered as (
        select org_id, session_id, at, from_status, to_status,
          lag(to_status) over chat as before, lag(at) over chat as at_before
        from transitions where to_status is not null window chat as (partition by org_id, session_id order by at)
      ), counted as (
        select org_id, session_id, bool_or(at = at_before) as has_ties,
          count(*) filter (
            where to_status = 'ON_HOLD' and (before is distinct from 'ON_HOLD' or from_status <> 'ON_HOLD')
          ) as holds
        from ordered group by org_id, session_id
      )
      select s.id as example from sessions s join counted c on c.org_id = s.org_id and c.session_id = s.id
      where c.has_ties is not true and s.holds <> c.holds`,
  },
  {
    name: 'session-messages-are-counted',
    says: 'a session counts the messages of its ledger, and knows when the last came and went',
    remedy: OUR_FAULT,
    violations: () => sql`
      with counted as (
        select org_id, session_id,
          count(*) filter (where direction = 'IN') as messages_in, count(*) filter (where direction = 'OUT') as messages_out,
          max(at) filter (where direction = 'IN') as last_in, max(at) filter (where direction = 'OUT') as last_out
        from messages where message_type is null or message_type not in ('INFO', 'EXTERNAL_INFO')
        group by org_id, session_id
      )
      select s.id as example from sessions s left join counted c on c.org_id = s.org_id and c.session_id = s.id
      where s.messages_in <> coalesce(c.messages_in, 0) or s.messages_out <> coalesce(c.messages_out, 0)
        or s.last_inbound_at is distinct from c.last_in or s.last_outbound_at is distinct from c.last_out`,
  },
  {
    name: 'session-times-match-the-ledger',
    says: 'a session begins and was last heard of with the first and the last entry of its ledger',
    remedy: OUR_FAULT,
    violations: () => sql`
      with spans as (
        select org_id, session_id, min(first) as first, max(last) as last
        from (
          select org_id, session_id, min(at) as first, max(at) as last from transitions group by 1, 2
          union all select org_id, session_id, min(at), max(at) from messages group by 1, 2
        ) both_ledgers group by 1, 2
      )
      select s.id as example from sessions s join spans p on p.org_id = s.org_id and p.session_id = s.id
      where s.created_at <> p.first or s.last_event_at <> p.last`,
  },
  {
    name: 'ended-sessions-have-an-end',
    says: 'a session has an end if, and only if, its status is ENDED',
    remedy: OUR_FAULT,
    violations: () => sql`
      select id as example from sessions where (status is not distinct from 'ENDED') <> (ended_at is not null)`,
  },
  {
    name: 'gaps-are-marked',
    says: 'a transition that does not start from the status that was known is marked as a gap, and no other is',
    remedy: OUR_FAULT,
    violations: () => sql`
      select event_key as example from transitions
      where gap <> (not late and coalesce(from_status <> known_status, false))`,
  },
];
