import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Delivery, DeliveryOutcome, Destination, DestinationName } from '../../src/domain/action.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import type { ParsedItem } from '../../src/ingress/parsed-item.ts';
import { activateRuleset } from '../../src/services/activate-ruleset.ts';
import { type DeliverDeps, deliverJob } from '../../src/services/deliver.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../../src/services/process.ts';
import { expireActions } from '../../src/services/redrive.ts';
import { sweepBatch } from '../../src/services/sweep.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { FAULT_POINTS, type Moment } from '../support/fault-points.ts';
import { loadRules } from '../support/load-rules.ts';
import { mortal, type Ports } from '../support/mortal.ts';
import { emptyDirectory } from '../support/rules.ts';
import { storedEssence, storedEvents } from '../support/stored-essence.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

/**
 * A process may die at any moment. For each named point: the first process dies there, another goes on with the same
 * database, and all ends as if nobody had died: equal but for the number of attempts.
 */
const statusIs = (value: string) => ({
  all: [{ fact: 'session', path: '$.status', operator: 'equal', value }],
});

const RULES = {
  'held.rule.json': {
    name: 'Held',
    for: '5m',
    conditions: statusIs('ON_HOLD'),
    limit: { count: 2, per: 'session', within: '1h' },
    actions: [
      { type: 'slack.alert', params: { channel: '#ops', text: 'held {{ session.id }}' } },
      { id: 'assign', type: 'zoho.assignSession', params: { agentId: '1' } },
      {
        type: 'slack.post',
        needs: 'assign',
        params: { channel: '#ops', text: 'now with {{ results.assign.agentName }}' },
      },
      {
        type: 'http.request',
        params: { url: 'https://example.com' },
        onFailure: [{ type: 'slack.post', params: { channel: '#ops', text: 'never connected' } }],
      },
      { type: 'dashboard.update', params: { tile: 'held', add: 1 } },
    ],
    onResolve: [{ type: 'dashboard.update', params: { tile: 'held', add: -1 } }],
  },
  'changed.rule.json': {
    name: 'Changed',
    on: ['IM_Session_Status'],
    conditions: { all: [] },
    actions: [
      { type: 'record', params: { dataset: 'changes', fields: { to: '{{ session.status }}' } } },
      { type: 'slack.post', params: { channel: '#log', text: 'again {{ session.status }}' } },
    ],
  },
};
const MORE_RULES = {
  ...RULES,
  'open.rule.json': {
    name: 'Open',
    for: '5m',
    conditions: statusIs('OPEN'),
    actions: [
      {
        type: 'slack.post',
        params: { channel: '#ops', text: 'refuse this' },
        onFailure: [{ type: 'slack.post', params: { channel: '#ops', text: 'it was no' } }],
      },
    ],
  },
};

/** Destinations answer by what is asked and not by how often: only the first call of an `again` is to be tried again. */
function createDestinations(calls: Map<string, number>): Ports['destinations'] {
  const answer = async ({ actionId, type, params }: Delivery): Promise<DeliveryOutcome> => {
    const count = (calls.get(actionId) ?? 0) + 1;
    calls.set(actionId, count);
    if (count === 1 && String(params['text']).startsWith('again')) return { kind: 'retry', reason: 'busy' };
    if (String(params['text']).startsWith('refuse')) return { kind: 'refused', reason: 'no' };
    if (type === 'zoho.assignSession') return { kind: 'delivered', result: { agentId: '1', agentName: 'Ana' } };
    return { kind: 'delivered', result: { channel: 'C1', ts: '1.0' } };
  };
  const named = (name: DestinationName): Destination => ({ name, connected: name !== 'http', deliver: answer });
  return { slack: named('slack'), 'zoho-desk': named('zoho-desk'), http: named('http') };
}

/** One process: the services on its ports, as the composition root puts them together. */
function createWorker(ports: Ports, clock: ManualClock, orgId: string) {
  const { database, queue, destinations, tell } = ports;
  let ruleset: CompiledRuleset = loadRules({});
  const storePersonalData = false;
  const processing: ProcessDeps = {
    database,
    clock,
    queue,
    ruleset: () => ruleset,
    channels: () => new Map(),
    storePersonalData,
    onJudged: () => tell('judged'),
  };
  const delivering: DeliverDeps = {
    database,
    clock,
    queue: { ...queue, giveBack: (tx, job) => queue.giveBack(tx, job, 0) },
    destinations,
    directory: emptyDirectory,
    storePersonalData,
    random: () => 0.5,
    onSettled: () => tell('settled'),
  };
  const ingest = createIngest({ database, clock, storePersonalData, onStored: () => tell('stored') });
  const processor = createProcessor(processing);
  return {
    ingest,
    async takeRules(files: Record<string, object>) {
      const next = loadRules(files);
      await activateRuleset({ database, clock }, orgId, next);
      ruleset = next;
    },
    processAll: () => processor.processAll(),
    async sweep() {
      while (await sweepBatch(processing, orgId));
    },
    async deliverAll() {
      for (;;) {
        const jobs = await queue.claim(10);
        if (jobs.length === 0) return;
        // One after the other: of several at once, those beside the one that dies would be cut off anywhere.
        for (const job of jobs) await deliverJob(delivering, job, new AbortController().signal);
      }
    },
    expire: () => expireActions({ ...delivering }),
  };
}
type Worker = ReturnType<typeof createWorker>;

