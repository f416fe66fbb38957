import { describe, expect, test } from 'vitest';
import { inhibitorName } from '../../src/engine/subject-state.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline } from '../support/timeline.ts';

const held = aRule({ id: 'held', inhibitedBy: ['revoked'] });
const said = aRule({
  id: 'said',
  trigger: { kind: 'event', on: ['IM_Message_Add'], late: false },
  conditions: { all: [] },
  inhibitedBy: ['other', 'revoked'],
});
const REVOKED = inhibitorName({ ruleId: 'revoked', channelId: 'c1' });
const due = START + 15 * MINUTE;

async function heldChat(rules = [held]): Promise<Timeline> {
  const chat = new Timeline(rulesetOf(rules));
  await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
  return chat;
}

describe('a hold of a rule with inhibitedBy', () => {
  test('waits while the other rule has an open episode on the channel, says so once, and fires when it is over', async () => {
    const chat = await heldChat();
    chat.inhibitors.set(REVOKED, ['channel:c1']);
    await chat.run(due);
    expect(chat.outcomes()).toEqual(['held armed', 'held inhibited']);
    expect(chat.decisions.at(-1)?.reason).toContain('revoked');
    expect([...chat.episodes.values()]).toMatchObject([{ state: 'running', dueAt: due, inhibitedSince: due }]);
    for (let minute = 1; minute < 90; minute += 1) await chat.run(due + minute * MINUTE);
    expect(chat.outcomes()).toHaveLength(2);
    expect(chat.actions).toEqual([]);
    chat.inhibitors.delete(REVOKED);
    // An hour and a half late by its due time: maxLate is one hour, and counts from the end of what held it back.
    await chat.run(due + 90 * MINUTE);
    expect(chat.outcomes().at(-1)).toBe('held fired');
    expect(chat.actions).toHaveLength(1);
  });

  test('is over when the chat goes on meanwhile', async () => {
    const chat = await heldChat();
    chat.inhibitors.set(REVOKED, ['channel:c1']);
    await chat.run(due + 3 * MINUTE);
    await chat.run(due + 4 * MINUTE, statusEvent(due + 4 * MINUTE, 'OPEN', { old: 'ON_HOLD' }));
    chat.inhibitors.delete(REVOKED);
    await chat.run(due + 10 * MINUTE);
    expect(chat.outcomes()).toEqual(['held armed', 'held inhibited', 'held disarmed']);
  });

  test('does not mind episodes on other channels', async () => {
    const chat = await heldChat();
    chat.inhibitors.set(inhibitorName({ ruleId: 'revoked', channelId: 'c2' }), ['channel:c2']);
    await chat.run(due);
    expect(chat.outcomes().at(-1)).toBe('held fired');
  });

  test('knows the episodes of its own chat best: one that ends just now holds nothing back', async () => {
    const inhibitor = aRule({ id: 'revoked', trigger: { kind: 'hold', forMs: 5 * MINUTE } });
    const chat = await heldChat([held, inhibitor]);
    await chat.run(due);
    expect(chat.outcomes()).toEqual(['held armed', 'revoked armed', 'revoked fired', 'held inhibited']);
    // The store still knows the inhibitor's episode as open, of this very chat.
    chat.inhibitors.set(REVOKED, ['s1']);
    chat.ruleset = rulesetOf([held]);
    await chat.sweep(due + MINUTE, ['revoked']);
    await chat.run(due + 2 * MINUTE);
    expect(chat.outcomes().at(-1)).toBe('held fired');
  });
});

test('a rule in shadow holds nothing back', async () => {
  const chat = await heldChat([
    held,
    aRule({ id: 'revoked', mode: 'shadow', trigger: { kind: 'hold', forMs: 5 * MINUTE } }),
  ]);
  await chat.run(due);
  expect(chat.outcomes().slice(2)).toEqual(['revoked shadow', 'held fired']);
});

test('a firing of an event rule that is held back is recorded and lost, and leaves its group to the next rule', async () => {
  const next = { ...said, id: 'next', inhibitedBy: [], priority: 1, exclusive: 'one' };
  const chat = new Timeline(rulesetOf([{ ...said, priority: 2, exclusive: 'one' }, next]));
  await chat.run(START, statusEvent(START, 'OPEN'));
  chat.inhibitors.set(REVOKED, ['channel:c1']);
  await chat.run(START + 1, messageEvent(START + 1, 'IN'));
  expect(chat.outcomes()).toEqual(['said inhibited', 'next fired']);
  chat.inhibitors.delete(REVOKED);
  await chat.run(START + 2, messageEvent(START + 2, 'IN'));
  expect(chat.outcomes().slice(2)).toEqual(['said fired', 'next excluded']);
});

test('what was held back counts against no limit', async () => {
  const limited = { ...said, limit: { count: 1, per: 'rule' as const, withinMs: 60 * MINUTE } };
  const chat = new Timeline(rulesetOf([{ ...limited, actions: [anAction('slack.post')] }]));
  await chat.run(START, statusEvent(START, 'OPEN'));
  chat.inhibitors.set(REVOKED, ['channel:c1']);
  await chat.run(START + 1, messageEvent(START + 1, 'IN'));
  chat.inhibitors.delete(REVOKED);
  await chat.run(START + 2, messageEvent(START + 2, 'IN'));
  expect(chat.outcomes()).toEqual(['said inhibited', 'said fired']);
});
