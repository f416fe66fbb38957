import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../src/domain/clock.ts';
import { emptyDirectory } from '../../../src/domain/directory.ts';
import type { DeskEvent } from '../../../src/domain/event.ts';
import type { Trace, TraceLeaf } from '../../../src/domain/trace.ts';
import type { CompiledRuleset } from '../../../src/engine/compile.ts';
import { leavesOf } from '../../../src/engine/explain/condition-tree.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import { tellExplanation } from '../../../src/engine/explain/tell/tell-explanation.ts';
import { createRandom } from '../../../src/sandbox/random.ts';
import { activateRuleset } from '../../../src/services/activate-ruleset.ts';
import { acknowledgeAlert } from '../../../src/services/alert-verbs.ts';
import { explainRule } from '../../../src/services/explain/explain-rule.ts';
import { createIngest } from '../../../src/services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../../../src/services/process.ts';
import { createSilence, liftSilence } from '../../../src/services/silences.ts';
import { sweepBatch } from '../../../src/services/sweep.ts';
import { alerts, decisions } from '../../../src/store/schema.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';
import { loadRules } from '../../support/load-rules.ts';
import { chatEvents } from '../../support/random-events.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../../support/timeline.ts';

const is = (path: string, value: unknown, operator = 'equal') => ({ fact: 'session', path, operator, value });
const ON_HOLD = { all: [is('$.status', 'ON_HOLD')] };
const record = { type: 'record', params: { dataset: 'd', fields: { s: '{{ session.id }}' } } };
const card = { type: 'slack.alert', params: { channel: '#ops', text: '{{ session.id }}' } };
const rule = (more: Record<string, unknown>) => ({ name: 'A rule', actions: [record], ...more });

/** Every gate that there is. */
const RULES = {
  'held.rule.json': rule({
    conditions: ON_HOLD,
    for: '2m',
    actions: [card],
    steps: [{ after: '2m', actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'x' } }] }],
    limit: { count: 2, per: 'agent', within: '6m' },
    episodeBy: ['session.assigneeId'],
    onUnknown: 'match',
  }),
  'kept.rule.json': rule({ conditions: ON_HOLD, for: '3m', keepFor: '2m', inhibitedBy: ['held'] }),
  'first.rule.json': rule({ on: ['IM_Session_Status'], conditions: ON_HOLD, exclusive: 'group', priority: 2 }),
  'second.rule.json': rule({
    on: ['IM_Session_Status'],
    conditions: { any: [is('$.status', 'ON_HOLD'), is('$.status', 'OPEN')] },
    exclusive: 'group',
    limit: { count: 1, per: 'channel', within: '10m' },
  }),
  'careful.rule.json': rule({
    on: ['IM_Session_Status'],
    conditions: { all: [is('$.status', true, 'exists'), { not: is('$.status', 'ENDED') }] },
    onUnknown: 'skip',
    mode: 'shadow',
  }),
  'said.rule.json': rule({
    on: ['IM_Message_Add'],
    conditions: { all: [{ fact: 'event', path: '$.text', operator: 'containsText', value: 'help' }] },
    late: true,
  }),
  'often.rule.json': rule({
    on: ['IM_Session_Status'],
    conditions: {
      all: [
        {
          fact: 'history',
          params: { status: 'ON_HOLD', by: 'session', within: '10m' },
          path: '$.count',
          operator: 'greaterThan',
          value: 1,
        },
      ],
    },
  }),
  'busy.rule.json': rule({
    on: ['IM_Session_Status'],
    conditions: {
      all: [
        { condition: 'held' },
        { fact: 'queue', params: { status: 'ON_HOLD' }, path: '$.count', operator: 'greaterThan', value: 1 },
      ],
    },
  }),
  'hours.rule.json': rule({ conditions: ON_HOLD, for: '1m', during: 'desk', outside: 'wait', actions: [card] }),
  'asleep.rule.json': rule({ on: ['IM_Session_Status'], conditions: ON_HOLD, mode: 'off' }),
  'conditions.json': { held: is('$.status', 'ON_HOLD') },
  'calendars.json': {
    desk: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['10:00-10:06', '10:10-18:00'] } },
  },
};
const EDITED = {
  ...RULES,
  'held.rule.json': { ...RULES['held.rule.json'], for: '4m', limit: { count: 9, per: 'rule', within: '6m' } },
  'kept.rule.json': { ...RULES['kept.rule.json'], mode: 'shadow' },
};

/** Another day with FAST_CHECK_SEED, as property tests have it. */
const DEFAULT_SEED = 7;
const SEED = Number(process.env['FAST_CHECK_SEED'] ?? DEFAULT_SEED) || Math.floor(Math.random() * 1e6);

/** Of some thousand statements on the embedded database, beside other tests. */
const SLOW_MS = 90_000;

let portals = 0;

