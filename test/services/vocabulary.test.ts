import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { isJsonObject } from '../../src/domain/json.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import { acceptVocabulary } from '../../src/services/accept-vocabulary.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type Processor } from '../../src/services/process.ts';
import { createVocabularyMemory, type VocabularyMemory } from '../../src/services/vocabulary-memory.ts';
import { createVocabularyWatch, MOST_ENTRIES, type VocabularyWatch } from '../../src/services/watch-vocabulary.ts';
import { actions, audit, decisions, vocabularyEntries } from '../../src/store/schema.ts';
import { addSightings } from '../../src/store/vocabulary.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

const NOT_ENDED: Condition = { fact: 'session', path: '$.status', operator: 'notEqual', value: 'ENDED' };
const on = { kind: 'event' as const, on: ['IM_Session_Status'], late: false };
const RULES = rulesetOf([
  aRule({ id: 'careful', name: 'Careful', trigger: on, conditions: { all: [NOT_ENDED] }, onUnknown: 'skip' }),
  aRule({ id: 'curious', name: 'Curious', trigger: on, conditions: { all: [NOT_ENDED] }, onUnknown: 'alert' }),
]);

/** One process: a processor and its memory. */
interface Process {
  processor: Processor;
  watch: VocabularyWatch;
  memory: VocabularyMemory;
}

