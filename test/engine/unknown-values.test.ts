import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../src/domain/rule-file.ts';
import { SESSION_STATUSES } from '../../src/domain/vocabulary.ts';
import type { Facts } from '../../src/engine/facts.ts';
import { decide } from '../../src/engine/unknown-values.ts';
import { readersOf } from '../../src/engine/vocabulary-readers.ts';
import { anAction, aRule, ON_HOLD, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline } from '../support/timeline.ts';

const NOT_ENDED: Condition = { fact: 'session', path: '$.status', operator: 'notEqual', value: 'ENDED' };
const EXISTS: Condition = { fact: 'session', path: '$.status', operator: 'exists', value: true };
const conditions: Condition = { all: [EXISTS, NOT_ENDED] };
const on = { kind: 'event' as const, on: ['IM_Session_Status'], late: false };

function parked(at = START, more = {}) {
  return statusEvent(at, 'PARKED', { old: 'OPEN', ...more });
}

/** The outcomes of one event rule with these conditions when a status comes. */
async function judge(condition: Condition, status = 'PARKED', more: Partial<Parameters<typeof aRule>[0]> = {}) {
  const rule = aRule({ id: 'r', trigger: on, conditions: { all: [condition] }, onUnknown: 'skip', ...more });
  const chat = new Timeline(rulesetOf([rule], { open: NOT_ENDED }));
  await chat.run(START, statusEvent(START, status, { old: 'OPEN' }));
  return chat;
}

describe('an event rule that skips what it does not know', () => {
  const status = (operator: string, value: unknown): Condition => ({
    fact: 'session',
    path: '$.status',
    operator,
    value: value as string,
  });

  test.each<[string, Condition, string[]]>([
    ['equal to another value just does not match', status('equal', 'ENDED'), []],
    ['in a list without it just does not match', status('in', ['ENDED', 'OPEN']), []],
    ['notEqual would match whatever it means', NOT_ENDED, ['r skipped']],
    ['notIn likewise', status('notIn', ['ENDED', 'BLOCKED']), ['r skipped']],
    ['not around equal likewise', { not: status('equal', 'ENDED') }, ['r skipped']],
    ['a decorated operator likewise', status('not:equal', 'ENDED'), ['r skipped']],
    ['a named condition likewise', { condition: 'open' }, ['r skipped']],
    ['the beginning of a text likewise', status('startsWith', 'PA'), ['r skipped']],
    ['who names the value knows it', status('equal', 'PARKED'), ['r fired']],
    ['who names it to leave it out knows it too', status('notIn', ['PARKED']), []],
    ['that it is there does not depend on what it means', EXISTS, ['r fired']],
    ['any: another branch holds whatever it means', { any: [NOT_ENDED, EXISTS] }, ['r fired']],
    ['any: no branch holds without it', { any: [NOT_ENDED, status('equal', 'OPEN')] }, ['r skipped']],
    ['all: another part is false', { all: [NOT_ENDED, status('exists', false)] }, []],
    ['not around any', { not: { any: [status('equal', 'ENDED'), status('exists', false)] } }, ['r skipped']],
    [
      'a change from a known value into it',
      { fact: 'transition', operator: 'changedFrom', value: 'OPEN' },
      ['r skipped'],
    ],
    [
      'the other end of a transition',
      { fact: 'transition', path: '$.from', operator: 'equal', value: 'OPEN' },
      ['r fired'],
    ],
    [
      'the event itself',
      { fact: 'event', path: '$.sessionStatus', operator: 'notEqual', value: 'ENDED' },
      ['r skipped'],
    ],
  ])('%s', async (_, condition, outcomes) => {
    expect((await judge(condition)).outcomes()).toEqual(outcomes);
  });

  test('a change to a value that it names matches, wherever it comes from', async () => {
    const rule = aRule({
      id: 'r',
      trigger: on,
      onUnknown: 'skip',
      conditions: { all: [{ fact: 'transition', operator: 'changedTo', value: 'ON_HOLD' }] },
    });
    const chat = new Timeline(rulesetOf([rule]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'PARKED' }));
    expect(chat.outcomes()).toEqual(['r fired']);
  });

  test('says which value, where, and what to do, once for the event, and acts on nothing', async () => {
    const chat = await judge(NOT_ENDED);
    expect(chat.actions).toEqual([]);
    expect(chat.decisions).toHaveLength(1);
    expect(chat.decisions[0]?.reason).toContain('"PARKED" of session.status');
    expect(chat.decisions[0]?.reason).toContain('vigia vocabulary accept PARKED');
    expect(chat.decisions[0]?.trace).toBeDefined();
  });

  test('matches once the value has been accepted', async () => {
    const rule = aRule({ id: 'r', trigger: on, conditions, onUnknown: 'skip' });
    const chat = new Timeline(rulesetOf([rule]));
    chat.vocabulary = new Map([['session.status', new Set(['PARKED'])]]);
    await chat.run(START, parked());
    expect(chat.outcomes()).toEqual(['r fired']);
  });

  test('an accepted value is accepted in its own vocabulary only', async () => {
    const rule = aRule({ id: 'r', trigger: on, conditions, onUnknown: 'skip' });
    const chat = new Timeline(rulesetOf([rule]));
    chat.vocabulary = new Map([['session.replyStatus', new Set(['PARKED'])]]);
    await chat.run(START, parked());
    expect(chat.outcomes()).toEqual(['r skipped']);
  });
});

