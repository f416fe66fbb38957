import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createComparison } from '../../../src/trial/backtest/compare-firings.ts';
import { createLineRun } from '../../../src/trial/backtest/read-lines.ts';
import { createRulesetRun } from '../../../src/trial/backtest/run-ruleset.ts';
import { loadRules } from '../../support/load-rules.ts';
import { MINUTE, START, statusEvent } from '../../support/timeline.ts';

const onHold = { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] };
const post = (channel: string) => ({ type: 'slack.post', params: { channel, text: 'x' } });
const card = (channel: string) => ({ type: 'slack.alert', params: { channel, text: 'x' } });
const event = (actions: object[], more: object = {}) => ({
  name: 'On hold',
  on: ['IM_Session_Status'],
  conditions: onHold,
  actions,
  ...more,
});

function run(rules: Record<string, unknown>, cardBudget = 20) {
  return createRulesetRun({
    ruleset: loadRules(rules),
    orgId: 'o1',
    channels: new Map(),
    start: START,
    since: START,
    until: START + 60 * MINUTE,
    cardBudget,
  });
}

const holds = (count: number, at = START) =>
  Array.from({ length: count }, (_, n) => statusEvent(at, 'ON_HOLD', { sessionId: `s${n}`, channelId: `c${n % 2}` }));

