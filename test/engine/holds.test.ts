import { describe, expect, test } from 'vitest';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline } from '../support/timeline.ts';

const onHold = aRule({ id: 'on-hold' });

describe('a hold rule', () => {
  test('fires once, to the millisecond, when its conditions have held for its time', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.outcomes()).toEqual(['on-hold armed']);
    await chat.run(START + 15 * MINUTE - 1);
    expect(chat.actions).toEqual([]);
    await chat.run(START + 15 * MINUTE);
    await chat.run(START + 60 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold fired']);
    expect(chat.actions).toHaveLength(1);
    expect(chat.actions[0]).toMatchObject({ ruleId: 'on-hold', firedAt: START + 15 * MINUTE, path: '0' });
  });

  test('is cancelled by the event that ends the state', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + MINUTE, statusEvent(START + MINUTE, 'ON_PROGRESS', { old: 'ON_HOLD' }));
    await chat.run(START + 60 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold disarmed']);
    const [episode] = [...chat.episodes.values()];
    expect(episode).toMatchObject({ state: 'cancelled', endedAt: START + MINUTE });
    expect(episode?.endReason).toContain('ON_PROGRESS');
  });

  test('loses against the event that ends the state at the very millisecond of the due time', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    const due = START + 15 * MINUTE;
    await chat.run(due, statusEvent(due, 'ON_PROGRESS', { old: 'ON_HOLD' }));
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold disarmed']);
  });

  test('fires before an event that comes one millisecond after the due time, though both are judged together', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    const due = START + 15 * MINUTE;
    await chat.run(
      due + MINUTE,
      statusEvent(START, 'ON_HOLD', { old: 'OPEN' }),
      statusEvent(due + 1, 'ON_PROGRESS', { old: 'ON_HOLD' }),
    );
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold fired', 'on-hold resolved']);
  });

  test('is not disturbed by messages that leave the state as it is', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + MINUTE, messageEvent(START + MINUTE, 'IN'));
    await chat.run(START + 15 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold fired']);
  });

  test('that falls due later than maxLate is recorded as expired and not carried out', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE + 60 * MINUTE + 1);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold expired']);
    expect(chat.actions).toEqual([]);
    expect([...chat.episodes.values()][0]).toMatchObject({ state: 'expired' });
  });

  test('starts anew when a field of episodeBy changes', async () => {
    const chat = new Timeline(rulesetOf([aRule({ id: 'on-hold', episodeBy: ['session.assigneeId'] })]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    const later = START + 10 * MINUTE;
    await chat.run(later, statusEvent(later, 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'a2' }));
    await chat.run(START + 24 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold disarmed', 'on-hold armed']);
    await chat.run(START + 25 * MINUTE);
    expect(chat.outcomes().at(-1)).toBe('on-hold fired');
  });

  test('marks its start as approximate when the chat is first seen already in the state', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'ON_HOLD' }));
    expect([...chat.episodes.values()][0]).toMatchObject({ approximate: true, startedAt: START });
  });

  test('begins at the late event that shows an earlier start, if it has not fired', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    const seen = START + 5 * MINUTE;
    await chat.run(seen, statusEvent(seen, 'ON_HOLD', { old: 'ON_HOLD' }));
    await chat.run(seen + MINUTE, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold armed', 'on-hold fired']);
    expect([...chat.episodes.values()][0]).toMatchObject({ startedAt: START });
  });

  test('a late event never turns the session back', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    const later = START + 5 * MINUTE;
    await chat.run(later, statusEvent(later, 'ON_PROGRESS', { old: 'ON_HOLD' }));
    await chat.run(later + 1, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.state.session).toMatchObject({ status: 'ON_PROGRESS', previousStatus: 'ON_HOLD', holds: 1 });
    expect(chat.state.session?.timeIn).toEqual({ ON_HOLD: 5 * MINUTE });
    expect(chat.outcomes()).toEqual([]);
  });
});

