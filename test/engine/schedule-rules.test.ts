import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/domain/rule.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent, Timeline } from '../support/timeline.ts';

/** Schedule rules in the pure core: what is computed is given by the test. */
const LONG_QUEUE: Condition = { fact: 'queue', path: '$.count', operator: 'greaterThan', value: 10 };

function scheduleRule(rule: Partial<Rule> & { id: string }): Rule {
  return aRule({
    trigger: { kind: 'schedule', every: { kind: 'interval', ms: MINUTE } },
    conditions: { all: [LONG_QUEUE] },
    actions: [anAction('slack.post', { channel: '#ops', text: '{{ queue.count }} wait' }, { facts: ['queue'] })],
    ...rule,
  });
}

/** A timeline whose queue has these lengths, minute by minute from START. */
function timelineOf(rules: Rule[], counts: readonly number[], subject = 'desk'): Timeline {
  const timeline = new Timeline(rulesetOf(rules), subject);
  timeline.desk = (key) => ({ count: counts[Math.round((key.at - START) / MINUTE)] ?? 0 });
  return timeline;
}

const atMinute = (minute: number, ...ruleIds: string[]) =>
  (ruleIds.length === 0 ? ['r'] : ruleIds).map((ruleId) => ({ ruleId, at: START + minute * MINUTE }));

async function tickThrough(timeline: Timeline, minutes: number, ...ruleIds: string[]): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await timeline.tick(START + minute * MINUTE, ...atMinute(minute, ...ruleIds));
  }
}

const outcomes = (timeline: Timeline) =>
  timeline.decisions.map(({ outcome, at }) => `${(at - START) / MINUTE} ${outcome}`);

