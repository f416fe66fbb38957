import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Db, rowsOf } from '../../../src/store/database.ts';
import { type CheckedInvariant, checkInvariants } from '../../../src/store/read/invariants/check-invariants.ts';
import { type BusyHistory, liveBusyHistory } from '../../support/busy-history.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';

/**
 * What `vigia doctor --deep` looks for. Every invariant has a corruption here, made by SQL behind the service's back;
 * each must be seen by its own invariant and by no other, so that the report points at what is wrong.
 */
const anEvent = sql`'o', 'k', 'test', 'Other', 's', null, now(), now(), '{}', 0`;
const EVENT_COLUMNS = sql`org_id, key, source, type, subject, session_id, at, received_at, payload, repeats`;
/** The one row that a query names. */
const one = (table: string, condition: string) =>
  sql.raw(`ctid = (select ctid from ${table} where ${condition} limit 1)`);

const CORRUPTIONS: [invariant: string, ...statements: SQL[]][] = [
  [
    'waiting-events-are-stored',
    sql`insert into lanes (org_id, subject) values ('o', 's')`,
    sql`insert into inbox (org_id, key, subject, at) values ('o', 'k', 's', now())`,
  ],
  [
    'subjects-have-lanes',
    sql`insert into events (${EVENT_COLUMNS}) values (${anEvent})`,
    sql`insert into inbox (org_id, key, subject, at, not_before) values ('o', 'k', 's', now(), '2100-01-01')`,
  ],
  [
    'events-are-judged',
    sql`insert into events (${EVENT_COLUMNS}) values (${anEvent})`,
    sql`update events set received_at = '2026-01-01' where org_id = 'o'`,
    sql`insert into lanes (org_id, subject) values ('o', 's')`,
    sql`insert into inbox (org_id, key, subject, at) values ('o', 'k', 's', now())`,
  ],
  [
    'events-can-be-judged',
    sql`insert into events (${EVENT_COLUMNS}) values (${anEvent})`,
    sql`insert into lanes (org_id, subject) values ('o', 's')`,
    sql`insert into inbox (org_id, key, subject, at, attempts, not_before) values ('o', 'k', 's', now(), 5, now())`,
  ],
  [
    'events-are-in-the-ledger',
    sql`insert into events (${EVENT_COLUMNS}) values (${anEvent})`,
    sql`update events set type = 'IM_Message_Add', session_id = 's' where org_id = 'o'`,
  ],
  ['ledger-comes-from-events', sql`delete from events where ${one('events', "type = 'IM_Session_Status'")}`],
  ['ledger-is-append-only', sql`alter table audit disable trigger audit_append_only`],
  [
    'sessions-have-a-ledger',
    sql`insert into sessions (org_id, id, created_at, holds, reassignments, messages_in, messages_out, time_in, last_event_at)
      values ('o', 's', now(), 0, 0, 0, 0, '{}', now())`,
  ],
  [
    'session-status-is-the-last',
    sql`update sessions set status = 'BLOCKED' where ${one('sessions', `status = 'OPEN' and not ${tiedTransitions()}`)}`,
  ],
  [
    'session-assignee-is-the-last',
    sql`update sessions set assignee_id = 'nobody' where ${one('sessions', `status is not null and not ${tiedTransitions()}`)}`,
  ],
  [
    'session-holds-are-counted',
    sql`update sessions set holds = holds + 1 where ${one('sessions', `holds > 0 and not ${tiedTransitions()}`)}`,
  ],
  [
    'session-messages-are-counted',
    sql`update sessions set messages_in = messages_in + 1 where ${one('sessions', 'true')}`,
  ],
  [
    'session-times-match-the-ledger',
    sql`update sessions set created_at = created_at - interval '1 ms' where ${one('sessions', 'true')}`,
  ],
  ['ended-sessions-have-an-end', sql`update sessions set ended_at = null where ${one('sessions', "status = 'ENDED'")}`],
  ['gaps-are-marked', sql`update transitions set gap = not gap where ${one('transitions', 'true')}`],
  [
    'one-hold-per-rule-and-subject',
    sql`update holds set ended_at = null, ended_by = null, end_reason = 'x' where (org_id, rule_id, subject) = (
      select org_id, rule_id, subject from holds where rule_id = 'shadowed' and ended_at is not null
      group by org_id, rule_id, subject having count(*) > 1 limit 1)`,
  ],
  [
    'running-holds-fall-due',
    sql`update holds set firings = 0, fired_at = null, state = 'running', next_at = null where ${one('holds', "state = 'cancelled' and kind = 'hold' and ended_at is not null")}`,
  ],
  [
    'only-living-episodes-fall-due',
    sql`update holds set next_at = '2100-01-01' where ${one('holds', "state = 'cancelled'")}`,
  ],
  [
    'what-is-due-is-judged',
    sql`update holds set next_at = '2026-01-01' where ${one('holds', "state = 'fired' and ended_at is null")}`,
  ],
  ['endings-have-a-reason', sql`update holds set end_reason = null where ${one('holds', 'ended_at is not null')}`],
  [
    'what-has-ended-waits-for-nothing',
    sql`update holds set false_since = ended_at where ${one('holds', 'ended_at is not null')}`,
  ],
  [
    'steps-and-repeats-follow-a-firing',
    sql`update holds set repeats_done = 1 where ${one('holds', "state = 'cancelled'")}`,
  ],
  ['events-that-wait-are-known', sql`update holds set event_key = null where ${one('holds', "kind = 'event'")}`],
  ['fired-episodes-fired-once', sql`update holds set firings = 2 where ${one('holds', "state = 'fired'")}`],
  [
    'episodes-are-decided',
    sql`delete from decisions where ${one('decisions', "outcome = 'armed' and episode_id in (select id from holds where state = 'cancelled')")}`,
  ],
  [
    'nothing-fires-twice',
    sql`insert into decisions (org_id, rule_id, ruleset_hash, subject, episode_id, event_key, outcome, mode, step, at, decided_at, reason)
      select org_id, rule_id, ruleset_hash, subject, episode_id, event_key, outcome, mode, step, at, decided_at, reason
      from decisions where outcome = 'fired' limit 1`,
  ],
  [
    'firings-have-actions',
    sql`insert into decisions (org_id, rule_id, ruleset_hash, subject, event_key, outcome, mode, step, at, decided_at, reason)
      select org_id, rule_id, ruleset_hash, 'elsewhere', event_key, outcome, mode, step, at, decided_at, reason
      from decisions where outcome = 'fired' limit 1`,
  ],
  [
    'actions-are-decided',
    sql`update actions set firing = 'x' || firing where ${one('actions', "firing like '%/end'")}`,
  ],
  ['finished-actions-tell-when', sql`update actions set state = 'queued' where ${one('actions', "state = 'refused'")}`],
  ['finished-actions-forget', sql`update actions set context = '{}' where ${one('actions', "state = 'skipped'")}`],
  [
    'waiting-actions-have-something-to-wait-for',
    sql`update actions set waits_for = '["nothing"]' where ${one('actions', "finished_at is null and state = 'queued' and waits_for is not null")}`,
  ],
  [
    'actions-end-in-time',
    sql`update actions set expires_at = '2026-01-01' where ${one('actions', 'finished_at is null')}`,
  ],
  [
    'held-actions-are-let-go',
    sql`update actions set held_by = 'pause:gone', held_at = now() where ${one('actions', 'waits_for is not null')}`,
  ],
  [
    'attempts-have-actions',
    sql`insert into attempts (org_id, action_id, attempt, started_at) values ('o', 'a', 1, now())`,
  ],
  [
    'deliveries-succeeded',
    sql`update attempts set outcome = 'retry' where ${one('attempts', "outcome = 'delivered'")}`,
  ],
  ['records-are-written-once', sql`delete from dataset_rows where ${one('dataset_rows', 'true')}`],
  ['assignments-were-delivered', sql`update assignments set action_id = 'another' where ${one('assignments', 'true')}`],
  [
    'alerts-have-an-action',
    sql`update actions set type = 'slack.post' where ${one('actions', "type = 'slack.alert' and id in (select id from alerts)")}`,
  ],
  [
    'alerts-end-with-their-episode',
    sql`update alerts set state = 'open', resolved_at = null where ${one('alerts', "state = 'resolved' and acknowledged_at is null")}`,
  ],
  ['alert-states-tell-when', sql`update alerts set resolved_at = null where ${one('alerts', "state = 'resolved'")}`],
  [
    'posted-alerts-know-their-card',
    sql`update alerts set slack_ts = null where ${one('alerts', 'slack_ts is not null')}`,
  ],
  ['grouped-alerts-have-a-group', sql`update alerts set group_id = 'none' where ${one('alerts', 'true')}`],
  [
    'group-cards-tell-the-truth',
    sql`insert into alert_groups (org_id, id, rule_id, ruleset_hash, key, overflow, opened_at, takes_until, interval_ms,
        shown_total, shown_open, shown_acknowledged, version, edits, slack_channel, slack_ts, card)
      values ('o', 'g', 'r', 'h', 'k', false, now(), now(), 1, 5, 2, 0, 1, 0, 'C1', '1.1', '{}')`,
  ],
  ['episodes-know-their-alerts', sql`update holds set alert_ids = '[]' where ${one('holds', "alert_ids <> '[]'")}`],
  [
    'rules-in-force-are-known',
    sql`insert into ruleset_activations (org_id, hash, activated_at, changed_rules) values ('o', 'h', now(), '[]')`,
  ],
  ['deciding-rules-are-known', sql`update decisions set ruleset_hash = 'unheard of' where ${one('decisions', 'true')}`],
  ['limits-are-bounded', sql`update limit_windows set fired_at = '[2, 1]' where ${one('limit_windows', 'true')}`],
  [
    'unfinished-actions-have-a-job',
    sql`delete from pgboss.job where id = (select id from pgboss.job where name = 'deliver' and state in ('created', 'retry') limit 1)`,
  ],
  [
    'jobs-have-an-unfinished-action',
    sql`update pgboss.job set state = 'retry', start_after = now() - interval '1 hour', started_on = null, created_on = now() - interval '1 hour'
      where id = (select id from pgboss.job where name = 'deliver' and state = 'completed' limit 1)`,
  ],
];

