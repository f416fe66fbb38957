import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/domain/action.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { createCalendar } from '../../src/engine/calendars/create-calendar.ts';
import { snoozeAlert } from '../../src/services/alert-verbs.ts';
import { alertInvariants } from '../../src/store/read/invariants/alerts.ts';
import { checkInvariants } from '../../src/store/read/invariants/check-invariants.ts';
import { episodeInvariants } from '../../src/store/read/invariants/episodes.ts';
import { alerts, decisions, holds } from '../../src/store/schema.ts';
import { type Acting, createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

/** What holds and events remember for later, through the database: everything else of them is tested in memory. */
const at = (minute: number) => START + minute * MINUTE;
const CALENDARS = new Map([
  ['desk', createCalendar('desk', { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['09:00-10:10', '11:00-18:00'] } })],
]);
const wait = { during: { calendar: 'desk', outside: 'wait' as const } };
const card = anAction(
  'slack.alert',
  { channel: '#ops', text: 'held for {{ hold.elapsed | duration }}' },
  { facts: ['hold'] },
);

describe.each(databases)('what lasts, on $kind', ({ open }) => {
  let database: TestDatabase;
  let acting: Acting;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  const begin = (...rules: Rule[]) => {
    acting = createActing(database, rules, { calendars: CALENDARS });
  };
  beforeEach(() => begin());

  async function look(minute: number): Promise<void> {
    acting.clock.set(at(minute));
    await acting.judge();
    await acting.deliverAll();
  }
  const episodes = async () =>
    (await database.db.select().from(holds).where(eq(holds.orgId, acting.orgId))).sort(
      (a, b) => a.startedAt - b.startedAt,
    );
  const outcomes = async () =>
    (await database.db.select().from(decisions).where(eq(decisions.orgId, acting.orgId)))
      .sort((a, b) => a.id - b.id)
      .map(({ outcome }) => outcome);
  const said = (deliveries: readonly Delivery[]) =>
    deliveries.filter(({ orgId }) => orgId === acting.orgId).map(({ type, params }) => ({ type, ...params }));
  const sound = async () => {
    const checked = await checkInvariants(database.db, acting.clock.now());
    const own = new Set([...episodeInvariants, ...alertInvariants].map(({ name }) => name));
    expect(checked.filter(({ name, violations }) => own.has(name) && violations > 0)).toEqual([]);
  };

  test('an event waits for its calendar, and is judged by what is kept of it and by its transition', async () => {
    const texts = (path: string) =>
      anAction('slack.post', { channel: '#ops', text: `{{ ${path} }}` }, { facts: ['event', 'transition'] });
    const onStatus = aRule({
      id: 'status',
      ...wait,
      trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
      conditions: { all: [{ fact: 'transition', path: '$', operator: 'changedTo', value: 'ON_HOLD' }] },
      actions: [texts('transition.from')],
    });
    const onMessage = aRule({
      id: 'message',
      ...wait,
      trigger: { kind: 'event', on: ['IM_Message_Add'], late: false },
      conditions: { all: [{ fact: 'event', path: '$.direction', operator: 'equal', value: 'IN' }] },
      actions: [texts('event.text'), texts('event.messageType')],
    });
    begin(onStatus, onMessage);
    acting.clock.set(at(21));
    await acting.take(statusEvent(at(20), 'ON_HOLD', { old: 'OPEN' }), messageEvent(at(21), 'IN'));
    expect(await outcomes()).toEqual(['closed', 'closed']);
    expect((await episodes()).map(({ kind, state, nextAt, eventKey }) => [kind, state, nextAt, eventKey])).toEqual([
      ['event', 'running', at(60), statusEvent(at(20), 'ON_HOLD', { old: 'OPEN' }).key],
      ['event', 'running', at(60), messageEvent(at(21), 'IN').key],
    ]);
    await look(59);
    expect(acting.slack.deliveries).toEqual([]);
    await look(60);
    expect(await outcomes()).toEqual(['closed', 'closed', 'fired', 'fired']);
    // What the customer wrote is not kept, and so not told.
    expect(new Set(acting.slack.deliveries.map(({ params }) => params['text']))).toEqual(
      new Set(['OPEN', '[blanked]', 'TEXT']),
    );
    expect((await episodes()).every(({ endedBy, endedAt }) => endedBy === 'due' && endedAt === at(60))).toBe(true);
    await sound();
  });

  test('conditions that are false for a moment are remembered as long', async () => {
    begin(aRule({ id: 'held', trigger: { kind: 'hold', forMs: 5 * MINUTE }, keepForMs: 3 * MINUTE, actions: [card] }));
    acting.slack.answers = [
      { kind: 'delivered', result: { channel: 'C1', ts: '1.1', card: { text: 'held', ruleName: 'held' } } },
    ];
    await acting.take(statusEvent(at(0), 'ON_HOLD', { old: 'OPEN' }));
    await look(5);
    acting.clock.set(at(6));
    await acting.take(statusEvent(at(6), 'OPEN', { old: 'ON_HOLD' }));
    expect(await episodes()).toMatchObject([{ falseSince: at(6), nextAt: at(9), endedAt: null }]);
    acting.clock.set(at(8));
    await acting.take(statusEvent(at(8), 'ON_HOLD', { old: 'OPEN' }));
    expect(await episodes()).toMatchObject([{ falseSince: null, nextAt: null, endedAt: null }]);
    acting.clock.set(at(10));
    await acting.take(statusEvent(at(10), 'ENDED', { old: 'ON_HOLD' }));
    await sound();
    await look(20);
    expect(await episodes()).toMatchObject([{ falseSince: null, endedAt: at(13), endedBy: 'kept' }]);
    expect(await outcomes()).toEqual(['armed', 'fired', 'resolved']);
    await sound();
  });

  test('a repeat tells the card of its firing again, with the words of its moment, and a snooze makes it wait', async () => {
    const repeat = { everyMs: 10 * MINUTE, times: 3 };
    begin(aRule({ id: 'held', trigger: { kind: 'hold', forMs: 5 * MINUTE }, actions: [card], repeat }));
    acting.slack.answers = [
      { kind: 'delivered', result: { channel: 'C1', ts: '1.1', card: { text: 'held for 5m', ruleName: 'held' } } },
    ];
    await acting.take(statusEvent(at(0), 'ON_HOLD', { old: 'OPEN' }));
    await look(5);
    const [alert] = await database.db.select().from(alerts).where(eq(alerts.orgId, acting.orgId));
    if (alert === undefined) throw new Error('no alert');
    acting.slack.answers = [
      { kind: 'delivered', result: { channel: 'C1', ts: '1.1', card: { text: 'held for 15m', ruleName: 'held' } } },
    ];
    await look(15);
    expect(said(acting.slack.deliveries)).toMatchObject([
      { type: 'slack.alert', text: 'held for 5m' },
      {
        type: 'slack.alertUpdate',
        alertId: alert.id,
        change: 'repeated',
        card: { channel: '#ops', text: 'held for 15m', rule: { name: 'held' } },
      },
    ]);
    const told = await database.db.select().from(alerts).where(eq(alerts.orgId, acting.orgId));
    expect(told).toMatchObject([{ id: alert.id, state: 'open', slackTs: '1.1', card: { text: 'held for 15m' } }]);
    const { deps, clock, orgId } = acting;
    const verbs = { database, clock, queue: deps.queue, rulesetHash: () => acting.ruleset.hash };
    await snoozeAlert(verbs, orgId, alert.id, { by: 'maria', until: at(45) });
    await look(25);
    await look(45);
    await look(54);
    expect(await outcomes()).toEqual(['armed', 'fired', 'fired']);
    await look(55);
    expect(await outcomes()).toEqual(['armed', 'fired', 'fired', 'fired']);
    expect(await episodes()).toMatchObject([{ repeatsDone: 2, pausedMs: 30 * MINUTE, nextAt: at(65) }]);
    const repeats = (await database.db.select().from(decisions).where(eq(decisions.orgId, orgId))).map(
      (row) => row.repeat,
    );
    expect(repeats.sort()).toEqual([1, 2, null, null]);
    await sound();
  });
});