describe('a ladder', () => {
  const step = (afterMs: number, unless: 'acknowledged' | 'never') => ({
    afterMs,
    unless,
    actions: [anAction('slack.post', { channel: '#leads', text: String(afterMs) })],
  });
  const ladder = aRule({ id: 'ladder', steps: [step(10 * MINUTE, 'acknowledged'), step(20 * MINUTE, 'never')] });
  const fired = START + 15 * MINUTE;

  test('climbs from the firing while the episode lasts', async () => {
    const chat = new Timeline(rulesetOf([ladder]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    for (const at of [fired, fired + 10 * MINUTE, fired + 20 * MINUTE, fired + 60 * MINUTE]) await chat.run(at);
    expect(chat.actions.map(({ firing }) => firing.split('/').at(-1))).toEqual(['0', '1', '2']);
  });

  test('stops when the episode ends', async () => {
    const chat = new Timeline(rulesetOf([ladder]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(fired);
    await chat.run(fired + MINUTE, statusEvent(fired + MINUTE, 'ENDED', { old: 'ON_HOLD' }));
    await chat.run(fired + 60 * MINUTE);
    expect(chat.actions).toHaveLength(1);
  });

  test('an acknowledgement stops a step, but not one that says never', async () => {
    const chat = new Timeline(rulesetOf([ladder]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(fired);
    const episodes = chat.state.episodes.map((episode) => ({ ...episode, acknowledgedAt: fired + 1 }));
    chat.state = { ...chat.state, episodes };
    await chat.run(fired + 10 * MINUTE);
    await chat.run(fired + 20 * MINUTE);
    expect(chat.outcomes()).toEqual(['ladder armed', 'ladder fired', 'ladder skipped', 'ladder fired']);
  });
});

describe('a fired episode', () => {
  const alerting = aRule({
    id: 'alerting',
    actions: [anAction('slack.alert', { channel: '#ops', text: 'x' })],
    onResolve: [anAction('slack.post', { channel: '#ops', text: 'over' })],
  });

  test('resolves its card and runs onResolve when the state ends', async () => {
    const chat = new Timeline(rulesetOf([alerting]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE);
    const alertId = chat.actions[0]?.id;
    await chat.run(START + 16 * MINUTE, statusEvent(START + 16 * MINUTE, 'ON_PROGRESS', { old: 'ON_HOLD' }));
    expect(chat.resolved).toEqual([alertId]);
    expect(chat.actions.map(({ spec }) => spec.type)).toEqual(['slack.alert', 'slack.post', 'slack.alertUpdate']);
    expect(chat.actions.at(-1)?.spec.params).toMatchObject({ alertId, change: 'resolved' });
  });

  test('a shadow rule keeps episodes and decides, but queues nothing', async () => {
    const chat = new Timeline(rulesetOf([aRule({ ...alerting, mode: 'shadow' })]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE);
    await chat.run(START + 16 * MINUTE, statusEvent(START + 16 * MINUTE, 'ENDED', { old: 'ON_HOLD' }));
    expect(chat.outcomes()).toEqual(['alerting armed', 'alerting shadow', 'alerting resolved']);
    expect(chat.actions).toEqual([]);
    expect(chat.decisions.every(({ mode }) => mode === 'shadow')).toBe(true);
  });
});

describe('limits and exclusive groups', () => {
  const both = (a: object, b: object) =>
    rulesetOf([
      aRule({ id: 'first', priority: 10, exclusive: 'g', ...a }),
      aRule({ id: 'second', exclusive: 'g', ...b }),
    ]);
  async function fireBoth(ruleset: ReturnType<typeof rulesetOf>) {
    const chat = new Timeline(ruleset);
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE);
    return chat.outcomes().slice(2);
  }

  test('of one group only the first by priority acts', async () => {
    expect(await fireBoth(both({}, {}))).toEqual(['first fired', 'second excluded']);
  });

  test('a shadow rule never takes the place of a live one', async () => {
    expect(await fireBoth(both({ mode: 'shadow' }, {}))).toEqual(['first shadow', 'second fired']);
  });

  test('what is over the limit is recorded as limited, in a sliding window', async () => {
    const limit = { count: 1, per: 'session' as const, withinMs: 60 * MINUTE };
    const chat = new Timeline(rulesetOf([aRule({ id: 'capped', limit, trigger: { kind: 'hold', forMs: MINUTE } })]));
    for (const minute of [0, 10, 61]) {
      const at = START + minute * MINUTE;
      await chat.run(at, statusEvent(at, 'ON_HOLD', { old: 'OPEN' }));
      await chat.run(at + MINUTE);
      await chat.run(at + 2 * MINUTE, statusEvent(at + 2 * MINUTE, 'OPEN', { old: 'ON_HOLD' }));
    }
    const told = chat.outcomes().filter((outcome) => /fired|limited/.test(outcome));
    expect(told).toEqual(['capped fired', 'capped limited', 'capped fired']);
    expect(chat.actions).toHaveLength(2);
  });
});

describe('a ruleset that comes into force', () => {
  test('holds a chat that was there before from the loading of a new rule', async () => {
    const chat = new Timeline(rulesetOf([]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    chat.ruleset = rulesetOf([onHold]);
    const loaded = START + 30 * MINUTE;
    await chat.sweep(loaded, ['on-hold']);
    await chat.run(loaded + 15 * MINUTE - 1);
    expect(chat.outcomes()).toEqual(['on-hold armed']);
    await chat.run(loaded + 15 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold fired']);
  });

  test('keeps the start of an edited rule and judges by the new text', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    chat.ruleset = rulesetOf([aRule({ id: 'on-hold', trigger: { kind: 'hold', forMs: 5 * MINUTE } })]);
    await chat.sweep(START + MINUTE, ['on-hold']);
    await chat.run(START + 5 * MINUTE);
    expect(chat.outcomes().at(-1)).toBe('on-hold fired');
  });

  test('an edit that shortens the wait fires for those who have waited longest, however long ago they were due', async () => {
    const threeHours = aRule({ id: 'on-hold', trigger: { kind: 'hold', forMs: 180 * MINUTE } });
    const chat = new Timeline(rulesetOf([threeHours]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    chat.ruleset = rulesetOf([onHold]);
    const edited = START + 120 * MINUTE;
    await chat.sweep(edited, ['on-hold']);
    await chat.run(edited + 1);
    expect(chat.outcomes().at(-1)).toBe('on-hold fired');
    expect(chat.actions[0]?.expiresAt).toBeGreaterThan(edited);
  });

  test('what fired in shadow does nothing after its rule went live', async () => {
    const step = { afterMs: MINUTE, unless: 'acknowledged' as const, actions: [anAction('slack.post')] };
    const shadow = aRule({ id: 'on-hold', mode: 'shadow', steps: [step], onResolve: [anAction('slack.post')] });
    const chat = new Timeline(rulesetOf([shadow]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    await chat.run(START + 15 * MINUTE);
    chat.ruleset = rulesetOf([aRule({ ...shadow, mode: 'live', contentHash: 'live' })]);
    await chat.sweep(START + 15 * MINUTE + 1, ['on-hold']);
    await chat.run(START + 17 * MINUTE);
    await chat.run(START + 18 * MINUTE, statusEvent(START + 18 * MINUTE, 'ENDED', { old: 'ON_HOLD' }));
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold shadow', 'on-hold shadow', 'on-hold resolved']);
    expect(chat.actions).toEqual([]);
  });

  test('ends the holds of a rule that is gone', async () => {
    const chat = new Timeline(rulesetOf([onHold]));
    await chat.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN' }));
    chat.ruleset = rulesetOf([]);
    await chat.sweep(START + MINUTE, ['on-hold']);
    await chat.run(START + 60 * MINUTE);
    expect(chat.outcomes()).toEqual(['on-hold armed', 'on-hold disarmed']);
  });
});
