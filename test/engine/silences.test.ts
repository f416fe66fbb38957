import { describe, expect, test } from 'vitest';
import type { Silence } from '../../src/domain/mute.ts';
import { silencedUntil } from '../../src/engine/silences.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent, Timeline } from '../support/timeline.ts';

const HOUR = 60 * MINUTE;

function aSilence(more: Partial<Silence> = {}): Silence {
  return {
    orgId: 'o1',
    id: 'sil-1',
    matcher: {},
    owner: 'Ana',
    reason: 'maintenance',
    startsAt: START,
    endsAt: START + HOUR,
    createdAt: START,
    createdBy: 'api',
    ...more,
  };
}

const loud = anAction('slack.alert', { channel: '#ops', text: 'x' }, { id: 'card' });
const post = anAction('slack.post', { channel: '#ops', text: 'x' }, { id: 'post' });
const quiet = anAction('record', { dataset: 'd', fields: {} }, { id: 'row' });
const held = aRule({ id: 'held', trigger: { kind: 'hold', forMs: 5 * MINUTE }, actions: [loud, quiet] });

async function fire(rule: ReturnType<typeof aRule>, silences: Silence[], at = START, session = {}): Promise<Timeline> {
  const timeline = new Timeline(rulesetOf([rule]));
  timeline.silences = silences;
  await timeline.run(at, statusEvent(at, 'ON_HOLD', session));
  await timeline.run(at + 5 * MINUTE);
  return timeline;
}

const decided = (timeline: Timeline, outcome: string) => timeline.decisions.find((one) => one.outcome === outcome);

