import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionSpec } from '../../src/domain/action.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline, toEvent } from '../support/timeline.ts';

const at = (minute: number) => START + minute * MINUTE;
const always = { all: [] };

/** An event rule that every status event meets. */
function onStatus(rule: Partial<Rule> & { id: string }): Rule {
  return aRule({
    conditions: always,
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    ...rule,
  });
}

/** Fires once for a chat. */
const once = { count: 1, per: 'session' as const, withinMs: 24 * 60 * MINUTE };
const card: ActionSpec = anAction('slack.alert', { channel: '#ops', text: 'x' });
const step = (afterMs: number) => ({ afterMs, unless: 'acknowledged' as const, actions: [anAction('slack.post')] });

describe('an event rule', () => {
  test('fires on each event of its types that meets its conditions, and on no other', async () => {
    const opened = onStatus({
      id: 'opened',
      conditions: { all: [{ fact: 'event', path: '$.sessionStatus', operator: 'equal', value: 'OPEN' }] },
    });
    const chat = new Timeline(rulesetOf([opened]));
    await chat.run(
      at(9),
      statusEvent(at(0), 'OPEN'),
      messageEvent(at(1), 'IN'),
      statusEvent(at(2), 'ON_HOLD', { old: 'OPEN' }),
      statusEvent(at(3), 'OPEN', { old: 'ON_HOLD' }),
    );
    expect(chat.decisions.map(({ at }) => at)).toEqual([at(0), at(3)]);
    expect(chat.actions.map(({ firedAt }) => firedAt)).toEqual([at(0), at(3)]);
    expect(new Set(chat.actions.map(({ key }) => key)).size).toBe(2);
  });

  test('sees the chat as it stands after the event, and the transition', async () => {
    const left = onStatus({
      id: 'left-hold',
      conditions: {
        all: [
          { fact: 'transition', path: '$.from', operator: 'equal', value: 'ON_HOLD' },
          { fact: 'session', path: '$.status', operator: 'equal', value: 'ENDED' },
          { fact: 'session', path: '$.timeIn.ON_HOLD', operator: 'equal', value: 5 * MINUTE },
        ],
      },
    });
    const chat = new Timeline(rulesetOf([left]));
    await chat.run(at(0), statusEvent(at(0), 'ON_HOLD'));
    await chat.run(at(5), statusEvent(at(5), 'ENDED', { old: 'ON_HOLD' }));
    expect(chat.outcomes()).toEqual(['left-hold fired']);
  });

  test('that is switched off does nothing, and one in shadow decides without acting', async () => {
    const chat = new Timeline(
      rulesetOf([onStatus({ id: 'off', mode: 'off' }), onStatus({ id: 'dry', mode: 'shadow' })]),
    );
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    expect(chat.outcomes()).toEqual(['dry shadow']);
    expect(chat.decisions[0]).toMatchObject({ mode: 'shadow', step: 0 });
    expect(chat.actions).toEqual([]);
  });

  test('is fired by a late event only where it says so', async () => {
    const late = { kind: 'event' as const, on: ['IM_Session_Status', 'IM_Message_Add'], late: true };
    const chat = new Timeline(rulesetOf([onStatus({ id: 'punctual' }), onStatus({ id: 'patient', trigger: late })]));
    await chat.run(at(5), statusEvent(at(5), 'ENDED', { old: 'OPEN' }));
    chat.decisions.length = 0;
    await chat.run(at(6), statusEvent(at(1), 'OPEN'));
    expect(chat.outcomes()).toEqual(['patient fired']);
    await chat.run(at(7), messageEvent(at(2), 'IN'));
    expect(chat.outcomes()).toEqual(['patient fired', 'patient fired']);
    expect(chat.state.session).toMatchObject({ status: 'ENDED', messagesIn: 1 });
  });

  test('counts an event of the same millisecond as the newest as not late', async () => {
    const chat = new Timeline(rulesetOf([onStatus({ id: 'any' })]));
    await chat.run(at(1), statusEvent(at(1), 'OPEN'));
    await chat.run(at(1), statusEvent(at(1), 'ON_PROGRESS', { old: 'OPEN' }));
    expect(chat.outcomes()).toEqual(['any fired', 'any fired']);
  });

  test('for events of other modules judges without a chat', async () => {
    const ticket: DeskEvent = {
      ...toEvent('Ticket_Update', at(1), '', { id: 't1', status: 'Escalated', subject: 'about my card' }),
      subject: 'Ticket:t1',
      previous: { status: 'Open' },
    };
    const { sessionId: _, ...event } = ticket;
    const escalated = aRule({
      id: 'escalated',
      trigger: { kind: 'event', on: ['Ticket_Update'], late: false },
      conditions: {
        all: [
          { fact: 'event', path: '$.status', operator: 'equal', value: 'Escalated' },
          { fact: 'event', path: '$.previous.status', operator: 'equal', value: 'Open' },
          { fact: 'session', path: '$.status', operator: 'exists', value: false },
        ],
      },
      actions: [card],
    });
    const chat = new Timeline(rulesetOf([escalated, aRule({ id: 'hold' })]), 'Ticket:t1');
    await chat.run(at(1), event);
    expect(chat.outcomes()).toEqual(['escalated fired']);
    expect(chat.state.session).toBeUndefined();
    expect(chat.decisions[0]?.sessionId).toBeUndefined();
    expect(chat.actions).toMatchObject([{ subject: 'Ticket:t1' }]);
    expect(chat.state.episodes).toEqual([]);
  });

  test('meets whatever values a status event brings without an error', async () => {
    const operators = ['equal', 'in', 'greaterThan', 'startsWith', 'olderThan', 'between', 'contains', 'changedTo'];
    const rules = operators.flatMap((operator) => [
      onStatus({
        id: `event-${operator.toLowerCase()}`,
        conditions: {
          any: [
            { fact: 'event', path: '$.sessionStatus', operator, value: 'ON_HOLD' },
            { fact: 'transition', path: '$', operator, value: 'ON_HOLD' },
            { fact: 'event', path: '$.anything.below', operator, value: [1, 2] },
          ],
        },
      }),
      aRule({
        id: `hold-${operator.toLowerCase()}`,
        conditions: { any: [{ fact: 'session', path: '$.status', operator, value: 'ON_HOLD' }] },
      }),
    ]);
    const ruleset = rulesetOf(rules);
    const json = fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json);
    const strange = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, '', 'A_NEW_STATUS', '__proto__'), json);
    const payloads = fc.record({
      sessionStatus: strange,
      sessionOldStatus: strange,
      currentAssigneeId: strange,
      replyStatus: strange,
      channelId: strange,
      messagesCount: strange,
      anything: strange,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(payloads, { minLength: 1, maxLength: 3 }), async (payloads) => {
        const chat = new Timeline(ruleset);
        for (const [index, payload] of payloads.entries()) {
          await chat.run(at(index), toEvent('IM_Session_Status', at(index), 's1', payload as JsonObject));
        }
        await chat.run(at(30));
        expect(chat.outcomes().filter((outcome) => outcome.endsWith('error'))).toEqual([]);
        expect(chat.ledger).toHaveLength(payloads.length);
      }),
      { numRuns: 150 },
    );
  });
});

