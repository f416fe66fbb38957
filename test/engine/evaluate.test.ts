import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import type { Trace } from '../../src/domain/trace.ts';
import { createEvaluator, type Evaluation } from '../../src/engine/evaluate.ts';
import { clockFacts, type Facts } from '../../src/engine/facts.ts';
import { aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline } from '../support/timeline.ts';

const facts: Facts = {
  session: { id: 's1', status: 'ON_HOLD', holds: 2, waitingSince: new Date(START).toISOString() },
  event: {
    type: 'IM_Message_Add',
    text: 'my card number is 4242',
    actor: { type: 'ENDUSER', name: 'Kamal', externalId: '+55 11 99999', contactId: 'k1' },
    previous: { subject: 'about my card', status: 'Open' },
    labels: [{ name: 'Kamal', id: 'l1' }],
  },
  clock: clockFacts(START, new Map()),
};

function leaf(fact: string, path: string | undefined, operator: string, value: Json): Condition {
  return { fact, ...(path === undefined ? {} : { path }), operator, value };
}

async function judge(
  conditions: Condition,
  { named = {}, now = START }: { named?: Record<string, Condition>; now?: number } = {},
): Promise<Evaluation> {
  const rule = aRule({ id: 'r', conditions });
  const evaluation = await createEvaluator([rule], named).evaluate(rule, facts, now);
  return evaluation.ok ? { ok: true, result: evaluation.result, trace: evaluation.trace } : evaluation;
}

async function traceOf(conditions: Condition, named: Record<string, Condition> = {}): Promise<Trace> {
  const evaluation = await judge(conditions, { named });
  if (!evaluation.ok) throw new Error(evaluation.reason);
  return evaluation.trace;
}