describe('a silence', () => {
  test('holds back the card until its end, and nothing else of the firing', async () => {
    const timeline = await fire(held, [aSilence()]);
    const until = new Date(START + HOUR).toISOString();
    expect(timeline.actions.map(({ spec, heldBack }) => [spec.type, heldBack])).toEqual([
      [
        'slack.alert',
        {
          by: 'silence:sil-1',
          until: START + HOUR,
          waits: true,
          reason: `held back by silence sil-1 of Ana until ${until}`,
        },
      ],
      ['record', undefined],
    ]);
    expect(decided(timeline, 'fired')?.reason).toContain(
      `what it says in Slack is held back by silence sil-1 of Ana until ${until}`,
    );
    expect([...timeline.episodes.values()].map(({ state, alertIds }) => [state, alertIds.length])).toEqual([
      ['fired', 1],
    ]);
  });

  test('makes a firing silenced when it holds back all of it, and a message does not wait', async () => {
    const timeline = await fire(aRule({ ...held, actions: [loud, post] }), [aSilence()]);
    expect(timeline.actions.map(({ heldBack }) => heldBack?.waits)).toEqual([true, false]);
    expect(timeline.outcomes()).toEqual(['held armed', 'held silenced']);
  });

  test('holds back steps and the end of the episode too', async () => {
    const rule = aRule({
      ...held,
      actions: [quiet],
      steps: [{ afterMs: MINUTE, unless: 'never', actions: [post] }],
      onResolve: [post],
    });
    const timeline = await fire(rule, [aSilence()]);
    await timeline.run(START + 6 * MINUTE);
    await timeline.run(START + 7 * MINUTE, statusEvent(START + 7 * MINUTE, 'OPEN'));
    expect(timeline.outcomes()).toEqual(['held armed', 'held fired', 'held silenced', 'held resolved']);
    expect(timeline.actions.map(({ heldBack }) => heldBack?.by)).toEqual([undefined, 'silence:sil-1', 'silence:sil-1']);
    expect(decided(timeline, 'resolved')?.reason).toContain('held back by silence sil-1');
  });

  test('does not hold back an edit of a card that is there', async () => {
    const timeline = await fire(held, []);
    timeline.silences = [aSilence()];
    await timeline.run(START + 7 * MINUTE, statusEvent(START + 7 * MINUTE, 'OPEN'));
    expect(timeline.actions.at(-1)?.spec.type).toBe('slack.alertUpdate');
    expect(timeline.actions.at(-1)?.heldBack).toBeUndefined();
  });

  test('goes by the time of the firing and not by that of judging', async () => {
    const timeline = new Timeline(rulesetOf([held]));
    timeline.silences = [aSilence({ startsAt: START, endsAt: START + 6 * MINUTE })];
    // Judged an hour late: the hold fell due within the silence.
    await timeline.run(START + HOUR, statusEvent(START, 'ON_HOLD'));
    expect(timeline.actions[0]?.heldBack?.by).toBe('silence:sil-1');
    const after = new Timeline(rulesetOf([held]));
    after.silences = [aSilence({ startsAt: START, endsAt: START + 5 * MINUTE })];
    await after.run(START + HOUR, statusEvent(START, 'ON_HOLD'));
    expect(after.actions[0]?.heldBack).toBeUndefined();
  });

  test.each([
    ['its rule', { ruleId: 'held' }, { ruleId: 'other' }],
    ['its channel', { channelId: 'c1' }, { channelId: 'c2' }],
    ['its chat', { sessionId: 's1' }, { sessionId: 's2' }],
    ['its agent', { agentId: 'a1' }, { agentId: 'a2' }],
    ['another id of its agent', { agentId: 'desk', agentAliases: ['a1'] }, { agentId: 'desk', agentAliases: ['a3'] }],
    ['all that it names', { ruleId: 'held', channelId: 'c1' }, { ruleId: 'held', channelId: 'c2' }],
  ])('fits what is of %s', async (_, fitting, other) => {
    expect((await fire(held, [aSilence({ matcher: fitting })])).actions[0]?.heldBack).toBeDefined();
    expect((await fire(held, [aSilence({ matcher: other })])).actions[0]?.heldBack).toBeUndefined();
  });

  test('fits an agent by the Desk id that the directory gives for the id of events', async () => {
    const ruleset = rulesetOf([held]);
    ruleset.directory.agentIdByZuid.set('a1', 'desk-1');
    ruleset.directory.agents.set('desk-1', { name: 'Bruno', zuid: 'a1' });
    const timeline = new Timeline(ruleset);
    timeline.silences = [aSilence({ matcher: { agentId: 'desk-1' } })];
    await timeline.run(START + 5 * MINUTE, statusEvent(START, 'ON_HOLD'));
    expect(timeline.actions[0]?.heldBack).toBeDefined();
  });

  test('of a channel or an agent fits what schedule rules say about them, and about no other', async () => {
    const every = { kind: 'schedule', every: { kind: 'interval', ms: MINUTE } } as const;
    const rule = aRule({ id: 'watch', trigger: every, conditions: { all: [] }, actions: [loud] });
    const tick = async (subject: string, matcher: Silence['matcher']) => {
      const timeline = new Timeline(rulesetOf([rule]), subject);
      timeline.silences = [aSilence({ matcher })];
      await timeline.tick(START, { ruleId: 'watch', at: START });
      return timeline.actions.map(({ channelId, heldBack }) => [channelId, heldBack?.waits]);
    };
    expect(await tick('channel:c1', { channelId: 'c1' })).toEqual([['c1', true]]);
    expect(await tick('channel:c2', { channelId: 'c1' })).toEqual([['c2', undefined]]);
    expect(await tick('agent:a1', { agentId: 'a1' })).toEqual([[undefined, true]]);
    expect(await tick('agent:a2', { agentId: 'a1' })).toEqual([[undefined, undefined]]);
  });

  test('of a later tick, which edits a card and says nothing, nothing is silenced', async () => {
    const every = { kind: 'schedule', every: { kind: 'interval', ms: MINUTE } } as const;
    const rule = aRule({ id: 'watch', trigger: every, conditions: { all: [] }, actions: [loud] });
    const timeline = new Timeline(rulesetOf([rule]), 'desk');
    timeline.silences = [aSilence()];
    for (const at of [START, START + MINUTE]) await timeline.tick(at, { ruleId: 'watch', at });
    expect(timeline.decisions.map(({ outcome }) => outcome)).toEqual(['silenced', 'fired']);
    expect(timeline.actions.map(({ spec, heldBack }) => [spec.type, heldBack !== undefined])).toEqual([
      ['slack.alert', true],
      ['slack.alertUpdate', false],
    ]);
  });

  test('of several, the one that lasts longest counts; one that was lifted does not', async () => {
    const silences = [
      aSilence({ id: 'short' }),
      aSilence({ id: 'long', endsAt: START + 2 * HOUR }),
      aSilence({ id: 'lifted', endsAt: START + 3 * HOUR, liftedAt: START + MINUTE }),
    ];
    expect((await fire(held, silences)).actions[0]?.heldBack?.by).toBe('silence:long');
  });

  test('says nothing about a rule in shadow', async () => {
    const timeline = await fire(aRule({ ...held, mode: 'shadow' }), [aSilence()]);
    expect(decided(timeline, 'shadow')?.reason).not.toContain('silence');
    expect(timeline.actions).toEqual([]);
  });
});