/** Sessions of which two transitions fell on one instant. */
function tiedTransitions(): string {
  return `exists (select 1 from transitions t where t.org_id = sessions.org_id and t.session_id = sessions.id
    group by at having count(*) > 1)`;
}

describe.each(databases)('the invariants on $kind', ({ open }) => {
  let database: TestDatabase;
  let history: BusyHistory;
  beforeAll(async () => {
    database = await open();
    history = await liveBusyHistory(database);
  }, 120_000);
  afterAll(() => database.close());

  const violated = (checked: readonly CheckedInvariant[]) => checked.filter(({ violations }) => violations > 0);

  test('hold after a busy history', async () => {
    expect(violated(await checkInvariants(database.db, history.clock.now()))).toEqual([]);
    // It would say nothing of an empty database either.
    const counts = await database.db.execute(sql`
      select (select count(*) from transitions where late)::int as late, (select count(*) from holds)::int as holds,
        (select count(*) from decisions where outcome = 'limited')::int as limited,
        (select count(distinct state) from actions)::int as states, (select count(*) from alerts)::int as alerts`);
    const [row] = rowsOf<Record<string, number>>(counts);
    for (const [what, count] of Object.entries(row ?? {})) expect(count, what).toBeGreaterThan(4);
  });

  test('each has a corruption here', async () => {
    const names = (await checkInvariants(database.db, history.clock.now())).map(({ name }) => name);
    expect(CORRUPTIONS.map(([name]) => name).sort()).toEqual(names.sort());
  });

  test.each(CORRUPTIONS)('%s', async (name, ...statements) => {
    const checked = await afterCorruption(statements, (tx) => checkInvariants(tx, history.clock.now()));
    expect(violated(checked).map((one) => one.name)).toEqual([name]);
    const [found] = violated(checked);
    expect(found?.examples.length).toBe(Math.min(5, found?.violations ?? 0));
    expect(found?.remedy).not.toBe('');
  });

  /** Looks at corrupted tables in a transaction that is taken back. The append-only triggers are off in it. */
  async function afterCorruption<T>(statements: readonly SQL[], look: (tx: Db) => Promise<T>): Promise<T> {
    let seen: { value: T } | undefined;
    const done = database.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      for (const statement of statements) await tx.execute(statement);
      seen = { value: await look(tx) };
      throw new TakeBack();
    });
    await done.catch((error: unknown) => {
      if (!(error instanceof TakeBack)) throw error;
    });
    if (seen === undefined) throw new Error('nothing was looked at');
    return seen.value;
  }
});

class TakeBack extends Error {}
