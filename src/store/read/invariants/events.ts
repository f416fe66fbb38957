import { sql } from 'drizzle-orm';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../../domain/event.ts';
import { type Invariant, longBefore, NO_PROGRESS, OUR_FAULT } from './invariant.ts';

/** How long an event may wait to be judged, in minutes: seconds are usual, and a restart takes no longer. */
const WAIT_MINUTES = 15;
/** Tries after which an event is not just unlucky: the pauses between them add up to some two minutes. */
const MANY_TRIES = 5;

/** Events on their way: stored, waiting, judged; none lost. */
export const eventInvariants: readonly Invariant[] = [
  {
    name: 'waiting-events-are-stored',
    says: 'every event that waits to be judged is stored',
    remedy: OUR_FAULT,
    violations: () => sql`
      select i.key as example from inbox i left join events e on e.org_id = i.org_id and e.key = i.key where e.key is null`,
  },
  {
    name: 'subjects-have-lanes',
    says: 'every subject with something to do can be claimed by a worker',
    remedy: OUR_FAULT,
    violations: () => sql`
      select w.subject as example
      from (
        select org_id, subject from inbox union select org_id, subject from holds where next_at is not null
      ) w left join lanes l on l.org_id = w.org_id and l.subject = w.subject where l.subject is null`,
  },
  {
    name: 'events-are-judged',
    says: `no event waits longer than ${WAIT_MINUTES} minutes to be judged, unless it was put off`,
    remedy: NO_PROGRESS,
    violations: (now) => sql`
      select i.key as example from inbox i join events e on e.org_id = i.org_id and e.key = i.key
      where greatest(e.received_at, i.not_before) < ${longBefore(now, WAIT_MINUTES)}`,
  },
  {
    name: 'events-can-be-judged',
    says: `no event has failed to be judged ${MANY_TRIES} times`,
    remedy: 'The log tells the error of each try; the chat’s later events wait behind this one.',
    violations: () => sql`select subject || ' ' || key as example from inbox where attempts >= ${MANY_TRIES}`,
  },
  {
    name: 'events-are-in-the-ledger',
    says: 'every event that changes a chat is in the chat’s ledger, or waits to be judged',
    remedy: OUR_FAULT,
    violations: () => sql`
      select e.key as example from events e
      left join transitions t on t.org_id = e.org_id and t.session_id = e.session_id and t.at = e.at and t.event_key = e.key
      left join messages m on m.org_id = e.org_id and m.session_id = e.session_id and m.at = e.at and m.event_key = e.key
      where e.session_id is not null and e.type in (${SESSION_STATUS_EVENT}, ${MESSAGE_ADD_EVENT})
        and (case e.type when ${SESSION_STATUS_EVENT} then t.event_key else m.event_key end) is null
        and not exists (select 1 from inbox i where i.org_id = e.org_id and i.subject = e.subject and i.key = e.key)`,
  },
  {
    name: 'ledger-comes-from-events',
    says: 'every entry of the ledger has its event',
    remedy: OUR_FAULT,
    violations: () => sql`
      select l.event_key as example
      from (
        select org_id, event_key from transitions union all select org_id, event_key from messages
      ) l left join events e on e.org_id = l.org_id and e.key = l.event_key where e.key is null`,
  },
  {
    name: 'ledger-is-append-only',
    says: 'the triggers that keep the ledger and the audit from being changed are in place',
    remedy: 'Make them again: their text is in drizzle/0001_append_only.sql.',
    violations: () => sql`
      select wanted.name as example
      from (
        values ('transitions_append_only'), ('messages_append_only'), ('audit_append_only'),
          ('transitions_no_truncate'), ('messages_no_truncate'), ('audit_no_truncate')
      ) wanted(name)
      left join pg_trigger t on t.tgname = wanted.name and t.tgenabled <> 'D' where t.tgname is null`,
  },
];