describe('onUnknown', () => {
  test('match judges as it stands', async () => {
    const chat = await judge(NOT_ENDED, 'PARKED', { onUnknown: 'match' });
    expect(chat.outcomes()).toEqual(['r fired']);
    expect(chat.unknownMet).toEqual([]);
  });

  test('alert judges as it stands, and notes what the owner is to be told', async () => {
    const chat = await judge(NOT_ENDED, 'PARKED', { onUnknown: 'alert' });
    expect(chat.outcomes()).toEqual(['r fired']);
    expect(chat.unknownMet).toEqual([{ ruleId: 'r', vocabulary: 'session.status', value: 'PARKED' }]);
  });

  test('alert notes nothing where the conditions do not rest on it', async () => {
    const chat = await judge({ any: [EXISTS, NOT_ENDED] }, 'PARKED', { onUnknown: 'alert' });
    expect(chat.outcomes()).toEqual(['r fired']);
    expect(chat.unknownMet).toEqual([]);
  });
});

describe('a hold rule that skips what it does not know', () => {
  const rule = aRule({
    id: 'idle',
    conditions,
    onUnknown: 'skip',
    steps: [],
    onResolve: [anAction('slack.post', { channel: '#ops', text: 'over' })],
  });

  test('arms no hold on it', async () => {
    const chat = new Timeline(rulesetOf([rule]));
    await chat.run(START, parked());
    await chat.run(START + 60 * MINUTE);
    expect(chat.outcomes()).toEqual(['idle skipped']);
    expect([...chat.episodes.values()]).toEqual([]);
  });

  test('lets a running hold go, and begins anew with the next value that is known', async () => {
    const chat = new Timeline(rulesetOf([rule]));
    await chat.run(START, statusEvent(START, 'OPEN', { old: 'CREATED' }));
    await chat.run(START + MINUTE, parked(START + MINUTE));
    await chat.run(START + 2 * MINUTE, statusEvent(START + 2 * MINUTE, 'ON_HOLD', { old: 'PARKED' }));
    await chat.run(START + 17 * MINUTE - 1);
    expect(chat.outcomes()).toEqual(['idle armed', 'idle disarmed', 'idle armed']);
    expect(chat.decisions[1]?.reason).toContain('"PARKED"');
    await chat.run(START + 17 * MINUTE);
    expect(chat.outcomes().at(-1)).toBe('idle fired');
  });

  test('leaves an episode that has fired as it is: it is not known that it is over', async () => {
    const chat = new Timeline(rulesetOf([rule]));
    await chat.run(START, statusEvent(START, 'OPEN', { old: 'CREATED' }));
    await chat.run(START + 15 * MINUTE);
    await chat.run(START + 16 * MINUTE, parked(START + 16 * MINUTE));
    expect(chat.outcomes()).toEqual(['idle armed', 'idle fired', 'idle skipped']);
    expect([...chat.episodes.values()][0]?.endedAt).toBeUndefined();
    await chat.run(START + 17 * MINUTE, statusEvent(START + 17 * MINUTE, 'ENDED', { old: 'PARKED' }));
    expect(chat.outcomes().at(-1)).toBe('idle resolved');
  });

  test('is not moved back by a late event over a stretch that it does not know', async () => {
    const chat = new Timeline(rulesetOf([rule]));
    await chat.run(START, parked());
    const open = statusEvent(START + 4 * MINUTE, 'OPEN', { old: 'PARKED' });
    await chat.run(START + 4 * MINUTE, open);
    await chat.run(START + 5 * MINUTE, messageEvent(START + MINUTE, 'IN'));
    const [episode] = [...chat.episodes.values()];
    expect(episode?.startedAt).toBe(START + 4 * MINUTE);
  });

  test('a ruleset that comes into force holds no chat in a state that it does not know', async () => {
    const chat = new Timeline(rulesetOf([]));
    await chat.run(START, parked());
    chat.ruleset = rulesetOf([rule]);
    await chat.sweep(START + MINUTE, ['idle']);
    await chat.run(START + 60 * MINUTE);
    expect(chat.outcomes()).toEqual(['idle skipped']);
  });
});