describe('an exclusive group of event rules', () => {
  test('lets only the first by priority act at one event, and each event anew', async () => {
    const held: Rule['conditions'] = {
      all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }],
    };
    const chat = new Timeline(
      rulesetOf([
        onStatus({ id: 'fallback', exclusive: 'g' }),
        onStatus({ id: 'special', exclusive: 'g', priority: 5, conditions: held }),
        onStatus({ id: 'apart' }),
      ]),
    );
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    await chat.run(at(1), statusEvent(at(1), 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.outcomes()).toEqual([
      'apart fired',
      'fallback fired',
      'special fired',
      'apart fired',
      'fallback excluded',
    ]);
  });

  test('passes the place on when the first is over its limit', async () => {
    const limit = { count: 1, per: 'session' as const, withinMs: 60 * MINUTE };
    const chat = new Timeline(
      rulesetOf([
        onStatus({ id: 'first', exclusive: 'g', priority: 5, limit }),
        onStatus({ id: 'second', exclusive: 'g' }),
      ]),
    );
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    await chat.run(at(1), statusEvent(at(1), 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.outcomes()).toEqual(['first fired', 'second excluded', 'first limited', 'second fired']);
  });
});

describe('a limit', () => {
  const scoped = (per: 'session' | 'channel' | 'agent' | 'rule', more: Partial<Rule> = {}) =>
    rulesetOf([onStatus({ id: 'capped', limit: { count: 1, per, withinMs: 10 * MINUTE }, ...more })]);

  test.each([
    ['session', 's1', {}, false],
    ['session', 's2', {}, true],
    ['channel', 's2', { channelId: 'c1' }, false],
    ['channel', 's2', { channelId: 'c2' }, true],
    ['agent', 's2', { currentAssigneeId: 'a1' }, false],
    ['agent', 's2', { currentAssigneeId: 'a2' }, true],
    ['rule', 's2', { channelId: 'c2', currentAssigneeId: 'a2' }, false],
  ] as const)('per %s, next for %s with %o: fires again %s', async (per, sessionId, more, firesAgain) => {
    const ruleset = scoped(per);
    const first = new Timeline(ruleset);
    await first.run(at(0), statusEvent(at(0), 'OPEN'));
    const next = sessionId === 's1' ? first : new Timeline(ruleset, sessionId, first.limits);
    await next.run(at(1), statusEvent(at(1), 'ON_HOLD', { old: 'OPEN', sessionId, ...more }));
    expect(next.outcomes().at(-1)).toBe(firesAgain ? 'capped fired' : 'capped limited');
  });

  test('is a window that slides: what fired longer ago than it does not count', async () => {
    const chat = new Timeline(scoped('session'));
    for (const minute of [0, 9, 10, 19, 20]) {
      await chat.run(at(minute), statusEvent(at(minute), `S${minute}`));
    }
    expect(chat.outcomes()).toEqual([
      'capped fired',
      'capped limited',
      'capped fired',
      'capped limited',
      'capped fired',
    ]);
  });

  test('counts firings in shadow apart from live ones', async () => {
    const chat = new Timeline(scoped('session', { mode: 'shadow' }));
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    chat.ruleset = scoped('session');
    await chat.run(at(1), statusEvent(at(1), 'ON_HOLD'));
    await chat.run(at(2), statusEvent(at(2), 'OPEN'));
    expect(chat.outcomes()).toEqual(['capped shadow', 'capped fired', 'capped limited']);
  });
});

