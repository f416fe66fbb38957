import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeskEvent } from '../../../src/domain/event.ts';
import type { Rule } from '../../../src/domain/rule.ts';
import { createCalendar } from '../../../src/engine/calendars/create-calendar.ts';
import type { CompiledRuleset } from '../../../src/engine/compile.ts';
import { judgeHistory } from '../../../src/trial/history/judge-history.ts';
import { createJudging } from '../../../src/trial/judging.ts';
import { tune } from '../../../src/trial/tune/tune.ts';
import { chatEvents } from '../../support/random-events.ts';
import { anAction, aRule, ON_HOLD, rulesetOf } from '../../support/rules.ts';
import { MINUTE, START } from '../../support/timeline.ts';

const OFFICE = createCalendar('office', { zone: 'UTC', hours: { 'mon-sun': ['00:00-13:20', '13:30-24:00'] } });
const CALENDARS = new Map([['office', OFFICE]]);
const CARD = anAction('slack.alert', { channel: '#ops', text: 'x' });

async function* stream(events: readonly DeskEvent[]): AsyncGenerator<DeskEvent> {
  yield* events;
}

/** What the real rules decide: how often the rule fired, or came to the steps of its ladder. */
async function countFirings(ruleset: CompiledRuleset, events: readonly DeskEvent[], untilAt: number, step: number) {
  let fired = 0;
  await judgeHistory({
    begin: (start) =>
      createJudging({ orgId: 'o1', ruleset, channels: () => new Map(), start, online: () => undefined }),
    events: stream(events),
    untilAt: () => untilAt,
    onJudged: (judged) => {
      for (const { effects } of judged) {
        fired += effects.decisions.filter(
          ({ ruleId, outcome, step: at, repeat }) =>
            ruleId === 'tuned' && outcome === 'fired' && at === step && repeat === undefined,
        ).length;
      }
    },
  });
  return fired;
}

function tuneEvents(rules: CompiledRuleset, events: readonly DeskEvent[], more: object) {
  const rule = rules.rules.find(({ id }) => id === 'tuned');
  if (rule === undefined) throw new Error('there is no such rule');
  return tune(rules, rule, { open: () => stream(events), orgId: 'o1', zone: 'UTC', ...more });
}

/** Chats side by side; what is received late is judged late. */
const history = fc
  .tuple(
    ...['s1', 's2', 's3'].map((sessionId) =>
      chatEvents({ start: START, gridMs: MINUTE, points: 40, maxEvents: 9, sessionId }),
    ),
    fc.array(fc.nat({ max: 4 }), { minLength: 27, maxLength: 27 }),
  )
  .map(([one, two, three, delays]) =>
    [...(one as DeskEvent[]), ...(two as DeskEvent[]), ...(three as DeskEvent[])]
      .map((event, index) => ({
        ...event,
        receivedAt: event.at + ((delays as number[])[index] === 4 ? 6 * MINUTE : 0),
      }))
      .sort((a, b) => a.receivedAt - b.receivedAt || a.at - b.at || (a.key < b.key ? -1 : 1)),
  );

const forms: fc.Arbitrary<Partial<Rule>> = fc.record(
  {
    keepForMs: fc.constantFrom(0, 2 * MINUTE),
    episodeBy: fc.constantFrom<string[]>([], ['session.assigneeId']),
    clock: fc.constantFrom('wall', 'business'),
    during: fc.constantFrom({ calendar: 'office', outside: 'skip' }, { calendar: 'office', outside: 'wait' }),
    exclusive: fc.constant('group'),
    inhibitedBy: fc.constant(['storm']),
    limit: fc.constantFrom(
      { count: 1, per: 'session', withinMs: 15 * MINUTE },
      { count: 2, per: 'channel', withinMs: 10 * MINUTE },
    ),
    onUnknown: fc.constantFrom('skip', 'match'),
    maxLateMs: fc.constantFrom(MINUTE, 60 * MINUTE),
  } as const,
  { requiredKeys: [] },
);

