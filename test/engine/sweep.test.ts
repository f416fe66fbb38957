import { describe, expect, test } from 'vitest';
import type { Rule } from '../../src/domain/rule.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent, Timeline } from '../support/timeline.ts';

const at = (minute: number) => START + minute * MINUTE;
const hold = (minutes: number, more: Partial<Rule> = {}) =>
  aRule({ id: 'hold', trigger: { kind: 'hold', forMs: minutes * MINUTE }, ...more });
const card = anAction('slack.alert', { channel: '#ops', text: 'x' });

/** A chat on hold since minute 0, judged by these rules; `edit` brings others into force. */
async function onHold(...rules: Rule[]) {
  const chat = new Timeline(rulesetOf(rules));
  await chat.run(at(0), statusEvent(at(0), 'ON_HOLD', { old: 'OPEN' }));
  const edit = async (minute: number, ...edited: Rule[]) => {
    chat.ruleset = rulesetOf(edited);
    await chat.sweep(at(minute), ['hold']);
  };
  return { chat, edit };
}

describe('an edit of a rule whose hold is running', () => {
  test('that waits longer keeps the start and moves the due time', async () => {
    const { chat, edit } = await onHold(hold(15));
    await edit(5, hold(20));
    await chat.run(at(19));
    expect(chat.outcomes()).toEqual(['hold armed', 'hold armed']);
    await chat.run(at(20));
    expect(chat.outcomes().at(-1)).toBe('hold fired');
  });

  test('that waits less than has passed already fires at once', async () => {
    const { chat, edit } = await onHold(hold(30));
    await edit(10, hold(5));
    expect(chat.outcomes()).toEqual(['hold armed', 'hold armed', 'hold fired']);
  });

  test('whose conditions do not hold any more ends it', async () => {
    const { chat, edit } = await onHold(hold(15));
    const open = { fact: 'session', path: '$.status', operator: 'equal', value: 'OPEN' };
    await edit(5, hold(15, { conditions: { all: [open] } }));
    expect(chat.outcomes()).toEqual(['hold armed', 'hold disarmed']);
    expect(chat.state.episodes).toEqual([]);
  });

  test.each([
    ['is switched off', [hold(15, { mode: 'off' })]],
    ['is removed', []],
    ['becomes an event rule', [hold(15, { trigger: { kind: 'event', on: ['IM_Session_Status'], late: false } })]],
  ])('that %s ends it, and nothing fires', async (_, rules) => {
    const { chat, edit } = await onHold(hold(15));
    await edit(5, ...rules);
    expect(chat.state.episodes).toEqual([]);
    await chat.run(at(30));
    expect(chat.outcomes()).toEqual(['hold armed', 'hold disarmed']);
    expect(chat.actions).toEqual([]);
  });

  test('that goes from shadow to live acts when it falls due', async () => {
    const { chat, edit } = await onHold(hold(15, { mode: 'shadow' }));
    await edit(5, hold(15));
    await chat.run(at(15));
    expect(chat.outcomes()).toEqual(['hold armed', 'hold fired']);
    expect(chat.actions).toHaveLength(1);
  });
});

describe('an edit of a rule that has fired', () => {
  test('does not fire again for the same stretch', async () => {
    const { chat, edit } = await onHold(hold(5, { actions: [card] }));
    await chat.run(at(5));
    await edit(6, hold(2, { actions: [card] }));
    await chat.run(at(30));
    expect(chat.outcomes()).toEqual(['hold armed', 'hold fired']);
  });

  test('resolves its card when the rule is removed', async () => {
    const { chat, edit } = await onHold(hold(5, { actions: [card] }));
    await chat.run(at(5));
    await edit(6);
    expect(chat.outcomes()).toEqual(['hold armed', 'hold fired', 'hold resolved']);
    expect(chat.resolved).toHaveLength(1);
  });
});

describe('a new rule', () => {
  test('holds a chat whose status is newer than the rule from its status on', async () => {
    const chat = new Timeline(rulesetOf([]));
    await chat.run(at(0), statusEvent(at(0), 'ON_HOLD', { old: 'OPEN' }));
    chat.ruleset = rulesetOf([hold(15)]);
    // Loaded at minute -5, and only now looked at.
    await chat.sweep(at(3), ['hold'], at(-5));
    expect(chat.state.episodes).toMatchObject([{ startedAt: at(0), dueAt: at(15) }]);
  });

  test('is not dated back before its loading by a late event', async () => {
    const chat = new Timeline(rulesetOf([]));
    await chat.run(at(2), statusEvent(at(2), 'ON_HOLD', { old: 'ON_HOLD' }));
    chat.ruleset = rulesetOf([hold(15)]);
    await chat.sweep(at(30), ['hold']);
    await chat.run(at(31), statusEvent(at(0), 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.state.episodes).toMatchObject([{ startedAt: at(30), dueAt: at(45) }]);
  });

  test('swept twice, as after a crash, arms once', async () => {
    const { chat, edit } = await onHold();
    await edit(5, hold(15));
    await edit(5, hold(15));
    expect(chat.outcomes()).toEqual(['hold armed']);
    expect(chat.state.episodes).toHaveLength(1);
  });
});

describe('a start that is not known exactly', () => {
  test('is told to be exact once a late event shows it', async () => {
    const chat = new Timeline(rulesetOf([hold(15)]));
    await chat.run(at(5), statusEvent(at(5), 'ON_HOLD', { old: 'ON_HOLD' }));
    expect(chat.state.episodes).toMatchObject([{ approximate: true, startedAt: at(5) }]);
    await chat.run(at(6), statusEvent(at(1), 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.state.episodes).toMatchObject([{ approximate: false, startedAt: at(1) }]);
  });

  test('is so too when the event that entered the status was missed', async () => {
    const chat = new Timeline(rulesetOf([hold(15)]));
    await chat.run(at(1), statusEvent(at(1), 'OPEN'));
    await chat.run(at(9), statusEvent(at(9), 'ON_HOLD', { old: 'ON_HOLD' }));
    expect(chat.state.episodes).toMatchObject([{ approximate: true, startedAt: at(9) }]);
  });
});
