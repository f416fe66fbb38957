import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery, DeliveryOutcome } from '../../src/domain/action.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { acknowledgeAlert, resolveAlert, snoozeAlert } from '../../src/services/alert-verbs.ts';
import { type DeliverDeps, deliverJob } from '../../src/services/deliver.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { alerts, audit, decisions, holds } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { never } from '../support/deliveries.ts';
import { anAction, aRule, emptyDirectory, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

const LADDER = rulesetOf([
  aRule({
    id: 'held',
    trigger: { kind: 'hold', forMs: MINUTE },
    actions: [anAction('slack.alert', { channel: '#ops', text: 'held' })],
    steps: [{ afterMs: MINUTE, unless: 'acknowledged', actions: [anAction('slack.post', { text: 'still held' })] }],
  }),
]);

describe.each(databases)('alerts on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let portal = 0;
  let orgId = '';
  let told: string[] = [];
  let whilePosting: (delivery: Delivery) => Promise<unknown> = async () => undefined;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    portal += 1;
    orgId = `portal-${portal}`;
    clock = createManualClock(START);
    told = [];
    whilePosting = async () => undefined;
  });

  const verbs = () => ({ database, clock, queue: database.queue, rulesetHash: () => LADDER.hash });
  const processor = () =>
    createProcessor({
      database,
      clock,
      queue: database.queue,
      ruleset: () => LADDER,
      channels: () => new Map(),
      storePersonalData: false,
    });

  async function deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    const { type, params } = delivery;
    // What falls due of the tests before this one is theirs.
    if (delivery.orgId !== orgId) return { kind: 'delivered', result: {} };
    told.push(type === 'slack.alertUpdate' ? `card ${String(params['change'])}` : String(params['text']));
    if (type !== 'slack.alert') return { kind: 'delivered', result: {} };
    await whilePosting(delivery);
    return { kind: 'delivered', result: { channel: 'C1', ts: '1.1', card: { text: 'held', ruleName: 'held' } } };
  }

  async function deliverAll(): Promise<void> {
    const deps: DeliverDeps = {
      ...verbs(),
      destinations: { slack: { name: 'slack', connected: true, deliver } },
      directory: emptyDirectory,
      storePersonalData: false,
      random: () => 0,
    };
    for (;;) {
      const jobs = await database.queue.claim(10);
      if (jobs.length === 0) return;
      for (const job of jobs) await deliverJob(deps, job, never);
    }
  }

  async function change(status: string): Promise<void> {
    const ingest = createIngest({ database, clock, storePersonalData: false });
    await ingest([{ ok: true, event: { ...statusEvent(clock.now(), status), orgId } }]);
    await processor().processAll();
  }

  /** A chat that was held long enough: its alert. */
  async function anAlert(): Promise<string> {
    await change('ON_HOLD');
    clock.advance(MINUTE);
    await processor().processAll();
    return (await stored()).id;
  }

  async function stored() {
    const [alert] = await database.db.select().from(alerts).where(eq(alerts.orgId, orgId));
    if (alert === undefined) throw new Error('no alert');
    return alert;
  }

  const audited = async () =>
    (await database.db.select().from(audit).where(eq(audit.orgId, orgId))).map(({ verb, actor }) => `${actor} ${verb}`);
  const outcomes = async () =>
    (await database.db.select().from(decisions).where(eq(decisions.orgId, orgId)))
      .sort((a, b) => a.id - b.id)
      .map(({ outcome }) => outcome);

  test('an acknowledgement stops the ladder, edits the card once, and is written down once', async () => {
    const id = await anAlert();
    await deliverAll();
    const [first, second] = await Promise.all([
      acknowledgeAlert(verbs(), orgId, id, 'maria'),
      acknowledgeAlert(verbs(), orgId, id, 'maria'),
    ]);
    expect(first).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'maria', acknowledgedAt: clock.now() });
    expect(second).toEqual(first);
    await deliverAll();
    expect(told).toEqual(['held', 'card acknowledged']);
    expect(await audited()).toEqual(['maria alert.acknowledge']);
    clock.advance(MINUTE);
    await processor().processAll();
    await deliverAll();
    expect(told).not.toContain('still held');
    expect(await outcomes()).toEqual(['armed', 'fired', 'skipped']);
  });

  test('without one the ladder goes on', async () => {
    await anAlert();
    clock.advance(MINUTE);
    await processor().processAll();
    await deliverAll();
    expect(told).toEqual(['held', 'still held']);
  });

  test('a resolved alert stays resolved: an acknowledgement after it opens nothing', async () => {
    const id = await anAlert();
    await deliverAll();
    await resolveAlert(verbs(), orgId, id, 'maria');
    const after = await acknowledgeAlert(verbs(), orgId, id, 'joao');
    expect(after).toMatchObject({ state: 'resolved', resolvedReason: 'resolved by maria' });
    await deliverAll();
    expect(told).toEqual(['held', 'card resolved']);
    expect(await audited()).toEqual(['maria alert.resolve']);
    expect(await database.db.select().from(holds).where(eq(holds.orgId, orgId))).toMatchObject([
      { acknowledgedAt: clock.now(), endedAt: null },
    ]);
  });

  test('an alert that its episode resolved takes no acknowledgement', async () => {
    const id = await anAlert();
    await deliverAll();
    clock.advance(1_000);
    await change('OPEN');
    expect(await acknowledgeAlert(verbs(), orgId, id, 'maria')).toMatchObject({ state: 'resolved' });
    await deliverAll();
    expect(told).toEqual(['held', 'card resolved']);
    expect(await audited()).toEqual([]);
  });

  const episode = async () => (await database.db.select().from(holds).where(eq(holds.orgId, orgId)))[0];

  test('a snooze makes the ladder stand still for as long, and then the alert is open again', async () => {
    const id = await anAlert();
    await deliverAll();
    const until = clock.now() + 10 * MINUTE;
    const [first, second] = await Promise.all([
      snoozeAlert(verbs(), orgId, id, { by: 'maria', until }),
      snoozeAlert(verbs(), orgId, id, { by: 'maria', until: until + 2_000 }),
    ]);
    expect([first, second]).toMatchObject([{ state: 'snoozed' }, { state: 'snoozed' }]);
    await deliverAll();
    expect(told).toEqual(['held', 'card snoozed']);
    expect(await audited()).toEqual(['maria alert.snooze']);
    const end = Number(first.snoozedUntil);
    clock.set(end - 1);
    await processor().processAll();
    await deliverAll();
    expect(await stored()).toMatchObject({ state: 'snoozed', snoozedUntil: end });
    clock.set(end);
    await processor().processAll();
    await deliverAll();
    expect(await stored()).toMatchObject({ state: 'open', snoozedUntil: null });
    expect(await episode()).toMatchObject({ snoozedUntil: null, pausedMs: end - (until - 10 * MINUTE) });
    expect(told).toEqual(['held', 'card snoozed', 'card open']);
    clock.set(end + MINUTE);
    await processor().processAll();
    await deliverAll();
    expect(told.at(-1)).toBe('still held');
  });

  test('a longer or shorter snooze takes the place of the one in force', async () => {
    const id = await anAlert();
    const at = clock.now();
    const snooze = (minutes: number) =>
      snoozeAlert(verbs(), orgId, id, { by: 'maria', until: clock.now() + minutes * MINUTE });
    await snooze(10);
    clock.advance(5 * MINUTE);
    await snooze(60);
    expect(await episode()).toMatchObject({ pausedMs: 65 * MINUTE, snoozedUntil: at + 65 * MINUTE });
    await snooze(5);
    expect(await episode()).toMatchObject({
      pausedMs: 10 * MINUTE,
      snoozedUntil: at + 10 * MINUTE,
      nextAt: at + 10 * MINUTE,
    });
    await deliverAll();
    expect(told).toEqual(['held', 'card snoozed', 'card snoozed', 'card snoozed']);
  });

  test.each([
    ['acknowledged', acknowledgeAlert],
    ['resolved', resolveAlert],
  ])('a snooze is beaten by what is done for good: once it is %s it stays so', async (state, verb) => {
    const id = await anAlert();
    const until = clock.now() + 10 * MINUTE;
    await snoozeAlert(verbs(), orgId, id, { by: 'maria', until });
    clock.advance(MINUTE);
    await verb(verbs(), orgId, id, 'joao');
    expect(await stored()).toMatchObject({ state, snoozedUntil: null });
    expect(await snoozeAlert(verbs(), orgId, id, { by: 'maria', until: until + 60 * MINUTE })).toMatchObject({ state });
    clock.set(until);
    await processor().processAll();
    await deliverAll();
    expect(await stored()).toMatchObject({ state });
    expect(told.filter((one) => one.startsWith('card'))).not.toContain('card open');
  });

  test('a snooze lasts a minute to seven days', async () => {
    const id = await anAlert();
    for (const forMs of [-1, 0, 1_000, 8 * 24 * 60 * MINUTE]) {
      const snooze = snoozeAlert(verbs(), orgId, id, { by: 'maria', until: clock.now() + forMs });
      await expect(snooze).rejects.toMatchObject({ code: 'bad_request' });
    }
    await deliverAll();
    expect(told).toEqual(['held']);
  });

  test('an alert that is not there is not found', async () => {
    await expect(acknowledgeAlert(verbs(), orgId, 'none', 'maria')).rejects.toMatchObject({ code: 'not_found' });
    await expect(resolveAlert(verbs(), orgId, 'none', 'maria')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['acknowledged', acknowledgeAlert],
    ['resolved', resolveAlert],
  ])('a card that was %s while Slack was still posting it is corrected after', async (state, verb) => {
    const id = await anAlert();
    whilePosting = () => verb(verbs(), orgId, id, 'maria');
    await deliverAll();
    expect(told[0]).toBe('held');
    expect(new Set(told.slice(1))).toEqual(new Set([`card ${state}`]));
    expect(await stored()).toMatchObject({ state, slackChannel: 'C1', slackTs: '1.1' });
  });
});