describe('an event rule with a card or a ladder', () => {
  test('has an episode, which ends with the chat and resolves the card', async () => {
    const chat = new Timeline(
      rulesetOf([onStatus({ id: 'lost', limit: once, actions: [card], steps: [step(10 * MINUTE)] })]),
    );
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    expect(chat.state.episodes).toMatchObject([{ kind: 'event', state: 'fired', nextAt: at(10) }]);
    await chat.run(at(5), statusEvent(at(5), 'ENDED', { old: 'OPEN' }));
    expect(chat.state.episodes).toEqual([]);
    expect(chat.resolved).toEqual([chat.actions[0]?.id]);
    await chat.run(at(30));
    expect(chat.actions.map(({ spec }) => spec.type)).toEqual(['slack.alert', 'slack.alertUpdate']);
  });

  test('climbs while the chat is open', async () => {
    const chat = new Timeline(
      rulesetOf([onStatus({ id: 'lost', limit: once, steps: [step(MINUTE), step(5 * MINUTE)] })]),
    );
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    for (const minute of [1, 2, 5, 9]) await chat.run(at(minute));
    expect(chat.actions.map(({ firing }) => firing.split('/').at(-1))).toEqual(['0', '1', '2']);
    await chat.run(at(10), statusEvent(at(10), 'ENDED', { old: 'OPEN' }));
    expect(chat.state.episodes).toEqual([]);
  });

  test('opened in the very millisecond in which the chat ends, ends with it all the same', async () => {
    const events = [messageEvent(at(1), 'IN'), statusEvent(at(1), 'ENDED', { old: 'OPEN' })];
    const onMessage = { kind: 'event' as const, on: ['IM_Message_Add'], late: false };
    for (const order of [events, events.toReversed()]) {
      const chat = new Timeline(rulesetOf([onStatus({ id: 'asked', trigger: onMessage, actions: [card] })]));
      await chat.run(at(0), statusEvent(at(0), 'OPEN'));
      for (const event of order) await chat.run(at(1), event);
      expect(chat.state.episodes).toEqual([]);
    }
  });

  test('that begins with the end of the chat climbs to its last step, whatever comes after the end', async () => {
    const ended = onStatus({
      id: 'review',
      conditions: { all: [{ fact: 'transition', path: '$', operator: 'changedTo', value: 'ENDED' }] },
      actions: [card],
      steps: [step(10 * MINUTE)],
    });
    const chat = new Timeline(rulesetOf([ended]));
    await chat.run(at(0), statusEvent(at(0), 'OPEN'));
    await chat.run(at(1), statusEvent(at(1), 'ENDED', { old: 'OPEN' }));
    await chat.run(at(2), messageEvent(at(2), 'OUT', { messageType: 'INFO' }));
    expect(chat.state.episodes).toHaveLength(1);
    await chat.run(at(11));
    expect(chat.actions.map(({ spec }) => spec.type)).toEqual(['slack.alert', 'slack.post', 'slack.alertUpdate']);
    expect(chat.state.episodes).toEqual([]);
  });

  test('without a chat ends with the last step of its ladder', async () => {
    const { sessionId: _, ...event } = { ...toEvent('Ticket_Add', at(0), '', { id: 't1' }), subject: 'Ticket:t1' };
    const rule = onStatus({
      id: 'ticket',
      trigger: { kind: 'event', on: ['Ticket_Add'], late: false },
      actions: [card],
      steps: [step(MINUTE)],
    });
    const chat = new Timeline(rulesetOf([rule]), 'Ticket:t1');
    await chat.run(at(0), event);
    await chat.run(at(1));
    expect(chat.state.episodes).toEqual([]);
    expect(chat.resolved).toHaveLength(1);
  });

  test('in a chat that has ended already opens no episode for a card alone', async () => {
    const chat = new Timeline(rulesetOf([onStatus({ id: 'lost', actions: [card] })]));
    await chat.run(at(0), statusEvent(at(0), 'ENDED'));
    expect(chat.state.episodes).toEqual([]);
    expect(chat.actions).toHaveLength(1);
  });
});