function rulesOf(form: Partial<Rule>): Rule[] {
  const status = { fact: 'session', path: '$.status', operator: 'notIn', value: ['OPEN', 'ENDED'] };
  const { clock = 'wall', ...rest } = form;
  return [
    aRule({ id: 'tuned', conditions: { all: [status] }, ...rest, clock: rest.during === undefined ? 'wall' : clock }),
    aRule({ id: 'rival', priority: 5, exclusive: 'group', trigger: { kind: 'hold', forMs: 4 * MINUTE } }),
    aRule({ id: 'storm', trigger: { kind: 'hold', forMs: 7 * MINUTE }, actions: [CARD], inhibitedBy: ['calm'] }),
    aRule({ id: 'calm', trigger: { kind: 'hold', forMs: 12 * MINUTE }, actions: [CARD] }),
  ];
}

const THRESHOLDS = [1, 4, 9].map((minutes) => minutes * MINUTE);
const UNTIL = START + 45 * MINUTE;

describe('tune', () => {
  it('counts for each threshold what the rules would have fired with it, whatever else keeps them from firing', async () => {
    await fc.assert(
      fc.asyncProperty(history, forms, async (events, form) => {
        const rules = rulesOf(form);
        const tuned = await tuneEvents(rulesetOf(rules, {}, CALENDARS), events, {
          thresholdsMs: THRESHOLDS,
          untilAt: () => UNTIL,
        });
        for (const { ms, fired } of tuned?.report.thresholds ?? []) {
          const changed = rules.map((rule) =>
            rule.id === 'tuned' ? { ...rule, trigger: { kind: 'hold' as const, forMs: ms } } : rule,
          );
          expect([ms, fired]).toEqual([ms, await countFirings(rulesetOf(changed, {}, CALENDARS), events, UNTIL, 0)]);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('counts for each delay of a step how often the rules would have come to it', async () => {
    await fc.assert(
      fc.asyncProperty(history, forms, async (events, form) => {
        const steps = [{ afterMs: 3 * MINUTE, unless: 'acknowledged' as const, actions: [CARD] }];
        const own = { trigger: { kind: 'hold' as const, forMs: 2 * MINUTE }, steps };
        const rules = rulesOf(form).map((rule) => (rule.id === 'tuned' ? { ...rule, ...own } : rule));
        const tuned = await tuneEvents(rulesetOf(rules, {}, CALENDARS), events, {
          thresholdsMs: [],
          stepsMs: THRESHOLDS,
          untilAt: () => UNTIL,
        });
        for (const { ms, fired } of tuned?.report.steps ?? []) {
          const changed = rules.map((rule) =>
            rule.id === 'tuned' ? { ...rule, steps: steps.map((step) => ({ ...step, afterMs: ms })) } : rule,
          );
          expect([ms, fired]).toEqual([ms, await countFirings(rulesetOf(changed, {}, CALENDARS), events, UNTIL, 1)]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('finds as many holds that came to a threshold as fire, where nothing else keeps the rule from it', async () => {
    const free: fc.Arbitrary<Partial<Rule>> = fc.record(
      {
        keepForMs: fc.constantFrom(0, 2 * MINUTE),
        episodeBy: fc.constantFrom<string[]>([], ['session.assigneeId']),
        clock: fc.constant('business'),
      } as const,
      { requiredKeys: ['keepForMs'] },
    );
    await fc.assert(
      fc.asyncProperty(history, free, async (received, form) => {
        const events = received.map((event) => ({ ...event, receivedAt: event.at })).sort((a, b) => a.at - b.at);
        const during = form.clock === 'business' ? { during: { calendar: 'office', outside: 'wait' as const } } : {};
        const rules = [aRule({ id: 'tuned', conditions: { all: [ON_HOLD] }, ...form, ...during })];
        const tuned = await tuneEvents(rulesetOf(rules, {}, CALENDARS), events, {
          thresholdsMs: THRESHOLDS,
          untilAt: () => UNTIL,
        });
        for (const { reached, fired } of tuned?.report.thresholds ?? []) expect(reached).toBe(fired);
      }),
      { numRuns: 100 },
    );
  });
});
