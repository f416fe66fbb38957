import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { activateRuleset } from '../../src/services/activate-ruleset.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../../src/services/process.ts';
import { sweepBatch } from '../../src/services/sweep.ts';
import { holds, rulesetActivations } from '../../src/store/schema.ts';
import { databases, postgresOnly, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

function held(minutes: number): object {
  return {
    name: 'Held',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    for: `${minutes}m`,
    actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'held' } }],
  };
}

describe.each(databases)('a change of rules on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let ruleset: CompiledRuleset;
  let portal = 0;
  let orgId = '';
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    portal += 1;
    orgId = `portal-${portal}`;
    clock = createManualClock(START);
    ruleset = loadRules({});
  });

  const deps = (): ProcessDeps => ({
    database,
    clock,
    queue: database.queue,
    ruleset: () => ruleset,
    channels: () => new Map(),
    storePersonalData: false,
  });

  async function chats(status: string, ...sessionIds: string[]): Promise<void> {
    const ingest = createIngest({ database, clock, storePersonalData: false });
    await ingest(
      sessionIds.map((sessionId) => ({
        ok: true,
        event: { ...statusEvent(clock.now(), status, { sessionId }), orgId },
      })),
    );
    await createProcessor(deps()).processAll();
  }

  async function takeRules(files: Record<string, object>): Promise<string[]> {
    ruleset = loadRules(files);
    return activateRuleset({ database, clock }, orgId, ruleset);
  }

  async function sweep(): Promise<number> {
    let batches = 0;
    while (await sweepBatch(deps(), orgId)) batches += 1;
    return batches;
  }

  const storedHolds = async () =>
    (await database.db.select().from(holds).where(eq(holds.orgId, orgId))).sort((a, b) =>
      a.subject < b.subject ? -1 : 1,
    );
  const activations = () => database.db.select().from(rulesetActivations).where(eq(rulesetActivations.orgId, orgId));

  test('a new rule holds chats that are already silent, from its loading on, and fires', async () => {
    await takeRules({});
    await chats('ON_HOLD', 'a', 'b');
    await chats('OPEN', 'c');
    clock.set(START + 60 * MINUTE);
    expect(await takeRules({ 'held.rule.json': held(5) })).toEqual(['held']);
    await sweep();
    expect(await storedHolds()).toMatchObject(
      ['a', 'b'].map((subject) => ({
        subject,
        state: 'running',
        startedAt: clock.now(),
        dueAt: clock.now() + 5 * MINUTE,
      })),
    );
    clock.advance(5 * MINUTE);
    await createProcessor(deps()).processAll();
    expect(await storedHolds()).toMatchObject([{ state: 'fired' }, { state: 'fired' }]);
  });

  test('an edited rule keeps the start of its holds; one that is gone ends them', async () => {
    await takeRules({ 'held.rule.json': held(5) });
    await chats('ON_HOLD', 'a');
    clock.advance(MINUTE);
    expect(await takeRules({ 'held.rule.json': held(3) })).toEqual(['held']);
    await sweep();
    expect(await storedHolds()).toMatchObject([{ startedAt: START, dueAt: START + 3 * MINUTE, state: 'running' }]);
    expect(await takeRules({})).toEqual(['held']);
    await sweep();
    const [ended] = await storedHolds();
    expect(ended).toMatchObject({ state: 'cancelled', endedAt: clock.now() });
    expect(ended?.nextAt).toBeNull();
  });

  test('the same rules again change nothing, whoever loads them', async () => {
    await takeRules({ 'held.rule.json': held(5) });
    await chats('ON_HOLD', 'a');
    await sweep();
    const before = await storedHolds();
    clock.advance(MINUTE);
    expect(await takeRules({ 'held.rule.json': held(5) })).toEqual([]);
    expect(await sweep()).toBe(0);
    expect(await storedHolds()).toEqual(before);
    expect(await activations()).toHaveLength(1);
  });

  test('more chats than a batch holds are all swept, also when a sweep dies on the way', async () => {
    await takeRules({});
    const ids = Array.from({ length: 230 }, (_, index) => `chat-${String(index).padStart(3, '0')}`);
    await chats('ON_HOLD', ...ids);
    await takeRules({ 'held.rule.json': held(5) });
    expect(await sweepBatch(deps(), orgId)).toBe(true);
    const dying: ProcessDeps = {
      ...deps(),
      database: {
        ...database,
        transaction: (work) =>
          database.transaction(async (tx) => {
            await work(tx);
            throw new Error('the process died');
          }),
      },
    };
    await expect(sweepBatch(dying, orgId)).rejects.toThrow('the process died');
    await sweep();
    expect((await storedHolds()).map(({ subject }) => subject)).toEqual(ids);
    expect(await activations()).toMatchObject([{}, { sweptAt: clock.now() }]);
  });
});

describe.each(postgresOnly)('two processes on $kind', ({ open }) => {
  test('that activate the same rules at once give one activation', async () => {
    const database = await open();
    try {
      const others = [database, await database.another(), await database.another()];
      const clock = createManualClock(START);
      const first = loadRules({ 'held.rule.json': held(5) });
      const second = loadRules({ 'held.rule.json': held(7) });
      for (const [index, ruleset] of [first, second].entries()) {
        const changed = await Promise.all(
          others.map((other) => activateRuleset({ database: other, clock }, 'o1', ruleset)),
        );
        expect(changed.filter((ids) => ids.length > 0)).toEqual([['held']]);
        expect(await database.db.select().from(rulesetActivations)).toHaveLength(index + 1);
      }
    } finally {
      await database.close();
    }
  });
});