describe('ticks', () => {
  it('in a row at which the conditions hold are one episode: each fires, the first that does not hold ends it', async () => {
    const rule = scheduleRule({ id: 'r', onResolve: [anAction('slack.post', { channel: '#ops', text: 'over' })] });
    const timeline = timelineOf([rule], [3, 11, 12, 13, 4, 20]);
    await tickThrough(timeline, 6);
    expect(outcomes(timeline)).toEqual(['1 fired', '2 fired', '3 fired', '4 resolved', '5 fired']);
    const [first, second, ...others] = [...timeline.episodes.values()];
    expect(others).toEqual([]);
    expect(first).toMatchObject({ kind: 'schedule', subject: 'desk', state: 'fired', firings: 3 });
    expect(first).toMatchObject({ startedAt: START + MINUTE, firedAt: START + MINUTE, endedAt: START + 4 * MINUTE });
    expect(second).toMatchObject({ firings: 1, startedAt: START + 5 * MINUTE });
    expect(timeline.actions.map(({ context }) => context)).toEqual([
      { queue: { count: 11 } },
      { queue: { count: 12 } },
      { queue: { count: 13 } },
      {},
      { queue: { count: 20 } },
    ]);
    expect(new Set(timeline.actions.map(({ key }) => key)).size).toBe(5);
  });

  it('open one card for an episode, which later ticks edit and the end resolves', async () => {
    const card = anAction('slack.alert', { channel: '#ops', text: '{{ queue.count }}' }, { facts: ['queue'] });
    const timeline = timelineOf([scheduleRule({ id: 'r', actions: [card] })], [11, 12, 0]);
    await tickThrough(timeline, 3);
    const [opened, edited, resolved] = timeline.actions;
    expect(opened?.spec.type).toBe('slack.alert');
    expect(edited?.spec).toMatchObject({
      type: 'slack.alertUpdate',
      params: { alertId: opened?.id, change: 'ticked', card: { text: '{{ queue.count }}' } },
    });
    expect(edited?.context).toMatchObject({ queue: { count: 12 } });
    expect(resolved?.spec.params).toMatchObject({ alertId: opened?.id, change: 'resolved' });
    expect(timeline.resolved).toEqual([opened?.id]);
    expect([...timeline.episodes.values()].map(({ alertIds }) => alertIds)).toEqual([[opened?.id]]);
  });

  it('leave nothing but their decision when they are over the limit, outside the exclusive group or too late', async () => {
    const limited = scheduleRule({ id: 'r', limit: { count: 1, per: 'rule', withinMs: 2 * MINUTE } });
    const timeline = timelineOf([limited], [11, 11, 11]);
    await tickThrough(timeline, 3);
    expect(outcomes(timeline)).toEqual(['0 fired', '1 limited', '2 fired']);
    expect([...timeline.episodes.values()]).toMatchObject([{ firings: 2, state: 'fired' }]);

    const group = [scheduleRule({ id: 'a', priority: 2, exclusive: 'g' }), scheduleRule({ id: 'b', exclusive: 'g' })];
    const both = timelineOf(group, [11]);
    await tickThrough(both, 1, 'a', 'b');
    expect(both.outcomes()).toEqual(['a fired', 'b excluded']);
    expect([...both.episodes.values()].map(({ ruleId }) => ruleId)).toEqual(['a']);

    const late = timelineOf([scheduleRule({ id: 'r', maxLateMs: MINUTE })], [11]);
    await late.tick(START + MINUTE + 1, ...atMinute(0));
    expect(outcomes(late)).toEqual(['0 expired']);
    expect(late.episodes.size).toBe(0);
    expect(late.actions).toEqual([]);
  });

  it('in shadow decide, and never act', async () => {
    const timeline = timelineOf([scheduleRule({ id: 'r', mode: 'shadow' })], [11, 12, 0]);
    await tickThrough(timeline, 3);
    expect(outcomes(timeline)).toEqual(['0 shadow', '1 shadow', '2 resolved']);
    expect(timeline.actions).toEqual([]);
  });

  it('go first at the instant of a step, so that the tick that ends an episode stops it', async () => {
    const steps: Rule['steps'] = [
      {
        afterMs: 2 * MINUTE,
        unless: 'acknowledged',
        actions: [anAction('slack.post', { channel: '#leads', text: 'still' })],
      },
    ];
    const lasting = timelineOf([scheduleRule({ id: 'r', steps })], [11, 11, 11]);
    await tickThrough(lasting, 3);
    expect(outcomes(lasting)).toEqual(['0 fired', '1 fired', '2 fired', '2 fired']);
    expect(lasting.decisions.at(-1)).toMatchObject({ step: 1 });

    const ending = timelineOf([scheduleRule({ id: 'r', steps })], [11, 11, 0]);
    await tickThrough(ending, 3);
    expect(outcomes(ending)).toEqual(['0 fired', '1 fired', '2 resolved']);
  });

  it('of a rule that is no schedule rule, or no rule at all, are nothing', async () => {
    const timeline = timelineOf([aRule({ id: 'hold' })], [11]);
    await timeline.tick(START, ...atMinute(0, 'hold', 'gone'));
    expect(timeline.decisions).toEqual([]);
  });

  it('never fire twice at one moment, and in any batching come to the same', async () => {
    const counts = fc.array(fc.constantFrom(0, 11), { minLength: 1, maxLength: 12 });
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 12, maxLength: 12 });
    const rules = [
      scheduleRule({ id: 'a', actions: [anAction('slack.alert', { channel: '#ops', text: 'x' })] }),
      scheduleRule({ id: 'b', limit: { count: 2, per: 'rule', withinMs: 4 * MINUTE } }),
    ];
    await fc.assert(
      fc.asyncProperty(counts, sizes, async (desk, batches) => {
        const single = timelineOf(rules, desk);
        await tickThrough(single, desk.length, 'a', 'b');
        const batched = timelineOf(rules, desk);
        const waiting = desk.flatMap((_, minute) => atMinute(minute, 'a', 'b'));
        for (const size of batches) {
          const batch = waiting.splice(0, size * 2);
          const last = batch.at(-1);
          // In no particular order.
          if (last !== undefined) await batched.tick(last.at, ...batch.reverse());
        }
        const essence = (timeline: Timeline) => ({
          decisions: timeline.decisions.map(({ ruleId, outcome, at }) => `${at} ${ruleId} ${outcome}`),
          keys: timeline.actions.map(({ key }) => key),
          episodes: [...timeline.episodes.values()].map(({ id, firings, endedAt }) => ({ id, firings, endedAt })),
        });
        expect(essence(batched)).toEqual(essence(single));
        const fired = single.decisions
          .filter(({ outcome }) => outcome === 'fired')
          .map((one) => `${one.ruleId} ${one.at}`);
        expect(new Set(fired).size).toBe(fired.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the subject of a tick', () => {
  it('gives a rule its channel: names, its queue, its limit, its inhibition', async () => {
    const silent: Condition = { fact: 'channel', path: '$.silentSeconds', operator: 'greaterThan', value: 60 };
    const rule = scheduleRule({
      id: 'r',
      conditions: { all: [silent, LONG_QUEUE] },
      limit: { count: 1, per: 'channel', withinMs: MINUTE },
    });
    const timeline = new Timeline(rulesetOf([rule]), 'channel:c7');
    timeline.desk = ({ kind }) => (kind === 'queue' ? { count: 11 } : { silentSeconds: 90 });
    await timeline.tick(START, { ruleId: 'r', at: START });
    expect(timeline.asked).toEqual([
      { kind: 'queue', at: START, channelIds: ['c7'] },
      { kind: 'channel', at: START, id: 'c7' },
    ]);
    expect([...timeline.episodes.values()]).toMatchObject([{ channelId: 'c7' }]);
    expect([...timeline.limits.keys()]).toEqual(['r\nc7']);
  });

  it('gives a rule its agent', async () => {
    const offline: Condition = { fact: 'agent', path: '$.online', operator: 'equal', value: false };
    const actions = [anAction('slack.post', { channel: '#ops', text: '{{ agent.name }}' }, { facts: ['agent'] })];
    const timeline = new Timeline(
      rulesetOf([scheduleRule({ id: 'r', conditions: { all: [offline] }, actions })]),
      'agent:a3',
    );
    timeline.desk = () => ({ online: false, openSessions: 2 });
    await timeline.tick(START, { ruleId: 'r', at: START });
    expect(timeline.asked).toEqual([{ kind: 'agent', at: START, id: 'a3' }]);
    expect(timeline.actions[0]?.context).toEqual({
      agent: { id: 'a3', name: 'a3', online: false, openSessions: 2 },
    });
  });

  it('that a rule is not judged for any more loses its episode at the next sweep', async () => {
    const timeline = timelineOf([scheduleRule({ id: 'r' })], [11]);
    await tickThrough(timeline, 1);
    const silent: Condition = { fact: 'channel', path: '$.unusuallySilent', operator: 'equal', value: true };
    timeline.ruleset = rulesetOf([scheduleRule({ id: 'r', conditions: { all: [silent] } })]);
    await timeline.sweep(START + MINUTE, ['r']);
    expect([...timeline.episodes.values()]).toMatchObject([{ endedAt: START + MINUTE }]);
  });
});

describe('computed facts of event rules', () => {
  const onStatus = (conditions: Condition, more: Partial<Rule> = {}) =>
    aRule({ id: 'r', trigger: { kind: 'event', on: ['IM_Session_Status'], late: false }, conditions, ...more });

  it('are asked for only by rules that can match, each once', async () => {
    const open: Condition = { fact: 'session', path: '$.status', operator: 'equal', value: 'OPEN' };
    const timeline = new Timeline(rulesetOf([onStatus({ all: [open, LONG_QUEUE] })]));
    timeline.desk = () => ({ count: 11 });
    await timeline.run(START, statusEvent(START, 'ON_HOLD'));
    expect(timeline.asked).toEqual([]);
    await timeline.run(START + 1, statusEvent(START + 1, 'OPEN'));
    expect(timeline.asked).toEqual([{ kind: 'queue', at: START + 1 }]);
    expect(timeline.outcomes()).toEqual(['r fired']);
  });

  it('with different params are different facts, each as it is', async () => {
    const queue = (status: string, value: number): Condition => ({
      fact: 'queue',
      params: { status },
      path: '$.count',
      operator: 'equal',
      value,
    });
    const rule = onStatus({ all: [queue('OPEN', 3), { not: queue('ON_HOLD', 3) }, { condition: 'held' }] });
    const timeline = new Timeline(rulesetOf([rule], { held: queue('ON_HOLD', 7) }));
    timeline.desk = (key) => ({ count: key.kind === 'queue' && key.statuses?.includes('OPEN') ? 3 : 7 });
    await timeline.run(START, statusEvent(START, 'OPEN'));
    expect(timeline.outcomes()).toEqual(['r fired']);
    expect(timeline.asked).toHaveLength(2);
    expect(timeline.decisions[0]?.trace).toMatchObject({
      of: [{ fact: 'queue', params: { status: 'OPEN' }, actual: 3 }, {}, { name: 'held' }],
    });
  });

  it('a history counts the event itself and those that were judged with it', async () => {
    const thrice: Condition = {
      fact: 'history',
      params: { status: 'ON_HOLD', by: 'session', within: '1h' },
      path: '$.count',
      operator: 'greaterThanInclusive',
      value: 3,
    };
    const timeline = new Timeline(rulesetOf([onStatus({ all: [thrice] })]));
    // One entry is in the store: that of an earlier batch.
    timeline.desk = () => ({ count: 1 });
    const held = (at: number) => statusEvent(at, 'ON_HOLD', { old: 'OPEN' });
    await timeline.run(START + 2, held(START + 1), statusEvent(START + 2, 'ON_HOLD', { old: 'ON_HOLD' }));
    expect(timeline.outcomes()).toEqual([]);
    await timeline.run(START + 4, held(START + 3), statusEvent(START + 3, 'OPEN', { old: 'ON_HOLD' }), held(START + 4));
    expect(timeline.decisions.map(({ outcome, at }) => [outcome, at - START])).toEqual([['fired', 4]]);
  });

  it('a queue of a department is that of its channels, an unknown one has none', async () => {
    const queue: Condition = {
      fact: 'queue',
      params: { departmentId: 'Support', olderThan: '5m', unassigned: true, status: ['ON_HOLD', 'OPEN'] },
      path: '$.count',
      operator: 'equal',
      value: 0,
    };
    const ruleset = rulesetOf([onStatus({ all: [queue] })]);
    ruleset.directory.departments.set('d1', { name: 'Support' });
    ruleset.directory.channels.set('c2', { name: 'two', departmentId: 'd1' });
    ruleset.directory.channels.set('c1', { name: 'one', departmentId: 'd1' });
    ruleset.directory.channels.set('c3', { name: 'three', departmentId: 'd2' });
    const timeline = new Timeline(ruleset);
    await timeline.run(START, statusEvent(START, 'OPEN'));
    expect(timeline.asked).toEqual([
      {
        kind: 'queue',
        at: START,
        statuses: ['ON_HOLD', 'OPEN'],
        unassigned: true,
        olderThanMs: 5 * MINUTE,
        channelIds: ['c1', 'c2'],
      },
    ]);
  });
});
