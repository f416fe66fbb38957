import { and, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { acknowledgeGroup, resolveGroup } from '../../src/services/alert-group-verbs.ts';
import { acknowledgeAlert } from '../../src/services/alert-verbs.ts';
import { listAlertGroups, listLiveGroups } from '../../src/store/read/alert-groups.ts';
import { listLiveAlerts } from '../../src/store/read/watch-lists.ts';
import { alertGroups, alerts, audit, decisions, holds } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { chatIds, createStorm, type Storm } from '../support/storms.ts';
import { MINUTE } from '../support/timeline.ts';

const SECOND = 1_000;
/** Chats on hold for a minute share a card; ten minutes later the leads are told of each. */
const held = aRule({
  id: 'held',
  trigger: { kind: 'hold', forMs: MINUTE },
  groupAlerts: { by: [], waitMs: 10 * SECOND, intervalMs: 30 * SECOND },
  actions: [anAction('slack.alert', { channel: '#chat-ops', text: '{{ session.id }}' }, { facts: ['session'] })],
  steps: [
    {
      afterMs: 10 * MINUTE,
      unless: 'acknowledged',
      actions: [anAction('slack.post', { channel: '#supervisors', text: 'x' })],
    },
  ],
});

describe.each(databases)('what people do to a group on $kind', ({ open }) => {
  let database: TestDatabase;
  let storm: Storm;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  afterEach(() => storm.stop());

  async function aGroup(count: number): Promise<string> {
    storm = await createStorm(database, [held]);
    await storm.chats('ON_HOLD', chatIds(count));
    await storm.after(MINUTE);
    await storm.after(10 * SECOND);
    const [group] = await database.db.select().from(alertGroups).where(eq(alertGroups.orgId, storm.orgId));
    if (group === undefined) throw new Error('no group');
    return group.id;
  }
  const audited = async () =>
    (await database.db.select().from(audit).where(eq(audit.orgId, storm.orgId))).map(
      ({ verb, actor }) => `${actor} ${verb}`,
    );
  const membersOf = (state: 'open' | 'acknowledged' | 'resolved') =>
    database.db.$count(alerts, and(eq(alerts.orgId, storm.orgId), eq(alerts.state, state)));

  test('an acknowledgement is one of all present members, stops their ladders, and is shown at once', async () => {
    const id = await aGroup(40);
    const [first, second] = await Promise.all([
      acknowledgeGroup(storm.deps, storm.orgId, id, 'maria'),
      acknowledgeGroup(storm.deps, storm.orgId, id, 'joao'),
    ]);
    expect(first.counts).toMatchObject({ total: 40, open: 40, acknowledged: 40 });
    expect(second.counts).toEqual(first.counts);
    expect(await audited()).toHaveLength(1);
    await storm.after(SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('*40 chats*, 40 still open (40 acknowledged)')]);
    // Who joins later is open, and climbs.
    await storm.chats('ON_HOLD', chatIds(2, 41));
    await storm.after(MINUTE);
    await storm.after(30 * SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('*42 chats*, 42 still open (40 acknowledged)')]);
    await storm.after(10 * MINUTE);
    expect(storm.standIn.messages('#supervisors')).toHaveLength(2);
    const skipped = and(eq(decisions.orgId, storm.orgId), eq(decisions.outcome, 'skipped'));
    expect(await database.db.$count(decisions, skipped)).toBe(40);
  });

  test('a resolution closes all present members; their episodes go on without a ladder', async () => {
    const id = await aGroup(3);
    await resolveGroup(storm.deps, storm.orgId, id, 'maria');
    expect(await membersOf('resolved')).toBe(3);
    await storm.after(SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('All 3 chats resolved')]);
    expect(await database.db.select().from(holds).where(eq(holds.orgId, storm.orgId))).toMatchObject(
      [1, 2, 3].map(() => ({ endedAt: null, acknowledgedAt: expect.any(Number) })),
    );
    await acknowledgeGroup(storm.deps, storm.orgId, id, 'joao');
    expect(await audited()).toEqual(['maria alert-group.resolve']);
  });

  test('one member may be acknowledged by itself: the card of the group tells it', async () => {
    await aGroup(3);
    const [member] = await database.db.select().from(alerts).where(eq(alerts.orgId, storm.orgId));
    const verbs = { ...storm.deps, rulesetHash: () => storm.ruleset.hash };
    await acknowledgeAlert(verbs, storm.orgId, member?.id ?? '', 'maria');
    await storm.after(SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('3 still open (1 acknowledged)')]);
    expect((await storm.actions()).filter(({ type }) => type === 'slack.alertUpdate')).toEqual([]);
  });

  test('a group that is not there is not found', async () => {
    await aGroup(1);
    for (const verb of [acknowledgeGroup, resolveGroup]) {
      await expect(verb(storm.deps, storm.orgId, 'none', 'maria')).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('lists show one line for the group, counted, in place of its members', async () => {
    const id = await aGroup(30);
    await storm.chats('OPEN', chatIds(10), { old: 'ON_HOLD' });
    const { db } = database;
    expect((await listAlertGroups(db, storm.orgId, {}, 10)).rows).toMatchObject([
      { id, counts: { total: 30, open: 20 }, shownTotal: 30, shownOpen: 30 },
    ]);
    expect((await listAlertGroups(db, storm.orgId, { closed: true }, 10)).rows).toEqual([]);
    expect(await listLiveGroups(db, storm.orgId, {}, 10)).toMatchObject([{ id, open: 20, acknowledged: 0 }]);
    expect(await listLiveGroups(db, storm.orgId, { channelId: 'elsewhere' }, 10)).toEqual([]);
    expect(await listLiveAlerts(db, storm.orgId, { grouped: false }, 10)).toEqual([]);
    expect(await listLiveAlerts(db, storm.orgId, { sessionId: 's30' }, 10)).toHaveLength(1);
  });
});
