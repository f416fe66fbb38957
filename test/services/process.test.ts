import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import type { DeliveryQueue } from '../../src/services/delivery-queue.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type Processor } from '../../src/services/process.ts';
import type { Database } from '../../src/store/database.ts';
import { actions, decisions, holds, sessions, transitions } from '../../src/store/schema.ts';
import { databases, postgresOnly, type TestDatabase } from '../support/databases.ts';
import { EVERYTHING, FOR } from '../support/everything.ts';
import { chatEvents } from '../support/random-events.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { storedEssence, storedEvents } from '../support/stored-essence.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

interface Service {
  ingest(events: readonly DeskEvent[]): Promise<void>;
  processor: Processor;
}

interface ServiceOptions {
  clock: ManualClock;
  ruleset: () => CompiledRuleset;
  storePersonalData?: boolean;
}

function serviceOn(database: Database & { queue: DeliveryQueue }, options: ServiceOptions): Service {
  const { clock, ruleset, storePersonalData = false } = options;
  const ingest = createIngest({ database, clock, storePersonalData });
  const channels = () => new Map();
  const { queue } = database;
  return {
    processor: createProcessor({ database, clock, queue, ruleset, channels, storePersonalData }),
    ingest: async (events) => {
      await ingest(events.map((event) => ({ ok: true, event })));
    },
  };
}

/** The same event in another portal. */
function ofPortal(orgId: string, events: readonly DeskEvent[]): DeskEvent[] {
  return events.map((event) => ({ ...event, orgId }));
}

async function processAllWaiting(processor: Processor, database: Database, orgId: string): Promise<void> {
  for (let pass = 0; pass < 50; pass += 1) {
    await processor.processAll();
    if ((await storedEvents(database, orgId)).waiting.length === 0) return;
  }
  throw new Error('events are left waiting');
}

