import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Delivery, DeliveryOutcome, Destination } from '../../src/domain/action.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { deliverJob } from '../../src/services/deliver.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { actions, alerts, decisions, events, holds, inbox, sessions, transitions } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule, emptyDirectory, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

describe.each(databases)('from event to action on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test('an event is stored, judged, its hold fires, its action is delivered, its card resolved', async () => {
    const clock = createManualClock(START);
    const ruleset = rulesetOf([
      aRule({
        id: 'on-hold',
        actions: [anAction('slack.alert', { channel: '#ops', text: 'chat {{ session.id }}' }, { facts: ['session'] })],
      }),
    ]);
    const ingest = createIngest({ database, clock, storePersonalData: false });
    const processor = createProcessor({
      database,
      clock,
      queue: database.queue,
      ruleset: () => ruleset,
      channels: () => new Map(),
      storePersonalData: false,
    });
    const delivered: Delivery[] = [];
    const slack: Destination = {
      name: 'slack',
      connected: true,
      async deliver(delivery): Promise<DeliveryOutcome> {
        delivered.push(delivery);
        return { kind: 'delivered', result: { channel: 'C1', ts: '1.1', card: { text: 'x', ruleName: 'r' } } };
      },
    };
    const deps = {
      database,
      clock,
      queue: database.queue,
      destinations: { slack },
      directory: emptyDirectory,
      storePersonalData: false,
      random: () => 0.5,
    };
    const deliverAll = async () => {
      for (const job of await database.queue.claim(10)) await deliverJob(deps, job, new AbortController().signal);
    };
    const onHold = statusEvent(START, 'ON_HOLD', { old: 'OPEN' });
    const hello = messageEvent(START + 1, 'IN');
    const item = (event: typeof onHold) => ({ ok: true as const, event });
    expect(await ingest([item(onHold), item(hello), item(onHold)])).toEqual({ stored: 2, repeated: 1, rejected: 0 });
    expect(await ingest([item(onHold)])).toEqual({ stored: 0, repeated: 1, rejected: 0 });
    clock.set(START + 2);
    expect(await processor.processAll()).toMatchObject({ subjects: 1, events: 2, decisions: 1 });
    expect(await database.db.select().from(inbox)).toEqual([]);
    const [stored] = (await database.db.select().from(events)).filter(({ type }) => type === 'IM_Message_Add');
    expect(JSON.stringify(stored)).not.toContain('hello');
    expect(await database.db.select().from(transitions)).toHaveLength(1);
    expect(await database.db.select().from(sessions)).toMatchObject([{ id: 's1', status: 'ON_HOLD', messagesIn: 1 }]);
    clock.set(START + 15 * MINUTE);
    expect(await processor.processAll()).toMatchObject({ subjects: 1, jobs: 1 });
    await deliverAll();
    expect(delivered).toMatchObject([
      { type: 'slack.alert', params: { channel: '#ops', text: 'chat s1' }, attempt: 1 },
    ]);
    expect(await database.db.select().from(actions)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(await database.db.select().from(alerts)).toMatchObject([{ state: 'open', slackTs: '1.1' }]);
    clock.set(START + 16 * MINUTE);
    await ingest([item(statusEvent(START + 16 * MINUTE, 'ON_PROGRESS', { old: 'ON_HOLD' }))]);
    await processor.processAll();
    await deliverAll();
    expect(delivered.map(({ type }) => type)).toEqual(['slack.alert', 'slack.alertUpdate']);
    expect(await database.db.select().from(alerts)).toMatchObject([{ state: 'resolved' }]);
    expect(await database.db.select().from(holds)).toMatchObject([{ state: 'fired', firings: 1 }]);
    const outcomes = (await database.db.select().from(decisions)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['armed', 'fired', 'resolved']);
  });
});