describe.each(databases)('the watch for values never seen on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let orgId = '';
  let portal = 0;
  let statements = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    portal += 1;
    orgId = `portal-${portal}`;
    clock = createManualClock(START);
    statements = 0;
  });

  function start(ownerChannel: string | undefined = '#owner'): Process {
    const memory = createVocabularyMemory();
    const watch = createVocabularyWatch({
      db: database.db,
      clock,
      queue: database.queue,
      ruleset: () => RULES,
      ownerChannel,
      publicUrl: 'https://vigia.example',
      memory,
    });
    const counting: VocabularyWatch = {
      ...watch,
      note(tx, judged) {
        const counted = new Proxy(tx, {
          get(target, name, receiver) {
            if (name === 'execute' || name === 'insert' || name === 'select') statements += 1;
            return Reflect.get(target, name, receiver);
          },
        });
        return watch.note(counted, judged);
      },
    };
    const processor = createProcessor({
      database,
      clock,
      queue: database.queue,
      ruleset: () => RULES,
      channels: () => new Map(),
      storePersonalData: false,
      vocabulary: counting,
    });
    return { processor, watch, memory };
  }

  async function take({ processor }: Process, ...events: DeskEvent[]): Promise<void> {
    const ingest = createIngest({ database, clock, storePersonalData: false });
    await ingest(events.map((event) => ({ ok: true, event: { ...event, orgId } })));
    await processor.processAll();
  }

  const entries = () => database.db.select().from(vocabularyEntries).where(eq(vocabularyEntries.orgId, orgId));
  const told = async () => {
    const rows = await database.db
      .select()
      .from(actions)
      .where(and(eq(actions.orgId, orgId), eq(actions.ruleId, '~vigia')));
    return rows
      .map(({ context }) => (isJsonObject(context?.['notice']) ? String(context['notice']['text']) : ''))
      .sort();
  };
  const parked = (minute: number, more = {}) =>
    statusEvent(START + minute * MINUTE, 'PARKED', { old: 'OPEN', ...more });
  const accept = (watch: VocabularyWatch, value: string, field?: string) =>
    acceptVocabulary({ database, clock, watch }, orgId, { value, field }, 'api:Ana');

  test('keeps a value with when, how often and the event in which it first came', async () => {
    const process = start();
    await take(process, parked(0), statusEvent(START, 'OPEN', { sessionId: 's2' }));
    expect(await entries()).toMatchObject([
      {
        field: 'session.status',
        value: 'PARKED',
        firstSeenAt: START,
        seen: 1,
        acceptedAt: null,
        sample: { type: 'IM_Session_Status', sessionId: 's1', payload: { sessionStatus: 'PARKED', channelId: 'c1' } },
      },
    ]);
  });

  test('tells the owner once, with where it was, the rules that read it and how they take it, and what to do', async () => {
    const process = start();
    await take(process, parked(0));
    await take(process, parked(1, { sessionId: 's2' }));
    await take(start(), parked(2, { sessionId: 's3' }));
    const [met, seen, ...more] = (await told()).sort((a, b) =>
      a.startsWith('The rule') ? -1 : b.startsWith('The rule') ? 1 : 0,
    );
    expect(more).toEqual([]);
    expect(seen).toContain('session.status "PARKED", in an event IM_Session_Status of chat s1');
    expect(seen).toContain('Careful (careful) does nothing where its conditions rest on it');
    expect(seen).toContain('vigia vocabulary accept PARKED');
    expect(seen).toContain('https://vigia.example/vocabulary');
    expect(met).toContain('"Curious" (curious) matched');
    const [entry] = await entries();
    expect(entry?.toldAt).toBe(START);
  });

  test('keeps and tells nobody where there is no owner channel', async () => {
    // An explicit undefined would be the default.
    const quiet = start('');
    const watch = createVocabularyWatch({
      db: database.db,
      clock,
      queue: database.queue,
      ruleset: () => RULES,
      ownerChannel: undefined,
      publicUrl: undefined,
      memory: quiet.memory,
    });
    const processor = createProcessor({
      database,
      clock,
      queue: database.queue,
      ruleset: () => RULES,
      channels: () => new Map(),
      storePersonalData: false,
      vocabulary: watch,
    });
    await take({ ...quiet, processor }, parked(0));
    expect(await told()).toEqual([]);
    expect(await entries()).toMatchObject([{ value: 'PARKED', toldAt: null }]);
  });

  test('costs an ordinary event nothing, and a value that was met before a number in memory', async () => {
    const process = start();
    await take(process, statusEvent(START, 'OPEN', { old: 'CREATED' }), messageEvent(START + 1, 'IN'));
    expect(statements).toBe(0);
    await take(process, parked(1));
    const first = statements;
    expect(first).toBeGreaterThan(0);
    for (let minute = 2; minute < 7; minute += 1) await take(process, parked(minute));
    expect(statements).toBe(first);
    expect(await entries()).toMatchObject([{ seen: 1 }]);
    await process.watch.flush();
    expect(await entries()).toMatchObject([{ seen: 6 }]);
    await process.watch.flush();
    expect(await entries()).toMatchObject([{ seen: 6 }]);
  });

  test('keeps what it counted when it cannot be written', async () => {
    const process = start();
    await take(process, parked(0));
    await take(process, parked(1));
    const broken = createVocabularyWatch({
      db: new Proxy(database.db, { get: () => () => Promise.reject(new Error('away')) }),
      clock,
      queue: database.queue,
      ruleset: () => RULES,
      ownerChannel: undefined,
      publicUrl: undefined,
      memory: process.memory,
    });
    await expect(broken.flush()).rejects.toThrow('away');
    await process.watch.flush();
    expect(await entries()).toMatchObject([{ seen: 2 }]);
  });

  test('a transaction that fails is forgotten: the value is kept and told by the next', async () => {
    const process = start();
    const event = { ...parked(0), orgId };
    const judged = [
      {
        key: { orgId, subject: 's1' },
        waiting: [{ event }],
        state: { orgId, subject: 's1', episodes: [] },
        effects: { unknownMet: [] },
      },
    ] as unknown as Parameters<VocabularyWatch['note']>[1];
    await database
      .transaction(async (tx) => {
        await process.watch.note(tx, judged);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await entries()).toEqual([]);
    await take(process, parked(0));
    expect(await entries()).toMatchObject([{ value: 'PARKED', seen: 1 }]);
    expect(await told()).toHaveLength(2);
  });

  test('sees types of events, fields, and every vocabulary of a payload', async () => {
    const odd = messageEvent(START, 'IN', {
      integration: 'SIGNAL',
      messageType: 'HOLOGRAM',
      actor: { type: 'ORACLE', name: 'Kamal', mood: 'fine' },
      queue: { name: 'Kamal Nayan' },
    });
    await take(start(), odd, { ...parked(0), type: 'IM_Session_Rated', key: 'a'.repeat(64) });
    expect((await entries()).map(({ field, value }) => `${field} ${value}`).sort()).toEqual([
      'actor.type ORACLE',
      'channel.integration SIGNAL',
      'event.field IM_Message_Add.actor.mood',
      'event.field IM_Message_Add.queue',
      'event.type IM_Session_Rated',
      'message.type HOLOGRAM',
    ]);
  });

  test('keeps of personal and unknown fields the kind and the size, never what they say', async () => {
    const odd = messageEvent(START, 'IN', {
      messageType: 'HOLOGRAM',
      nickname: 'Kamal',
      customer: { phone: '+919878765654' },
    });
    await take(start(), odd, {
      ...parked(0),
      type: 'Survey_Answer',
      key: 'b'.repeat(64),
      payload: { answer: 'I am Kamal', score: 7 },
    });
    const rows = await entries();
    const all = JSON.stringify([rows, await told()]);
    for (const secret of ['Kamal', '9878765654', 'hello']) expect(all).not.toContain(secret);
    const [survey] = rows.filter(({ field }) => field === 'event.type');
    expect(survey?.sample).toMatchObject({ payload: { answer: '[text of 10 characters]', score: '[number]' } });
    const [nickname] = rows.filter(({ value }) => value === 'IM_Message_Add.nickname');
    expect(nickname?.sample).toMatchObject({
      payload: { text: '[text of 5 characters]', nickname: '[text of 5 characters]', customer: '[object of 1 fields]' },
    });
  });

  test('bounds what one event can add, and how long a value is', async () => {
    const fields = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'x'.repeat(300)}${index}`, index]));
    await take(start(), parked(0, fields));
    const rows = await entries();
    expect(rows.length).toBeLessThanOrEqual(20);
    expect(Math.max(...rows.map(({ value }) => value.length))).toBeLessThanOrEqual(200);
  });

  test('has room for some thousand values of a portal, and counts what is over', async () => {
    const filler = Array.from({ length: MOST_ENTRIES - 1 }, (_, index) => ({
      orgId,
      field: 'session.status',
      value: `ODD_${index}`,
      firstSeenAt: START,
      lastSeenAt: START,
      seen: 1,
      sample: {},
    }));
    await database.transaction((tx) => addSightings(tx, filler, MOST_ENTRIES));
    const process = start();
    await take(process, parked(0, { replyStatus: 'NEVER_A' }), parked(1, { replyStatus: 'NEVER_B', sessionId: 's2' }));
    await take(process, parked(2, { replyStatus: 'NEVER_C' }));
    await process.watch.flush();
    // One of four found room; the others came five times.
    const rows = await entries();
    expect(rows).toHaveLength(MOST_ENTRIES + 1);
    expect(rows.filter(({ field }) => field === 'more')).toMatchObject([{ value: 'values', seen: 5 }]);
    expect((await told()).filter((text) => text.includes(`more than ${MOST_ENTRIES}`))).toHaveLength(1);
  });

  test('accepting makes a value known to every process within its next look, once, on record', async () => {
    const [here, there] = [start(), start()];
    await take(here, parked(0));
    const outcomes = async () => {
      const rows = await database.db
        .select()
        .from(decisions)
        .where(and(eq(decisions.orgId, orgId), eq(decisions.ruleId, 'careful')));
      return rows.sort((a, b) => a.at - b.at).map(({ outcome }) => outcome);
    };
    expect(await outcomes()).toEqual(['skipped']);
    await accept(here.watch, 'PARKED');
    await accept(here.watch, 'PARKED');
    await take(here, parked(1));
    await there.watch.refresh(orgId);
    await take(there, parked(2));
    expect(await outcomes()).toEqual(['skipped', 'fired', 'fired']);
    expect(await entries()).toMatchObject([{ acceptedAt: START, acceptedBy: 'api:Ana' }]);
    const trail = await database.db.select().from(audit).where(eq(audit.orgId, orgId));
    expect(trail).toMatchObject([{ actor: 'api:Ana', verb: 'vocabulary.accept', target: 'session.status/PARKED' }]);
  });

  test('a value can be accepted before an event brings it, in a field that is named; then it is no news', async () => {
    const process = start();
    await accept(process.watch, 'PARKED', 'session.status');
    await take(process, parked(0));
    expect(await told()).toEqual([]);
    expect(await entries()).toMatchObject([{ value: 'PARKED', acceptedAt: START }]);
  });

  test('accepting tells what is wrong, and what to do', async () => {
    const process = start();
    await take(process, parked(0, { replyStatus: 'PARKED' }));
    await expect(accept(process.watch, 'PARKED')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('session.replyStatus, session.status'),
    });
    await expect(accept(process.watch, 'PARKD')).rejects.toMatchObject({
      code: 'not_found',
      remedy: expect.stringContaining('Did you mean "PARKED"?'),
    });
    await expect(accept(process.watch, 'ENDED')).rejects.toMatchObject({ code: 'conflict' });
    await expect(accept(process.watch, 'PARKED', 'session.statu')).rejects.toMatchObject({
      code: 'bad_request',
      remedy: 'Did you mean "session.status"?',
    });
    await accept(process.watch, 'PARKED', 'session.status');
    await accept(process.watch, 'PARKED');
    expect((await entries()).every(({ acceptedAt }) => acceptedAt !== null)).toBe(true);
  });
});