/** The real service in a portal of its own. */
async function aService(database: TestDatabase) {
  portals += 1;
  const orgId = `explain-${portals}`;
  const clock = createManualClock(START);
  let ruleset: CompiledRuleset = loadRules(RULES);
  const deps: ProcessDeps = {
    database,
    clock,
    queue: database.queue,
    ruleset: () => ruleset,
    channels: () => new Map(),
    storePersonalData: false,
  };
  const ingest = createIngest({ database, clock, storePersonalData: false });
  const { processAll } = createProcessor(deps);
  await activateRuleset({ database, clock }, orgId, ruleset);
  return {
    orgId,
    clock,
    deps,
    async take(...events: DeskEvent[]) {
      await ingest(events.map((event) => ({ ok: true, event: { ...event, orgId, receivedAt: clock.now() } })));
      await processAll();
    },
    judge: () => processAll(),
    async edit(files: Record<string, unknown>) {
      ruleset = loadRules(files);
      await activateRuleset({ database, clock }, orgId, ruleset);
      while (await sweepBatch(deps, orgId));
    },
    explain: (ruleId: string, sessionId: string, at?: number, decisionId?: number) =>
      explainRule({ db: database.db, clock, ruleset: () => ruleset }, orgId, { ruleId, sessionId, at, decisionId }),
  };
}
type Service = Awaited<ReturnType<typeof aService>>;

/** A day of random chats, some of whose events come late, with an edit of the rules, a silence and clicks in it. */
async function liveADay(database: TestDatabase, service: Service, seed: number): Promise<void> {
  const random = createRandom(`day ${seed}`);
  const { clock, orgId } = service;
  const options = { start: START, gridMs: MINUTE, points: 20, maxEvents: 10 };
  const coming = Array.from({ length: 5 }, (_, chat) =>
    fc.sample(chatEvents({ ...options, sessionId: `chat-${chat}` }), { numRuns: 1, seed: seed + chat }).flat(),
  )
    .flat()
    .map((event) => ({
      event: helped(event, random.chance(0.5)),
      comesAt: event.at + (random.chance(0.2) ? 3 : 0) * MINUTE,
    }));
  const muting = { database, clock, names: () => ({ rules: [], directory: emptyDirectory() }) };
  let silence = '';
  for (let minute = 0; minute <= 26; minute += 1) {
    const now = START + minute * MINUTE;
    clock.set(now);
    await service.take(...coming.filter(({ comesAt }) => comesAt === now).map(({ event }) => event));
    clock.advance(1_000);
    if (minute === 4) {
      const request = { matcher: { everything: true }, owner: 'Ana', reason: 'x', endsAt: now + 30 * MINUTE };
      silence = (await createSilence(muting, orgId, request, 'test')).id;
    }
    if (minute === 9) await liftSilence(muting, orgId, silence, 'test');
    if (minute === 12) await service.edit(EDITED);
    if (minute === 15) {
      const verbs = { database, clock, queue: database.queue, rulesetHash: () => 'x' };
      const [one] = await database.db.select().from(alerts).where(eq(alerts.orgId, orgId)).limit(1);
      if (one !== undefined) await acknowledgeAlert(verbs, orgId, one.id, 'Ana');
    }
    clock.advance(1_000);
    await service.judge();
  }
}

const helped = (event: DeskEvent, isCalled: boolean): DeskEvent =>
  event.type === 'IM_Message_Add' && isCalled ? { ...event, payload: { ...event.payload, text: 'Help me' } } : event;

function tracedLeaves(trace: Trace): TraceLeaf[] {
  return trace.op === 'leaf' ? [trace] : trace.of.flatMap(tracedLeaves);
}

/** Every comparison that was recorded says the same now. */
function expectSameValues({ conditions }: Explanation, trace: Trace): void {
  const leaves = conditions === undefined ? [] : leavesOf(conditions);
  for (const [index, recorded] of tracedLeaves(trace).entries()) {
    if (recorded.result === undefined) continue;
    const now = leaves[index];
    expect(now).toMatchObject({ fact: recorded.fact, operator: recorded.operator });
    expect(now?.actual).toEqual(recorded.actual);
    if (now?.unknown !== 'vocabulary') expect(now?.verdict).toBe(recorded.result);
  }
}