describe('the trace', () => {
  test('has every condition with what was wanted, what was met, and the verdict', async () => {
    const conditions: Condition = {
      all: [
        leaf('session', '$.status', 'equal', 'ON_HOLD'),
        { any: [leaf('session', '$.holds', 'greaterThan', 5), leaf('session', '$.assigneeId', 'exists', false)] },
        { not: leaf('session', '$.status', 'in', ['ENDED', 'BLOCKED']) },
      ],
    };
    expect(await judge(conditions)).toEqual({
      ok: true,
      result: true,
      trace: {
        op: 'all',
        result: true,
        of: [
          {
            op: 'leaf',
            fact: 'session',
            path: '$.status',
            operator: 'equal',
            expected: 'ON_HOLD',
            actual: 'ON_HOLD',
            result: true,
          },
          {
            op: 'any',
            result: true,
            of: [
              {
                op: 'leaf',
                fact: 'session',
                path: '$.holds',
                operator: 'greaterThan',
                expected: 5,
                actual: 2,
                result: false,
              },
              {
                op: 'leaf',
                fact: 'session',
                path: '$.assigneeId',
                operator: 'exists',
                expected: false,
                result: true,
              },
            ],
          },
          {
            op: 'not',
            result: true,
            of: [
              {
                op: 'leaf',
                fact: 'session',
                path: '$.status',
                operator: 'in',
                expected: ['ENDED', 'BLOCKED'],
                actual: 'ON_HOLD',
                result: false,
              },
            ],
          },
        ],
      },
    });
  });

  test('leaves out the verdict of what a higher priority had decided before', async () => {
    const trace = await traceOf({
      any: [
        { fact: 'session', path: '$.holds', operator: 'equal', value: 9, priority: 1 },
        { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD', priority: 10 },
      ],
    });
    expect(trace).toMatchObject({ op: 'any', result: true, of: [{ op: 'leaf', expected: 9 }, { result: true }] });
    expect('of' in trace && trace.of[0]).not.toHaveProperty('result');
  });

  test('opens named conditions, also those that name others, and says which they are', async () => {
    const named: Record<string, Condition> = {
      held: { all: [leaf('session', '$.status', 'equal', 'ON_HOLD'), { condition: 'unowned' }] },
      unowned: leaf('session', '$.assigneeId', 'exists', false),
      alias: { condition: 'held' },
    };
    const trace = await traceOf({ all: [{ not: { condition: 'alias' } }] }, named);
    expect(trace).toMatchObject({
      op: 'all',
      result: false,
      of: [
        {
          op: 'not',
          result: false,
          of: [
            {
              op: 'condition',
              name: 'alias',
              result: true,
              of: [
                {
                  op: 'condition',
                  name: 'held',
                  result: true,
                  of: [
                    {
                      op: 'all',
                      result: true,
                      of: [
                        { op: 'leaf', actual: 'ON_HOLD', result: true },
                        { op: 'condition', name: 'unowned', result: true, of: [{ op: 'leaf', result: true }] },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test('shows the value of another fact that a condition compares with', async () => {
    const trace = await traceOf({
      all: [leaf('session', '$.status', 'equal', { fact: 'session', path: '$.id' })],
    });
    expect(trace).toMatchObject({ of: [{ expected: 's1', actual: 'ON_HOLD', result: false }] });
  });

  test('of a long value keeps the beginning', async () => {
    const trace = await traceOf({ all: [leaf('session', '$.id', 'in', [`s${'x'.repeat(2_000)}`])] });
    const [first] = 'of' in trace ? trace.of : [];
    const expected = first?.op === 'leaf' ? first.expected : undefined;
    expect(String(expected).length).toBeLessThan(600);
  });

  test.each([
    ['a personal text', leaf('event', '$.text', 'containsText', 'card')],
    ['a personal text within an object', leaf('event', '$.actor.name', 'exists', true)],
    ['an object that has personal texts', leaf('event', '$.actor', 'exists', true)],
    ['the event before the change', leaf('event', '$.previous', 'exists', true)],
    ['a list that has personal texts', leaf('event', '$.labels', 'contains', 'x')],
    ['the whole event', leaf('event', undefined, 'exists', true)],
    ['a comparison with a personal text', leaf('session', '$.id', 'equal', { fact: 'event', path: '$.actor.name' })],
    ['a comparison with an object', leaf('session', '$.id', 'equal', { fact: 'event', path: '$.actor' })],
  ])('shows nothing personal of %s', async (_, condition) => {
    const text = JSON.stringify(await traceOf({ all: [condition] }));
    expect(text).not.toMatch(/Kamal|99999|4242|my card|about/);
    expect(text).toMatch(/personal|blanked/);
  });

  test('still shows what is not personal of an object', async () => {
    const trace = await traceOf({ all: [leaf('event', '$.actor', 'exists', true)] });
    expect(trace).toMatchObject({ of: [{ actual: { type: 'ENDUSER', contactId: 'k1' } }] });
  });
});

describe('a rule that cannot be evaluated', () => {
  const broken: Condition = { all: [leaf('session', '$.status', 'noSuchOperator', 1)] };

  test('gives an error of its own and a reason', async () => {
    expect(await judge(broken)).toEqual({ ok: false, reason: 'Unknown operator: noSuchOperator' });
    expect(await judge({ condition: 'nowhere' })).toEqual({ ok: false, reason: 'No condition nowhere exists' });
  });

  test('stops neither the event nor the other rules', async () => {
    const on = { kind: 'event' as const, on: ['IM_Session_Status'], late: false };
    const chat = new Timeline(
      rulesetOf([
        aRule({ id: 'a-broken', priority: 9, conditions: broken, trigger: on }),
        aRule({ id: 'b-sound', trigger: on }),
        aRule({ id: 'c-broken', priority: 9, conditions: broken }),
        aRule({ id: 'd-sound' }),
      ]),
    );
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE);
    expect(chat.outcomes()).toEqual([
      'a-broken error',
      'b-sound fired',
      'c-broken error',
      'd-sound armed',
      'd-sound fired',
    ]);
    expect(chat.state.session).toMatchObject({ status: 'ON_HOLD' });
    expect(chat.actions.map(({ ruleId }) => ruleId)).toEqual(['b-sound', 'd-sound']);
  });

  test('a hold that cannot be judged any more when it falls due ends, with the error told once', async () => {
    const chat = new Timeline(rulesetOf([aRule({ id: 'hold' })]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    chat.ruleset = rulesetOf([aRule({ id: 'hold', conditions: broken })]);
    await chat.run(START + 15 * MINUTE);
    await chat.run(START + 60 * MINUTE);
    expect(chat.outcomes()).toEqual(['hold armed', 'hold error', 'hold disarmed']);
    expect(chat.state.episodes).toEqual([]);
  });
});

describe('evaluations that overlap', () => {
  test('each see their own moment', async () => {
    const rule = aRule({ id: 'old', conditions: { all: [leaf('session', '$.waitingSince', 'olderThan', '10m')] } });
    const other = aRule({ id: 'new', conditions: { any: [leaf('session', '$.waitingSince', 'newerThan', '10m')] } });
    const evaluator = createEvaluator([rule, other], {});
    const moments = Array.from({ length: 60 }, (_, index) => START + ((index * 7) % 20) * MINUTE);
    const verdicts = await Promise.all(
      moments.flatMap((now) => [evaluator.evaluate(rule, facts, now), evaluator.evaluate(other, facts, now)]),
    );
    const expected = moments.flatMap((now) => [now - START >= 10 * MINUTE, now - START < 10 * MINUTE]);
    expect(verdicts.map((verdict) => verdict.ok && verdict.result)).toEqual(expected);
  });

  test('an error in between disturbs none of them', async () => {
    const sound = aRule({ id: 'sound' });
    const broken = aRule({ id: 'broken', conditions: { all: [leaf('session', '$.status', 'nope', 1)] } });
    const evaluator = createEvaluator([sound, broken], {});
    const verdicts = await Promise.all(
      [sound, broken, sound, broken].map((rule) => evaluator.evaluate(rule, facts, START)),
    );
    expect(verdicts.map(({ ok }) => ok)).toEqual([true, false, true, false]);
  });
});

describe('the moment of judging', () => {
  test('is the time of the event, however late the event is judged', async () => {
    const stale = aRule({
      id: 'stale',
      trigger: { kind: 'event', on: ['IM_Message_Add'], late: false },
      conditions: { all: [leaf('session', '$.createdAt', 'olderThan', '10m')] },
    });
    const at = (minute: number) => START + minute * MINUTE;
    const events = [messageEvent(at(0), 'IN'), messageEvent(at(9), 'IN'), messageEvent(at(11), 'IN')];
    const atOnce = new Timeline(rulesetOf([stale]));
    for (const event of events) await atOnce.run(event.at, event);
    const afterwards = new Timeline(rulesetOf([stale]));
    await afterwards.run(at(40), ...events);
    expect(atOnce.decisions.map(({ at }) => at)).toEqual([at(11)]);
    expect(afterwards.decisions.map(({ at }) => at)).toEqual([at(11)]);
  });
});