describe('a silence that recurs', () => {
  const at = (text: string) => Date.parse(text);
  const nights = (zone: string, more: Partial<Silence> = {}) =>
    aSilence({
      startsAt: at('2026-01-01T00:00:00Z'),
      endsAt: at('2026-12-31T00:00:00Z'),
      recurrence: { zone, days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '06:00' },
      ...more,
    });

  test('is in force within its stretches, across midnight', () => {
    const silence = nights('America/Sao_Paulo');
    expect(silencedUntil(silence, at('2026-03-02T21:59:59-03:00'))).toBeUndefined();
    expect(silencedUntil(silence, at('2026-03-02T22:00:00-03:00'))).toBe(at('2026-03-03T06:00:00-03:00'));
    expect(silencedUntil(silence, at('2026-03-03T05:59:59-03:00'))).toBe(at('2026-03-03T06:00:00-03:00'));
    expect(silencedUntil(silence, at('2026-03-03T06:00:00-03:00'))).toBeUndefined();
    // Friday's night ends on Saturday; Saturday has none.
    expect(silencedUntil(silence, at('2026-03-07T02:00:00-03:00'))).toBe(at('2026-03-07T06:00:00-03:00'));
    expect(silencedUntil(silence, at('2026-03-07T23:00:00-03:00'))).toBeUndefined();
  });

  test('keeps to the clock on the wall when the clocks change', () => {
    // New York goes to summer time on Sunday 2026-03-08 at 02:00, which shortens that night by an hour.
    const silence = nights('America/New_York', {
      recurrence: { zone: 'America/New_York', days: ['sat'], from: '22:00', to: '06:00' },
    });
    const opening = at('2026-03-07T22:00:00-05:00');
    const closing = at('2026-03-08T06:00:00-04:00');
    expect(closing - opening).toBe(7 * HOUR);
    expect(silencedUntil(silence, opening - 1)).toBeUndefined();
    expect(silencedUntil(silence, opening)).toBe(closing);
    expect(silencedUntil(silence, closing)).toBeUndefined();
    // And back on 2026-11-01: that night has nine hours.
    const autumn = at('2026-10-31T22:00:00-04:00');
    expect(silencedUntil(silence, autumn)).toBe(autumn + 9 * HOUR);
  });

  test('is over at its end, also in the middle of a stretch', () => {
    const end = at('2026-03-03T01:00:00-03:00');
    const silence = nights('America/Sao_Paulo', { endsAt: end });
    expect(silencedUntil(silence, end - 1)).toBe(end);
    expect(silencedUntil(silence, end)).toBeUndefined();
  });
});