describe('what a ruleset would do', () => {
  it('counts messages by channel and minute, rendered, and minutes over the limit of Slack', async () => {
    const one = run({ 'a.rule.json': event([post('#ops'), post('#of-{{ session.channelId }}')]) });
    for (const each of holds(70)) await one.take(each);
    await one.take(statusEvent(START + 2 * MINUTE, 'ON_HOLD', { sessionId: 'later' }));
    await one.passUntil(START + 10 * MINUTE);
    const { channels } = one.load().slack;
    expect(channels.map(({ channel, messages }) => [channel, messages.total, messages.peak, messages.over])).toEqual([
      ['#ops', 71, 70, 1],
      ['#of-c1', 36, 35, 0],
      ['#of-c0', 35, 35, 0],
    ]);
    expect(channels[0]?.messages).toMatchObject({ peakAt: START, busy: 2, p95: 70 });
  });

  it('counts cards that share one as one: those of groupAlerts, and those over the budget of their channel', async () => {
    const grouped = run({ 'a.rule.json': event([card('#ops')], { groupAlerts: { by: [], wait: '30s' } }) });
    for (const each of holds(10)) await grouped.take(each);
    await grouped.passUntil(START + 10 * MINUTE);
    expect(grouped.load().slack.channels).toMatchObject([{ messages: { total: 1 }, grouped: 10, overBudget: 0 }]);

    const storm = run({ 'a.rule.json': event([card('#ops')]) }, 4);
    for (const each of holds(10)) await storm.take(each);
    await storm.passUntil(START + 5 * MINUTE);
    expect(storm.load().slack.channels).toMatchObject([{ messages: { total: 5 }, grouped: 0, overBudget: 6 }]);
  });

  it('says from whom chats would be taken and what a pick would choose from, and what that costs', async () => {
    const assign = (params: object) => event([{ type: 'zoho.assignSession', params }]);
    const one = run({
      'a.rule.json': assign({ agentId: '65403000000522004' }),
      'b.rule.json': assign({ pick: 'leastBusy', from: { agents: ['1001', '1002'] } }),
    });
    for (const each of holds(2)) await one.take(each);
    await one.passUntil(START + MINUTE);
    const { reassignments, zoho } = one.load();
    expect(reassignments).toEqual({
      total: 4,
      takenFrom: [{ name: 'a1', count: 4 }],
      givenTo: [{ name: '65403000000522004', count: 2 }],
      picked: [{ name: 'leastBusy, 2 agents', count: 2 }],
    });
    expect(zoho.actions).toEqual([{ type: 'zoho.assignSession', count: 4, credits: 2 * 2 + 2 * 8 }]);
  });

  it('judges what is due between two events at its own moment, and an event at the very moment before it', async () => {
    const one = run({ 'a.rule.json': { name: 'a', for: '5m', conditions: onHold, actions: [post('#ops')] } });
    await one.take(statusEvent(START, 'ON_HOLD', { sessionId: 'ends' }));
    await one.take(statusEvent(START, 'ON_HOLD', { sessionId: 'stays' }));
    await one.take(statusEvent(START + 5 * MINUTE, 'ENDED', { sessionId: 'ends', old: 'ON_HOLD' }));
    await one.passUntil(START + 20 * MINUTE);
    expect(one.drain().map(({ sessionId, at }) => [sessionId, at - START])).toEqual([['stays', 5 * MINUTE]]);
    expect(one.drain()).toEqual([]);
  });

  it('takes a ladder for what it is when the service fired late, and a step that waited for its calendar too', async () => {
    const post10 = { after: '10m', unless: 'never', actions: [post('#ops')] };
    const rule = { name: 'a', for: '5m', conditions: onHold, actions: [card('#ops')], steps: [post10] };
    const one = run({ 'a.rule.json': { ...rule, repeat: { every: '20m', times: 1 } } });
    await one.take(statusEvent(START, 'ON_HOLD', { sessionId: 's' }));
    await one.passUntil(START + 50 * MINUTE);
    const judged = one.drain();
    expect(judged.map(({ step, repeat, at }) => [step, repeat, at - START])).toEqual([
      [0, undefined, 5 * MINUTE],
      [1, undefined, 15 * MINUTE],
      [0, 1, 25 * MINUTE],
    ]);
    const kinds: unknown[] = [];
    const comparison = createComparison({
      onDifference: (one) => kinds.push(one.kind === 'moved' ? [one.kind, one.byMs] : one.kind),
      patienceMs: 60 * MINUTE,
    });
    const again = run({ 'a.rule.json': rule });
    for (const [index, firing] of judged.entries()) {
      const lateMs = index === 0 ? 0 : 900;
      const recorded = await again.recorded({
        ...firing,
        episodeId: firing.identity.split('\n')[2] ?? '',
        rulesetHash: '',
        // The repeat by its calendar, at the same moment after all.
        at: firing.at + (index === 1 ? lateMs : 0),
        decidedAt: firing.at + 900,
      });
      expect(recorded?.lateMs).toBe(lateMs === 0 ? undefined : lateMs);
      if (recorded !== undefined) comparison.add('before', recorded);
      comparison.add('after', firing);
    }
    const [, step] = judged;
    if (step !== undefined) {
      comparison.add('before', { ...step, identity: 'other', lateMs: 900 });
      comparison.add('after', { ...step, identity: 'other', at: step.at + MINUTE });
    }
    comparison.end();
    expect(kinds).toEqual(['same', 'same', 'same', ['moved', MINUTE + 900]]);
  });

  it('needs no more memory for a fortnight than for some days', async () => {
    const lines = createLineRun({
      ruleset: loadRules({
        'a.rule.json': { name: 'a', for: '5m', conditions: onHold, actions: [card('#ops')] },
        'b.rule.json': event([post('#ops')], { limit: { count: 2, per: 'session', within: '1h' } }),
      }),
      cardBudget: 20,
      from: Number.NEGATIVE_INFINITY,
      since: Number.NEGATIVE_INFINITY,
      until: Number.POSITIVE_INFINITY,
      tellsRecorded: false,
    });
    setFlagsFromString('--expose-gc');
    const gc: () => void = runInNewContext('gc');
    const heapAfter = async (from: number, to: number) => {
      for (let chat = from; chat < to; chat += 1) await lines.take(chatOf(chat));
      gc();
      return process.memoryUsage().heapUsed;
    };
    // A chat each ten minutes: some four days, then ten more.
    const some = await heapAfter(0, 600);
    const many = await heapAfter(600, 2_100);
    expect((many - some) / 1e6).toBeLessThan(3);
  }, 60_000);
});

const STATUSES = ['OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ON_PROGRESS', 'ON_HOLD', 'ENDED'];

function chatOf(number: number): string {
  const start = START + number * 10 * MINUTE;
  return STATUSES.map((status, index) => {
    const at = start + index * 90_000;
    return `${JSON.stringify(statusEvent(at, status, { sessionId: `s${number}`, old: STATUSES[index - 1] ?? 'OPEN' }))}\n`;
  }).join('');
}