describe.each(databases)('explaining on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test(
    'agrees with every decision that was recorded: its outcome, its reason, the values that its conditions met',
    async () => {
      const service = await aService(database);
      await liveADay(database, service, SEED);
      const taken = await database.db.select().from(decisions).where(eq(decisions.orgId, service.orgId));
      const random = createRandom('which decisions');
      const outcomes = new Set<string>();
      for (const decision of taken) {
        const isNew = !outcomes.has(`${decision.ruleId} ${decision.outcome}`);
        if (!isNew && !random.chance(0.03)) continue;
        outcomes.add(`${decision.ruleId} ${decision.outcome}`);
        const { ruleId, sessionId, at, id, outcome, reason, trace } = decision;
        const explained = await service.explain(ruleId, sessionId ?? '', at, id);
        const told = JSON.stringify({ decision, explained });
        expect(explained.disagreement, told).toBeUndefined();
        expect({ verdict: explained.verdict, reason: explained.reason }, told).toEqual({ verdict: outcome, reason });
        expect(explained.isRecorded).toBe(true);
        if (trace !== null) expectSameValues(explained, trace);
        if (outcome === 'fired') expect(explained.gates.every(({ status }) => status === 'passed')).toBe(true);
        else
          expect(explained.gates.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual([
            explained.decidedBy,
          ]);
        for (const tag of ['en', 'pt-BR'] as const) {
          expect(
            tellExplanation(explained, tag, 'UTC')
              .map((line) => line.text)
              .join(),
          ).not.toMatch(/undefined|NaN/);
        }
      }
      if (SEED !== DEFAULT_SEED) return;
      const seen = new Set([...outcomes].map((one) => one.split(' ')[1]));
      for (const outcome of ['fired', 'armed', 'limited', 'excluded', 'inhibited', 'shadow', 'skipped', 'closed']) {
        expect([...seen]).toContain(outcome);
      }
    },
    SLOW_MS,
  );

  test('shows that what is on record is not what judging gives, and since when the rules are others', async () => {
    const service = await aService(database);
    await service.take(statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    const [stored] = await database.db.select().from(decisions).where(eq(decisions.orgId, service.orgId));
    await database.db.update(decisions).set({ reason: 'something else' }).where(eq(decisions.orgId, service.orgId));
    const explained = await service.explain(stored?.ruleId ?? '', 's1');
    expect(explained.disagreement?.recorded).toMatchObject([{ reason: 'something else' }]);
    expect(explained.disagreement?.computed).toMatchObject([{ outcome: stored?.outcome, reason: stored?.reason }]);
    expect(explained.reason).toBe('something else');
  });

  test('tells of now: what a hold waits for, and what would turn it', async () => {
    const service = await aService(database);
    await service.take(statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    service.clock.advance(MINUTE);
    const waiting = await service.explain('held', 's1');
    expect(waiting).toMatchObject({
      verdict: 'armed',
      decidedBy: 'hold',
      standing: { state: 'running', dueAt: START + 2 * MINUTE },
    });
    expect(waiting.changes).toEqual([{ kind: 'lasts', ms: 2 * MINUTE, until: START + 2 * MINUTE }]);
    await service.take(messageEvent(service.clock.now(), 'IN'));
    const later = await service.explain('held', 's1');
    expect(later).toMatchObject({ verdict: 'waiting', isRecorded: false, look: { kind: 'event' } });
    expect(later.changes).toEqual([{ kind: 'lasts', ms: MINUTE, until: START + 2 * MINUTE }]);
    const other = await service.explain('said', 's1');
    expect(other).toMatchObject({ verdict: 'not_matched', notes: [{ kind: 'values_unknown', count: 1 }] });
    expect(other.conditions).toMatchObject({ of: [{ unknown: 'personal' }] });
    expect(await service.explain('asleep', 's1')).toMatchObject({ verdict: 'off', decidedBy: 'mode' });
    expect((await service.explain('asleep', 's1')).changes).toContainEqual({ kind: 'mode', to: 'live' });
  });

  test('says when a limit is free again, and lets the rule fire then', async () => {
    const service = await aService(database);
    for (const minute of [0, 1]) {
      service.clock.set(START + minute * MINUTE);
      await service.take(statusEvent(service.clock.now(), 'OPEN', { old: 'CREATED', sessionId: `s${minute}` }));
    }
    const limited = await service.explain('second', 's1');
    expect(limited).toMatchObject({ verdict: 'limited', decidedBy: 'limit' });
    const [change] = limited.changes;
    if (change?.kind !== 'limit_free') throw new Error('no limit');
    const at = change.at;
    service.clock.set(at - 1);
    await service.take(statusEvent(at - 1, 'OPEN', { old: 'CREATED', sessionId: 'before' }));
    expect((await service.explain('second', 'before')).verdict).toBe('limited');
    service.clock.set(at);
    await service.take(statusEvent(at, 'OPEN', { old: 'CREATED', sessionId: 'after' }));
    expect((await service.explain('second', 'after')).verdict).toBe('fired');
  });

  test('answers what nobody knows with what is known', async () => {
    const service = await aService(database);
    await service.take(statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await expect(service.explain('helt', 's1')).rejects.toMatchObject({
      code: 'not_found',
      remedy: 'Did you mean "held"?',
    });
    await expect(service.explain('held', 'none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.explain('held', 's1', START - 1)).rejects.toMatchObject({
      code: 'bad_request',
      message: 'The chat s1 began only at 2026-03-02T13:00:00.000Z.',
    });
  });
});
