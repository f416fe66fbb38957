import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Delivery, DeliveryOutcome, Destination } from '../../src/domain/action.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { type DeliverDeps, deliverJob } from '../../src/services/deliver.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { alerts } from '../../src/store/schema.ts';
import { createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule, emptyDirectory, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

/** A rule that calls a system at every message, and tells Slack with a card when that fails. */
const callsAtMessages = aRule({
  id: 'calls',
  trigger: { kind: 'event', on: ['IM_Message_Add'], late: false },
  conditions: { all: [] },
  actions: [
    anAction(
      'http.request',
      { url: 'https://x.invalid/' },
      { onFailure: [anAction('slack.alert', { channel: '#ops', text: 'x' })] },
    ),
  ],
});

describe.each(databases)('cards that belong to no episode, on $kind', ({ open }) => {
  test('are posted as notices: no alert is opened that nothing would ever resolve', async () => {
    const database = await open();
    onTestFinished(() => database.close());
    const service = createActing(database, [callsAtMessages]);
    service.http.answers = [{ kind: 'refused', reason: 'as the test has it' }];
    service.slack.answers = [{ kind: 'delivered', result: { channel: 'C1', ts: '1' } }];
    await service.take(messageEvent(START, 'IN'));
    await service.deliverAll();
    expect(await service.actions()).toMatchObject([
      { type: 'http.request', state: 'refused' },
      { type: 'slack.alert', state: 'delivered' },
    ]);
    expect(await database.db.select().from(alerts)).toEqual([]);
  });
});

/** A card about an episode that is over is stale, unless the firing itself ended it: then the card is to tell of that. */
describe.each(databases)('cards of an episode that ended before they were posted, on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test('are skipped; but the one of a reassignment is posted, and resolved at once', async () => {
    const clock = createManualClock(START);
    const card = { channel: '#ops', text: 'x' };
    const episodeBy = ['session.assigneeId'];
    const ruleset = rulesetOf([
      aRule({
        id: 'reassigns',
        episodeBy,
        actions: [
          anAction('zoho.assignSession', { agentId: 'a2' }, { id: 'assign' }),
          anAction('slack.alert', card, { id: 'card', reads: ['assign'] }),
        ],
      }),
      aRule({ id: 'tells', episodeBy, actions: [anAction('slack.alert', card)] }),
    ]);
    const carriedOut: string[] = [];
    const destination = (name: 'slack' | 'zoho-desk'): Destination => ({
      name,
      connected: true,
      async deliver({ ruleId, type, episodeOver }: Delivery): Promise<DeliveryOutcome> {
        if (type === 'slack.alert' && episodeOver) return { kind: 'skipped', reason: 'over' };
        carriedOut.push(`${ruleId} ${type}`);
        return { kind: 'delivered', result: name === 'slack' ? { channel: 'C1', ts: ruleId } : { agentId: 'a2' } };
      },
    });
    const deps: DeliverDeps = {
      database,
      clock,
      queue: database.queue,
      destinations: { slack: destination('slack'), 'zoho-desk': destination('zoho-desk') },
      directory: emptyDirectory,
      storePersonalData: false,
      random: () => 0.5,
    };
    const common = { database, clock, storePersonalData: false };
    const ingest = createIngest(common);
    const channels = () => new Map();
    const processor = createProcessor({ ...common, queue: database.queue, ruleset: () => ruleset, channels });
    const jobs = async () => database.queue.claim(10);
    const signal = new AbortController().signal;

    await ingest([{ ok: true, event: statusEvent(START, 'ON_HOLD', { old: 'OPEN' }) }]);
    clock.set(START + 15 * MINUTE);
    await processor.processAll();
    const first = await jobs();
    expect(first).toHaveLength(2);
    for (const job of first) if (job.lane.endsWith('zoho-desk')) await deliverJob(deps, job, signal);
    // Zoho tells of the new assignee before any card was posted: both episodes end.
    const moved = statusEvent(clock.now(), 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'a2' });
    await ingest([{ ok: true, event: moved }]);
    await processor.processAll();
    for (const job of first) if (!job.lane.endsWith('zoho-desk')) await deliverJob(deps, job, signal);
    for (let waiting = await jobs(); waiting.length > 0; waiting = await jobs()) {
      for (const job of waiting) await deliverJob(deps, job, signal);
    }
    expect(carriedOut).not.toContain('tells slack.alert');
    expect(carriedOut.indexOf('reassigns slack.alert')).toBeGreaterThan(0);
    expect(carriedOut.at(-1)).toBe('reassigns slack.alertUpdate');
    const rows = await database.db.select().from(alerts);
    expect(rows.map(({ ruleId, state }) => `${ruleId} ${state}`).sort()).toEqual([
      'reassigns resolved',
      'tells resolved',
    ]);
  });
});