interface Run {
  essence: Record<string, string[]>;
  events: number;
  /** Calls of destinations. */
  calls: number;
}

/**
 * A morning of two chats, judged and carried out by a process that dies at its last moment, if it has one, and by the one
 * that follows it.
 */
async function live(database: TestDatabase, orgId: string, isLast?: (moment: Moment) => boolean): Promise<Run> {
  const clock = createManualClock(START);
  const calls = new Map<string, number>();
  const destinations = createDestinations(calls);
  const ports: Ports = { database, queue: database.queue, destinations, tell: () => undefined };
  const first = mortal(ports, isLast ?? (() => false));
  let worker = createWorker(first, clock, orgId);
  let files: Record<string, object> = {};
  let died = false;

  /** What a process does again and again; when it dies meanwhile, the next one starts and does it. */
  async function step(work: (worker: Worker) => Promise<unknown>): Promise<void> {
    if (died) return void (await work(worker));
    await Promise.race([work(worker), first.died.then(() => (died = true))]);
    if (!died) return;
    await lapseClaims(database);
    worker = createWorker(ports, clock, orgId);
    await worker.takeRules(files);
    await work(worker);
  }
  const events = (...list: DeskEvent[]): ParsedItem[] =>
    list.map((event) => ({ ok: true, event: { ...event, orgId } }));
  const malformed: ParsedItem = {
    ok: false,
    orgId,
    source: 'test',
    receivedAt: START,
    reason: 'broken',
    raw: undefined,
  };
  const chats = ['s1', 's2'];
  const takeRules = async (next: Record<string, object>) => {
    files = next;
    await step((by) => by.takeRules(next));
    await step((by) => by.sweep());
  };
  /** A pass of everything that waits, until nothing does. */
  const settle = async () => {
    await step((by) => by.processAll());
    await step((by) => by.deliverAll());
    await step((by) => by.expire());
    await step((by) => by.deliverAll());
  };

  await takeRules(RULES);
  const arrivals = events(
    ...chats.flatMap((sessionId) => [
      statusEvent(START, 'OPEN', { sessionId }),
      messageEvent(START + 1_000, 'IN', {}, sessionId),
    ]),
  );
  await step((by) => by.ingest([...arrivals, malformed]));
  await step((by) => by.ingest(arrivals.slice(0, 2)));
  await settle();
  clock.advance(MINUTE);
  await step((by) =>
    by.ingest(events(...chats.slice(1).map((sessionId) => statusEvent(clock.now(), 'ON_HOLD', { sessionId })))),
  );
  await settle();
  await takeRules(MORE_RULES);
  clock.advance(5 * MINUTE);
  await settle();
  await step((by) => by.ingest(events(...chats.map((sessionId) => statusEvent(clock.now(), 'ENDED', { sessionId })))));
  await settle();
  clock.advance(120 * MINUTE);
  await settle();
  const { kept, waiting } = await storedEvents(database, orgId);
  expect(waiting).toEqual([]);
  const essence = await storedEssence(database, orgId, ['attempts']);
  return { essence, events: kept.length, calls: [...calls.values()].reduce((sum, count) => sum + count, 0) };
}

/** What pg-boss does once a job's worker has given no sign of life for ten seconds; pg-boss-queue.test.ts waits for that. */
async function lapseClaims({ db }: TestDatabase): Promise<void> {
  await db.execute(
    sql`update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null where state = 'active'`,
  );
}

describe.each(databases)('a process that dies on $kind', ({ kind, open }) => {
  let database: TestDatabase;
  let undisturbed: Run;
  /** How often each point is met in an undisturbed run. */
  const met = new Map<string, number>();
  let portal = 0;
  const newPortal = () => {
    portal += 1;
    return `portal-${portal}`;
  };
  beforeAll(async () => {
    database = await open();
    undisturbed = await live(database, newPortal(), (moment) => {
      for (const point of FAULT_POINTS) if (point.at(moment)) met.set(point.name, (met.get(point.name) ?? 0) + 1);
      return false;
    });
  });
  afterAll(() => database.close());

  test('has work of every kind to do', () => {
    for (const [table, rows] of Object.entries(undisturbed.essence)) expect(rows, table).not.toEqual([]);
  });

  test.each(FAULT_POINTS)('$name', async ({ name, at, callMayRepeat }) => {
    const often = met.get(name) ?? 0;
    expect(often, 'how often the point is met').toBeGreaterThan(0);
    // In the middle of the day on the one database; at its beginning and its end on the other.
    for (const nth of new Set(kind === 'pglite' ? [Math.ceil(often / 2)] : [1, often])) {
      let count = 0;
      const run = await live(database, newPortal(), (moment) => {
        if (at(moment)) count += 1;
        return count === nth;
      });
      expect(count).toBe(nth);
      expect(run.essence, `at the ${nth}. of ${often}`).toEqual(undisturbed.essence);
      expect(run.events).toBe(undisturbed.events);
      if (callMayRepeat === true) expect(run.calls - undisturbed.calls).toBeLessThanOrEqual(1);
      else expect(run.calls).toBe(undisturbed.calls);
    }
  });
});