describe('a rule whose conditions read no vocabulary', () => {
  test('has nothing compiled for it', () => {
    const channel: Condition = { fact: 'session', path: '$.channelId', operator: 'notEqual', value: 'c9' };
    const ruleset = rulesetOf([
      aRule({ id: 'plain', conditions: { all: [channel] } }),
      aRule({ id: 'reads', conditions: { all: [channel, ON_HOLD] } }),
    ]);
    expect([...ruleset.openConditions.keys()]).toEqual(['reads']);
  });
});

/** Conditions over three vocabularies that do not name what is unknown to them. */
const leaf = fc.oneof(
  fc.record({
    fact: fc.constant('session'),
    path: fc.constant('$.status'),
    operator: fc.constantFrom('equal', 'notEqual', 'not:equal', 'startsWith'),
    value: fc.constantFrom('OPEN', 'ON_HOLD', 'ENDED', 'O', 'PAR'),
  }),
  fc.record({
    fact: fc.constant('session'),
    path: fc.constant('$.status'),
    operator: fc.constantFrom('in', 'notIn'),
    value: fc.subarray(['OPEN', 'ON_HOLD', 'ENDED'], { minLength: 1 }),
  }),
  fc.record({
    fact: fc.constant('session'),
    path: fc.constantFrom('$.status', '$.replyStatus', '$.assigneeId'),
    operator: fc.constant('exists'),
    value: fc.boolean(),
  }),
  fc.record({
    fact: fc.constant('session'),
    path: fc.constant('$.replyStatus'),
    operator: fc.constantFrom('equal', 'notEqual'),
    value: fc.constantFrom('ACCEPTED', 'UNASSIGNED'),
  }),
);
const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
}));

describe('of any conditions', () => {
  const facts = (status: string): Facts => ({
    session: { id: 's1', status, replyStatus: 'ACCEPTED' },
  });

  test('those that are said to hold whatever an unknown value means, do so for every value', async () => {
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (condition) => {
        const rule = aRule({ id: 'r', conditions: { all: [condition] } });
        const { evaluator, openConditions } = rulesetOf([rule]);
        const met = await evaluator.evaluate(rule, facts('PARKED'), START);
        if (!met.ok) throw new Error(met.reason);
        const verdict = decide(openConditions.get('r'), met.trace, ({ value }) => value === 'PARKED', []);
        if (verdict === undefined) return;
        decided += 1;
        expect(verdict).toBe(met.result);
        for (const status of [...SESSION_STATUSES, 'ANOTHER']) {
          const other = await evaluator.evaluate(rule, facts(status), START);
          expect(other.ok && other.result).toBe(verdict);
        }
      }),
      { numRuns: 300 },
    );
    expect(decided).toBeGreaterThan(30);
  });
});

describe('who reads a vocabulary', () => {
  const rules = [
    aRule({ id: 'by-status', conditions: { all: [ON_HOLD] } }),
    aRule({
      id: 'by-change',
      trigger: on,
      conditions: { all: [{ fact: 'transition', operator: 'changedTo', value: 'ENDED' }] },
    }),
    aRule({ id: 'by-name', conditions: { all: [{ condition: 'open' }] } }),
    aRule({
      id: 'by-field',
      trigger: on,
      conditions: { all: [{ fact: 'event', path: '$.queueId', operator: 'equal', value: '1' }] },
    }),
    aRule({ id: 'off', mode: 'off', conditions: { all: [ON_HOLD] } }),
  ];
  const { readers } = rulesetOf(rules, { open: NOT_ENDED });
  const ids = (field: string, value: string) =>
    readersOf(readers, field, value)
      .map(({ id }) => id)
      .sort();

  test('is every rule in force with a condition over it, by name too', () => {
    expect(ids('session.status', 'PARKED')).toEqual(['by-change', 'by-name', 'by-status']);
  });

  test('of a type of events, every rule for it; of a field, every rule that names it', () => {
    expect(ids('event.type', 'IM_Session_Status')).toEqual(['by-change', 'by-field']);
    expect(ids('event.type', 'IM_New')).toEqual([]);
    expect(ids('event.field', 'IM_Session_Status.queueId')).toEqual(['by-field']);
    expect(ids('event.field', 'IM_Session_Status.other')).toEqual([]);
  });
});