describe.each(postgresOnly)('many processes on $kind', ({ open }) => {
  let database: TestDatabase;
  /** Where one process does it all: workers serve every portal of their database. */
  let aside: TestDatabase;
  let others: (Database & { queue: DeliveryQueue })[] = [];
  beforeAll(async () => {
    [database, aside] = await Promise.all([open(), open()]);
    others = await Promise.all([database.another(), database.another(), database.another(), database.another()]);
  });
  afterAll(() => Promise.all([database.close(), aside.close()]));

  test('four processors at once leave what one leaves, however the events are put together', async () => {
    const SESSIONS = ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'];
    const chats = fc.tuple(
      ...SESSIONS.map((sessionId) =>
        chatEvents({ start: START, gridMs: MINUTE, points: 20, maxEvents: 14, sessionId }),
      ),
    );
    // A stage's events come in requests to four processes; a stage ends where the clock is moved on.
    const request = fc.array(fc.nat({ max: 11 }), { minLength: 40, maxLength: 40 });
    const stageEnds = fc.uniqueArray(fc.nat({ max: 25 }), { minLength: 1, maxLength: 3 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(chats, request, stageEnds, async (all, requestOf, ends) => {
        run += 1;
        const alone = `alone-${run}`;
        const together = `together-${run}`;
        const clock = createManualClock(START);
        const one = serviceOn(aside, { clock, ruleset: () => EVERYTHING });
        const four = others.map((other) => serviceOn(other, { clock, ruleset: () => EVERYTHING }));
        let since = Number.NEGATIVE_INFINITY;
        for (const until of [
          ...ends.sort((a, b) => a - b).map((minute) => START + minute * MINUTE),
          START + 59 * MINUTE,
        ]) {
          clock.set(until);
          const stage = all.map((events) => events.filter(({ at }) => at > since && at <= until));
          await one.ingest(ofPortal(alone, stage.flat()));
          await processAllWaiting(one.processor, aside, alone);
          const requests = Map.groupBy(stage.flat(), (_, index) => requestOf[index % requestOf.length] ?? 0);
          await Promise.all(
            [...requests].map(([index, events]) => four[index % four.length]?.ingest(ofPortal(together, events))),
          );
          await Promise.all(four.map(({ processor }) => processAllWaiting(processor, database, together)));
          since = until;
        }
        const expected = await storedEssence(aside, alone);
        expect(expected['transitions']?.length).toBeGreaterThan(0);
        expect(await storedEssence(database, together)).toEqual(expected);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  test('events of one chat that come in many requests at once are each judged once', async () => {
    const clock = createManualClock(START + 30 * MINUTE);
    const four = others.map((other) => serviceOn(other, { clock, ruleset: () => EVERYTHING }));
    const events = Array.from({ length: 120 }, (_, index) => [
      statusEvent(START + index * 1_000, index % 2 === 0 ? 'ON_HOLD' : 'ON_PROGRESS'),
      messageEvent(START + index * 1_000 + 500, 'IN'),
    ]).flat();
    const orgId = 'one-chat';
    await Promise.all(
      four.map(async ({ ingest, processor }, index) => {
        for (let from = index * 10; from < events.length; from += 40) {
          // Each event is sent twice, to two processes.
          await Promise.all([
            ingest(ofPortal(orgId, events.slice(from, from + 10))),
            four[(index + 1) % 4]?.ingest(ofPortal(orgId, events.slice(from, from + 10))),
          ]);
          await processor.processAll();
        }
      }),
    );
    await processAllWaiting(serviceOn(database, { clock, ruleset: () => EVERYTHING }).processor, database, orgId);
    const essence = await storedEssence(database, orgId);
    expect(essence['transitions']).toHaveLength(120);
    expect(essence['messages']).toHaveLength(120);
    const [session] = (await database.db.select().from(sessions)).filter((row) => row.orgId === orgId);
    expect(session).toMatchObject({ holds: 60, messagesIn: 120, status: 'ON_PROGRESS' });
    const { kept } = await storedEvents(database, orgId);
    expect(kept.map(({ repeats }) => repeats)).toEqual(kept.map(() => 1));
  });
});

describe.each(databases)('processing on $kind', ({ open }) => {
  let database: TestDatabase;
  let portal = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  const newPortal = () => {
    portal += 1;
    return `portal-${portal}`;
  };
  const rowsOfPortal = async (orgId: string) => {
    const own = <T extends { orgId: string }>(rows: T[]) => rows.filter((row) => row.orgId === orgId);
    return {
      sessions: own(await database.db.select().from(sessions)),
      transitions: own(await database.db.select().from(transitions)),
      holds: own(await database.db.select().from(holds)),
      actions: own(await database.db.select().from(actions)),
      decisions: own(await database.db.select().from(decisions)).sort((a, b) => a.id - b.id),
    };
  };

  test('a chat that cannot be judged stops no other, is put back, and goes through once the fault is gone', async () => {
    const orgId = newPortal();
    const clock = createManualClock(START);
    const sound = rulesetOf([aRule({ id: 'held', trigger: { kind: 'hold', forMs: FOR } })]);
    let faulty = true;
    const ruleset: CompiledRuleset = {
      ...sound,
      evaluator: {
        ...sound.evaluator,
        evaluate(rule, facts, now) {
          if (faulty && facts.session?.['id'] === 'bad') throw new Error('a fault of ours');
          return sound.evaluator.evaluate(rule, facts, now);
        },
      },
    };
    const { ingest, processor } = serviceOn(database, { clock, ruleset: () => ruleset });
    const chats = ['a', 'bad', 'z'].map((sessionId) => statusEvent(START, 'ON_HOLD', { sessionId }));
    await ingest(ofPortal(orgId, chats));
    expect(await processor.processAll()).toMatchObject({ subjects: 3, events: 2 });
    expect((await rowsOfPortal(orgId)).sessions.map(({ id }) => id).sort()).toEqual(['a', 'z']);
    const putBack = async () => (await storedEvents(database, orgId)).waiting;
    expect(await putBack()).toMatchObject([{ subject: 'bad', attempts: 1, notBefore: START + 5_000 }]);
    // Not before its time …
    clock.set(START + 4_999);
    expect(await processor.processAll()).toMatchObject({ subjects: 0 });
    // … and after each failure later.
    clock.set(START + 5_000);
    await processor.processAll();
    expect(await putBack()).toMatchObject([{ attempts: 2, notBefore: START + 15_000 }]);
    faulty = false;
    clock.set(START + 15_000);
    expect(await processor.processAll()).toMatchObject({ subjects: 1, events: 1 });
    expect(await putBack()).toEqual([]);
    expect((await rowsOfPortal(orgId)).holds.map(({ subject, dueAt }) => [subject, dueAt]).sort()).toEqual([
      ['a', START + FOR],
      ['bad', START + FOR],
      ['z', START + FOR],
    ]);
  });

  test('a hold that cannot be judged when it falls due is tried again later and still fires', async () => {
    const orgId = newPortal();
    const clock = createManualClock(START);
    const post = anAction('slack.post', { channel: '#ops', text: 'x' });
    const sound = rulesetOf([aRule({ id: 'held', trigger: { kind: 'hold', forMs: FOR }, actions: [post] })]);
    let current = sound;
    const { ingest, processor } = serviceOn(database, { clock, ruleset: () => current });
    await ingest(ofPortal(orgId, [statusEvent(START, 'ON_HOLD')]));
    await processor.processAll();
    current = {
      ...sound,
      evaluator: {
        ...sound.evaluator,
        evaluate() {
          throw new Error('a fault of ours');
        },
      },
    };
    clock.set(START + FOR);
    await processor.processAll();
    expect((await rowsOfPortal(orgId)).holds).toMatchObject([{ state: 'running', nextAt: START + FOR + 5_000 }]);
    current = sound;
    clock.set(START + FOR + 5_000);
    await processor.processAll();
    const { holds: after, decisions: made } = await rowsOfPortal(orgId);
    expect(after).toMatchObject([{ state: 'fired', firings: 1 }]);
    expect(made.map(({ outcome }) => outcome)).toEqual(['armed', 'fired']);
  });

  test('what people wrote is gone from events and inbox once it is judged, but rules and actions had it', async () => {
    const orgId = newPortal();
    const clock = createManualClock(START);
    const quoting = rulesetOf([
      aRule({
        id: 'quote',
        trigger: { kind: 'event', on: ['IM_Message_Add'], late: false },
        conditions: { all: [{ fact: 'event', path: '$.text', operator: 'exists', value: true }] },
        actions: [
          anAction('record', { dataset: 'said', fields: { length: '{{ event.text | size }}' } }, { facts: ['event'] }),
        ],
      }),
    ]);
    const said = messageEvent(START, 'IN', { text: 'my secret', actor: { type: 'ENDUSER', name: 'Kamal Secret' } });
    const { ingest, processor } = serviceOn(database, { clock, ruleset: () => quoting });
    await ingest(ofPortal(orgId, [said]));
    const before = await storedEvents(database, orgId);
    expect(JSON.stringify(before.waiting)).toContain('my secret');
    expect(JSON.stringify(before.kept)).not.toMatch(/secret/i);
    await processor.processAll();
    const { waiting, kept } = await storedEvents(database, orgId);
    expect(waiting).toEqual([]);
    expect(kept).toHaveLength(1);
    const essence = await storedEssence(database, orgId);
    expect(JSON.stringify([kept, await rowsOfPortal(orgId)])).not.toMatch(/my secret|Kamal/);
    expect(essence['datasetRows']).toHaveLength(1);
    expect(essence['datasetRows']?.[0]).toMatch(/"length":"?9/);
  });

  test('with storePersonalData what people wrote is kept', async () => {
    const orgId = newPortal();
    const clock = createManualClock(START);
    const { ingest, processor } = serviceOn(database, { clock, ruleset: () => EVERYTHING, storePersonalData: true });
    await ingest(ofPortal(orgId, [messageEvent(START, 'IN', { text: 'my secret' })]));
    await processor.processAll();
    const { waiting, kept } = await storedEvents(database, orgId);
    expect(waiting).toEqual([]);
    expect(kept).toMatchObject([{ payload: { text: 'my secret', actor: { name: 'Kamal' } } }]);
  });

  test('two thousand waiting events of one chat are judged in bounded batches, in their order, holds in between at their place', async () => {
    const orgId = newPortal();
    // Two minutes of chatter, then a silence on hold that fires, then chatter again; many events share a millisecond.
    const chatter = (from: number) =>
      Array.from({ length: 1_000 }, (_, index) =>
        statusEvent(from + Math.floor(index / 3) * 300, index % 2 === 0 ? 'ON_HOLD' : 'ON_PROGRESS', { turn: index }),
      );
    const silence = START + 10 * MINUTE;
    const later = silence + 20 * MINUTE;
    const events = [...chatter(START), statusEvent(silence, 'ON_HOLD', { turn: -1 }), ...chatter(later)];
    const clock = createManualClock(later + 5 * MINUTE);
    const held = rulesetOf([aRule({ id: 'held', trigger: { kind: 'hold', forMs: FOR } })]);
    const { ingest, processor } = serviceOn(database, { clock, ruleset: () => held });
    // They arrive in no order at all.
    const shuffled = [...events].sort((a, b) => (a.key < b.key ? -1 : 1));
    await ingest(ofPortal(orgId, shuffled));
    const first = await processor.processBatch();
    expect(first).toMatchObject({ subjects: 1, events: 500 });
    expect((await rowsOfPortal(orgId)).transitions.map(({ at }) => at)).not.toContain(later);
    const rest = await processor.processAll();
    expect(first.events + rest.events).toBe(events.length);
    const { transitions: ledger, decisions: made, sessions: chats } = await rowsOfPortal(orgId);
    expect(ledger).toHaveLength(events.length);
    expect(ledger.filter(({ late }) => late)).toEqual([]);
    expect(made.filter(({ outcome }) => outcome === 'fired').map(({ at }) => at)).toEqual([silence + FOR]);
    const instants = made.map(({ at }) => at);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect(chats).toMatchObject([{ lastEventAt: Math.max(...events.map(({ at }) => at)) }]);
  });

  test('a crash at the end of the transaction leaves nothing half done, and the next run ends as if it had not been', async () => {
    const clock = createManualClock(START + 30 * MINUTE);
    const events = ['s1', 's2', 's3'].flatMap((sessionId) => [
      statusEvent(START, 'ON_HOLD', { sessionId }),
      messageEvent(START + MINUTE, 'IN', {}, sessionId),
      statusEvent(START + 20 * MINUTE, 'ON_PROGRESS', { sessionId }),
    ]);
    const sound = newPortal();
    const service = serviceOn(database, { clock, ruleset: () => EVERYTHING });
    await service.ingest(ofPortal(sound, events));
    await service.processor.processAll();
    const crashed = newPortal();
    await service.ingest(ofPortal(crashed, events));
    const jobsBefore = (await database.queue.claim(1_000)).length;
    expect(jobsBefore).toBeGreaterThan(0);
    let crashes = 0;
    const crashing: Database & { queue: DeliveryQueue } = {
      ...database,
      transaction: (work) =>
        database.transaction(async (tx) => {
          const done = await work(tx);
          crashes += 1;
          if (crashes <= 2) throw new Error('the process died before the commit');
          return done;
        }),
    };
    const { processor } = serviceOn(crashing, { clock, ruleset: () => EVERYTHING });
    await processor.processBatch();
    expect(crashes).toBe(1);
    const empty = Object.fromEntries(Object.keys(await storedEssence(database, crashed)).map((name) => [name, []]));
    expect(await storedEssence(database, crashed)).toEqual(empty);
    expect((await storedEvents(database, crashed)).waiting).toHaveLength(events.length);
    expect(await database.queue.claim(1_000)).toEqual([]);
    // The second crash hits one chat alone, which is put back; the others go on.
    await processor.processAll();
    expect((await rowsOfPortal(crashed)).sessions).toHaveLength(2);
    clock.advance(5_000);
    await processor.processAll();
    expect((await storedEvents(database, crashed)).waiting).toEqual([]);
    expect(await storedEssence(database, crashed)).toEqual(await storedEssence(database, sound));
    expect((await database.queue.claim(1_000)).length).toBeGreaterThan(0);
  });
});
