import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readActionDetails } from '../../../src/store/read/action-details.ts';
import { hasEvents } from '../../../src/store/read/any-event.ts';
import { listDatasets } from '../../../src/store/read/datasets.ts';
import { findDecision, listDecisions } from '../../../src/store/read/decisions.ts';
import { countOpenChats, listOpenChats } from '../../../src/store/read/open-chats.ts';
import { listRuleActivity } from '../../../src/store/read/rule-activity.ts';
import {
  countActions,
  findLiveAlert,
  listLatestActions,
  listLatestDecisions,
  listLiveAlerts,
  listRunningHolds,
} from '../../../src/store/read/watch-lists.ts';
import {
  actions,
  alerts,
  attempts,
  datasetRows,
  decisions,
  events,
  holds,
  sessions,
} from '../../../src/store/schema.ts';
import { aDecision, aHold, anAction, anAlert, anEvent, aRecord, aSession } from '../../http/seed.ts';
import { NOW, ORG_ID } from '../../http/test-app.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';

const at = (seconds: number) => NOW + seconds * 1000;
const ids = (rows: readonly { id: string | number }[]) => rows.map(({ id }) => id);

describe.each(databases)('what the board reads, on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
    const { db } = database;
    await db.insert(events).values(anEvent('e1', -900));
    await db
      .insert(sessions)
      .values([
        aSession('s1', -900, { status: 'ON_HOLD', waitingSince: at(-300) }),
        aSession('s2', -800, { assigneeId: null, waitingSince: at(-600) }),
        aSession('s3', -700, { channelId: null, status: null }),
        aSession('s4', -600, { statusSince: at(-60) }),
        aSession('s5', -500, { status: 'ENDED' }),
        aSession('other', -500, { orgId: 'another portal' }),
      ]);
    await db
      .insert(holds)
      .values([
        aHold('later', 600, 'running'),
        aHold('sooner', 60, 'running', { sessionId: 's2', subject: 's2' }),
        aHold('fired', -60, 'fired', { nextAt: at(120) }),
        aHold('told', -60, 'fired', { nextAt: at(120), acknowledgedAt: at(-30) }),
      ]);
    await db
      .insert(alerts)
      .values([
        anAlert('acknowledged', -10, 'acknowledged', { episodeId: 'told' }),
        anAlert('old', -90, 'open', { episodeId: 'fired' }),
        anAlert('new', -30, 'open', { sessionId: 's2', subject: 's2' }),
        anAlert('over', -20, 'resolved'),
      ]);
    await db
      .insert(decisions)
      .values([
        aDecision(-90_000, { outcome: 'fired' }),
        aDecision(-300, { outcome: 'fired' }),
        aDecision(-200, { outcome: 'error', sessionId: 's2' }),
        aDecision(-100, { outcome: 'shadow', ruleId: 'other' }),
        aDecision(-50, { outcome: 'armed', ruleId: 'silent' }),
      ]);
    await db
      .insert(actions)
      .values([
        anAction('posted', -40, 'delivered'),
        anAction('counted', -30, 'delivered', { type: 'dashboard.update' }),
        anAction('miscounted', -20, 'refused', { type: 'dashboard.update', sessionId: 's2' }),
        anAction('recorded', -10, 'delivered', { type: 'record' }),
        anAction('long-ago', -90_000, 'dead'),
        anAction('waiting', -5, 'not_connected'),
      ]);
    const attempt = { orgId: ORG_ID, actionId: 'posted', startedAt: at(-40) };
    await db.insert(attempts).values([
      { ...attempt, attempt: 2, outcome: 'delivered' },
      { ...attempt, attempt: 1, outcome: 'retry', reason: '503' },
    ]);
    await db
      .insert(datasetRows)
      .values([aRecord('r1', -30, 'b'), aRecord('r2', -20, 'a'), aRecord('r3', -10, 'b'), aRecord('r4', -5, 'b')]);
  });
  afterAll(() => database.close());

  test('counts open chats of one portal by channel and status, with who waits longest', async () => {
    expect(await countOpenChats(database.db, ORG_ID)).toEqual([
      { channelId: null, status: null, chats: 1, unassigned: 0, waiting: 0, waitingSince: null },
      { channelId: 'c1', status: 'ON_HOLD', chats: 1, unassigned: 0, waiting: 1, waitingSince: at(-300) },
      { channelId: 'c1', status: 'OPEN', chats: 2, unassigned: 1, waiting: 1, waitingSince: at(-600) },
    ]);
  });

  test('lists open chats by who waits longest, and those of a filter alone', async () => {
    const list = async (filter: Parameters<typeof listOpenChats>[2]) =>
      ids(await listOpenChats(database.db, ORG_ID, filter, 10));
    expect(await list({})).toEqual(['s2', 's1', 's3', 's4']);
    expect(await list({ status: 'OPEN' })).toEqual(['s2', 's4']);
    expect(await list({ status: null })).toEqual(['s3']);
    expect(await list({ status: 'OPEN', channelId: null })).toEqual([]);
    expect(await list({ channelId: null })).toEqual(['s3']);
  });

  test('lists running holds alone, soonest due first, with their chats', async () => {
    const rows = await listRunningHolds(database.db, ORG_ID, {}, 10);
    expect(ids(rows)).toEqual(['sooner', 'later']);
    expect(rows[0]).toMatchObject({ sessionId: 's2', status: 'OPEN', assigneeId: null, dueAt: at(60) });
    expect(ids(await listRunningHolds(database.db, ORG_ID, { status: 'ON_HOLD' }, 10))).toEqual(['later']);
  });

  test('lists unresolved alerts, unacknowledged first, with the step that a person has to expect', async () => {
    const rows = await listLiveAlerts(database.db, ORG_ID, {}, 10);
    expect(ids(rows)).toEqual(['new', 'old', 'acknowledged']);
    expect(rows.map(({ nextStepAt }) => nextStepAt)).toEqual([null, at(120), null]);
    expect(ids(await listLiveAlerts(database.db, ORG_ID, { sessionId: 's2' }, 10))).toEqual(['new']);
    expect(await findLiveAlert(database.db, ORG_ID, 'over')).toMatchObject({ state: 'resolved' });
    expect(await findLiveAlert(database.db, 'another portal', 'over')).toBeUndefined();
  });

  test('lists the latest decisions, those of a filter among them, and finds one with its trace', async () => {
    const rows = await listLatestDecisions(database.db, ORG_ID, {}, 2);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['armed', 'shadow']);
    const filtered = await listLatestDecisions(database.db, ORG_ID, { status: 'OPEN' }, 10);
    expect(filtered.map(({ outcome }) => outcome)).toEqual(['error']);
    const [newest] = (await listDecisions(database.db, ORG_ID, {}, 1)).rows;
    expect(await findDecision(database.db, ORG_ID, newest?.id ?? -1)).toMatchObject({ trace: { op: 'all' } });
    expect(await findDecision(database.db, 'another portal', newest?.id ?? -1)).toBeUndefined();
  });

  test('lists the latest actions without counters and records that went well', async () => {
    const list = async (...more: [object, number, Parameters<typeof listLatestActions>[4]?]) =>
      ids(await listLatestActions(database.db, ORG_ID, ...more));
    expect(await list({}, 10)).toEqual(['waiting', 'miscounted', 'posted', 'long-ago']);
    expect(await list({ status: 'OPEN' }, 10)).toEqual(['miscounted']);
    expect(await list({}, 10, { states: ['dead', 'refused'], since: at(-86_400) })).toEqual(['miscounted']);
    const counts = await countActions(database.db, ORG_ID, ['dead', 'refused', 'not_connected'], at(-86_400));
    expect(counts).toEqual({ refused: 1, not_connected: 1 });
  });

  test('reads what became of actions, with their tries in order', async () => {
    const details = await readActionDetails(database.db, ORG_ID, ['posted', 'waiting', 'nothing']);
    expect([...details.keys()].sort()).toEqual(['posted', 'waiting']);
    expect(details.get('posted')).toMatchObject({
      params: { channel: '#ops' },
      tries: [{ attempt: 1, outcome: 'retry', reason: '503' }, { attempt: 2 }],
    });
    expect(JSON.stringify([...details])).not.toContain('what the customer wrote');
    expect(await readActionDetails(database.db, ORG_ID, [])).toEqual(new Map());
  });

  test('names every dataset with its rows, counted up to a limit', async () => {
    const expected = [
      { dataset: 'a', rows: 1, lastAt: at(-20) },
      { dataset: 'b', rows: 3, lastAt: at(-5) },
    ];
    expect(await listDatasets(database.db, ORG_ID, 10)).toEqual(expected);
    expect((await listDatasets(database.db, ORG_ID, 2)).map(({ rows }) => rows)).toEqual([1, 2]);
    expect(await listDatasets(database.db, 'another portal', 10)).toEqual([]);
  });

  test('tells what each rule did since a moment, and its last error', async () => {
    const activity = await listRuleActivity(database.db, ORG_ID, at(-86_400));
    expect(activity.sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1))).toEqual([
      {
        ruleId: 'on-hold',
        fired: 1,
        lastFiredAt: at(-300),
        errors: 1,
        lastErrorAt: at(-200),
        lastError: 'the conditions hold',
      },
      { ruleId: 'other', fired: 1, lastFiredAt: at(-100), errors: 0, lastErrorAt: null, lastError: null },
    ]);
  });

  test('knows whether any event has ever come', async () => {
    expect(await hasEvents(database.db, ORG_ID)).toBe(true);
    expect(await hasEvents(database.db, 'another portal')).toBe(false);
  });
});
