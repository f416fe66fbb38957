import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeskEvent } from '../../../src/domain/event.ts';
import { testFileSchema } from '../../../src/domain/test-file.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import type { Ruleset } from '../../../src/engine/load/ruleset.ts';
import { createRandom } from '../../../src/sandbox/random.ts';
import { acknowledgeAlert, resolveAlert, snoozeAlert } from '../../../src/services/alert-verbs.ts';
import { loadSessionHistory } from '../../../src/store/read/session-history.ts';
import { alerts, holds } from '../../../src/store/schema.ts';
import {
  type Recorded,
  type RecordInput,
  recordSession,
  toTestFile,
} from '../../../src/trial/record/record-session.ts';
import { createTestRunner } from '../../../src/trial/run-test.ts';
import { createActing } from '../../support/acting.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';
import { chatEvents } from '../../support/random-events.ts';
import { MINUTE, START } from '../../support/timeline.ts';

const alert = { type: 'slack.alert', params: { channel: '#ops', text: 'x' } };
const onHold = { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' };
const rule = (rest: object) =>
  JSON.stringify({ name: 'a rule', conditions: { all: [onHold] }, actions: [alert], ...rest });

const FILES = new Map([
  [
    'held.rule.json',
    rule({
      for: '2m',
      episodeBy: ['session.assigneeId'],
      steps: [{ after: '2m', actions: [alert] }],
      onResolve: [{ type: 'slack.post', params: { channel: '#ops', text: 'over' } }],
    }),
  ],
  ['repeats.rule.json', rule({ for: '1m', keepFor: '90s', repeat: { every: '2m', times: 3 } })],
  ['shadowed.rule.json', rule({ for: '3m', mode: 'shadow' })],
  ['counted.rule.json', rule({ for: '1m', limit: { count: 1, per: 'session', within: '10m' } })],
  [
    'changed.rule.json',
    rule({
      on: ['IM_Session_Status'],
      conditions: { all: [{ fact: 'event', path: '$.sessionStatus', operator: 'equal', value: 'ON_HOLD' }] },
      during: 'desk',
    }),
  ],
  [
    'said.rule.json',
    rule({
      on: ['IM_Message_Add'],
      late: true,
      conditions: { all: [{ fact: 'event', path: '$.direction', operator: 'equal', value: 'IN' }] },
    }),
  ],
  [
    'calendars.json',
    JSON.stringify({ desk: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['10:00-10:06', '10:10-18:00'] } } }),
  ],
]);

function load(files: ReadonlyMap<string, string>): Ruleset {
  const loaded = loadRuleset(files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.ruleset;
}

const ruleset = load(FILES);

/** A day of one chat at the real service: events on their way, late or in bursts, slow judging, people who click. */
const days = fc.record({
  events: chatEvents({ start: START, gridMs: 20_000, points: 40, maxEvents: 10, sessionId: '65403000001234567' }),
  seed: fc.nat({ max: 1_000_000 }),
});

describe.each(databases)('a chat is recorded as a test, on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  async function live({ events, seed }: { events: readonly DeskEvent[]; seed: number }): Promise<RecordInput> {
    const random = createRandom(`recorded ${seed}`);
    const acting = createActing(database, ruleset.rules, { calendars: ruleset.calendars });
    const { clock, orgId, deps } = acting;
    const verbs = { ...deps, rulesetHash: () => acting.ruleset.hash };

    async function passUntil(at: number): Promise<void> {
      for (;;) {
        const open = await database.db.select().from(holds).where(eq(holds.orgId, orgId));
        const due = Math.min(...open.flatMap(({ nextAt }) => nextAt ?? []));
        if (due >= at) return;
        clock.set(Math.max(clock.now(), Math.min(at - 1, due + random.between(0, 900))));
        await acting.judge();
      }
    }

    const coming = events
      .map((event) => ({
        event,
        comesAt: event.at + (random.chance(0.2) ? random.between(6, 90) * 1_000 : random.between(50, 1_500)),
      }))
      .sort((a, b) => a.comesAt - b.comesAt);
    for (const { event, comesAt } of coming) {
      await passUntil(comesAt);
      clock.set(Math.max(clock.now(), comesAt));
      await acting.take({ ...event, receivedAt: comesAt });
      await acting.deliverAll();
      if (!random.chance(0.3)) continue;
      clock.advance(random.between(1, 5_000));
      const cards = await database.db.select().from(alerts).where(eq(alerts.orgId, orgId));
      const card = cards[random.between(0, cards.length - 1)];
      if (card === undefined) continue;
      const click = random.between(0, 2);
      if (click === 0) await acknowledgeAlert(verbs, orgId, card.id, 'slack:U1');
      else if (click === 1) await snoozeAlert(verbs, orgId, card.id, { by: 'slack:U1', until: clock.now() + 90_000 });
      else await resolveAlert(verbs, orgId, card.id, 'slack:U1');
    }
    await passUntil(clock.now() + 20 * MINUTE);
    const [first] = events;
    const history = await loadSessionHistory(database.db, orgId, first?.sessionId ?? '');
    if (history === undefined) throw new Error('no chat');
    const cards = await database.db.select().from(alerts).where(eq(alerts.orgId, orgId));
    return {
      history,
      cards,
      rulesets: new Map([[acting.ruleset.hash, ruleset]]),
      channels: new Map(),
      available: new Set(ruleset.rules.map(({ id }) => id)),
    };
  }

  it('passes at once with the rules that judged, holds the decisions as they were, and names nobody', async () => {
    let recordedRules = 0;
    let decidingRules = 0;
    await fc.assert(
      fc.asyncProperty(days, async (day) => {
        const input = await live(day);
        if (input.history.decisions.length === 0) return;
        const recorded = await recordSession(input);
        decidingRules += new Set(input.history.decisions.map(({ ruleId }) => ruleId)).size;
        recordedRules += recorded.rules.length;
        const text = JSON.stringify(toTestFile(recorded.test));
        const [test] = testFileSchema.parse(JSON.parse(text)).tests;
        if (test === undefined) throw new Error('no test');
        expect((await createTestRunner(ruleset).run(recorded.ruleId, test)).failure).toBeUndefined();
        expect(decisionsOf(recorded)).toEqual(storedOf(input, recorded));
        for (const real of ['65403000001234567', 'Kamal', 'hello', 'slack:U1']) expect(text).not.toContain(real);
      }),
      { numRuns: 5 },
    );
    expect(recordedRules / decidingRules).toBeGreaterThan(0.9);
  });
});

/** How often each rule decided what. */
function decisionsOf({ test }: Recorded): string[] {
  return test.steps.flatMap(({ decisions = [] }) => decisions.map(({ rule, outcome }) => `${rule} ${outcome}`)).sort();
}

function storedOf({ history }: RecordInput, { rules }: Recorded): string[] {
  return history.decisions
    .filter(({ ruleId }) => rules.some(({ id }) => id === ruleId))
    .map(({ ruleId, outcome }) => `${ruleId} ${outcome}`)
    .sort();
}
