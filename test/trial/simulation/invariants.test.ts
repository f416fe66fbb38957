import { describe, expect, it } from 'vitest';
import type { RuleTest } from '../../../src/domain/test-file.ts';
import { testFileSchema } from '../../../src/domain/test-file.ts';
import { createTestRunner } from '../../../src/trial/run-test.ts';
import type { Invariant } from '../../../src/trial/simulation/invariants/finding.ts';
import { reproduce } from '../../../src/trial/simulation/reproduce.ts';
import { believing, examineOne, forgetful, load, type Prepared, prepare, withDecisions } from './planted.ts';

const status = (operator: string, value: unknown) => ({ fact: 'session', path: '$.status', operator, value });
const post = (text: string) => ({ type: 'slack.post', params: { channel: '#ops', text } });
const card = { type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } };

const HOLD = {
  name: 'Ten minutes on hold',
  conditions: { all: [status('equal', 'ON_HOLD')] },
  for: '10m',
  actions: [card],
  steps: [{ after: '5m', actions: [post('Still')] }],
};
/** It speaks of no status at all. */
const TO_SOMEBODY_ELSE = {
  name: 'Agents have no chats',
  on: ['IM_Session_Status'],
  conditions: { all: [{ fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'AGENT' }] },
  actions: [{ type: 'zoho.setSessionStatus', params: { status: 'OPEN' } }],
};
const LOST = {
  name: 'A channel is lost',
  conditions: { all: [{ fact: 'session', path: '$.replyStatus', operator: 'equal', value: 'CHANNEL_REVOKED' }] },
  for: '1m',
  actions: [card],
};

async function invariantsOf(prepared: Prepared): Promise<[Invariant, string | undefined][]> {
  const { findings } = await examineOne(prepared);
  const seen = new Map(
    findings.map(({ invariant, ruleId }) => [`${invariant} ${ruleId}`, [invariant, ruleId] as const]),
  );
  return [...seen.values()].map(([invariant, ruleId]) => [invariant, ruleId]);
}

describe('what must hold', () => {
  it('is kept by good rules on the real engine, in every way of arrival', async () => {
    const { findings, runs, run } = await examineOne(prepare({ hold: HOLD }));
    expect(findings).toEqual([]);
    expect(runs).toBe(6);
    const fired = run.record.filter((entry) => entry.kind === 'decision' && entry.decision.outcome === 'fired');
    expect(fired).toHaveLength(2);
  });

  it.each([
    ['ENDED', 'overChat'],
    ['BLOCKED', 'overChat'],
  ] as const)('nothing is changed in Zoho Desk for a chat in %s that the rule does not name', async (to, invariant) => {
    const named = {
      ...TO_SOMEBODY_ELSE,
      conditions: { all: [...TO_SOMEBODY_ELSE.conditions.all, status('in', ['ENDED', 'BLOCKED'])] },
    };
    expect(await invariantsOf(prepare({ back: TO_SOMEBODY_ELSE }, { to }))).toEqual([[invariant, 'back']]);
    expect(await invariantsOf(prepare({ back: named }, { to }))).toEqual([]);
  });

  it('naming one status in which a chat is over does not stand for the other', async () => {
    const notEnded = {
      ...TO_SOMEBODY_ELSE,
      conditions: { all: [...TO_SOMEBODY_ELSE.conditions.all, status('exists', true), status('notEqual', 'ENDED')] },
    };
    expect(await invariantsOf(prepare({ back: notEnded }, { to: 'BLOCKED' }))).toEqual([['overChat', 'back']]);
    expect(await invariantsOf(prepare({ back: notEnded }, { to: 'OPEN' }))).toEqual([]);
  });

  it('a comment on the ticket of an ended chat is meant where onResolve says it, a change of the chat is not', async () => {
    const comment = { type: 'zoho.commentTicket', params: { text: 'It is over' } };
    const change = { type: 'zoho.setSessionStatus', params: { status: 'OPEN' } };
    expect(await invariantsOf(prepare({ hold: { ...HOLD, onResolve: [comment] } }))).toEqual([]);
    expect(await invariantsOf(prepare({ hold: { ...HOLD, onResolve: [change] } }))).toEqual([['overChat', 'hold']]);
  });

  it('a card of an ended chat is resolved', async () => {
    expect(await invariantsOf(prepare({ lost: LOST }, { reply: 'CHANNEL_REVOKED' }))).toEqual([['openCard', 'lost']]);
    const meant = { ...LOST, conditions: { all: [...LOST.conditions.all, status('in', ['ON_HOLD', 'ENDED'])] } };
    expect(await invariantsOf(prepare({ lost: meant }, { reply: 'CHANNEL_REVOKED' }))).toEqual([]);
  });

  it('every action can be made of what is known', async () => {
    const unmade = { ...HOLD, actions: [post('{{ session.firstResponseAt }}')] };
    const { findings } = await examineOne(prepare({ hold: unmade }), []);
    expect(findings).toMatchObject([{ invariant: 'noError', ruleId: 'hold', sessionId: 's1' }]);
    expect(findings[0]?.detail).toContain('slack.post');
  });

  it('a rule that errs is told', async () => {
    const erring = withDecisions((decision) =>
      decision.outcome === 'armed' ? [{ ...decision, outcome: 'error' }] : [],
    );
    expect(await invariantsOf(prepare({ hold: HOLD }, {}, erring))).toContainEqual(['noError', 'hold']);
  });

  it('a rule fires once for an episode and step', async () => {
    const stuttering = withDecisions((decision) => (decision.outcome === 'fired' ? [decision] : []));
    const { findings } = await examineOne(prepare({ hold: HOLD }, {}, stuttering), []);
    expect(findings.map(({ invariant, detail }) => [invariant, detail])).toEqual([
      ['oneFiring', 'step 0'],
      ['oneFiring', 'step 1'],
    ]);
  });

  it('nothing fires after its episode is over', async () => {
    const late = withDecisions((decision) =>
      decision.outcome === 'resolved' ? [{ ...decision, outcome: 'fired', step: 2 }] : [],
    );
    const { findings } = await examineOne(prepare({ hold: HOLD }, {}, late), []);
    expect(findings.map(({ detail }) => detail)).toContain('its episode was over');
  });

  it('a hold that fires in a state that is not its own is found by the chat itself', async () => {
    const wrong = withDecisions((decision) =>
      decision.outcome === 'disarmed' ? [{ ...decision, episodeId: 'another', outcome: 'fired', step: 0 }] : [],
    );
    const { findings } = await examineOne(prepare({ hold: HOLD }, { from: 'ON_HOLD', to: 'OPEN' }, wrong), []);
    expect(findings).toMatchObject([
      { invariant: 'stateHeld', ruleId: 'hold', detail: expect.stringContaining('known') },
    ]);
  });

  it('a hold that fires before its time is found', async () => {
    const eager = withDecisions((decision) =>
      decision.outcome === 'armed' ? [{ ...decision, outcome: 'fired', step: 0, at: decision.at + 540_000 }] : [],
    );
    const { findings } = await examineOne(prepare({ hold: HOLD }, {}, eager), []);
    expect(findings).toContainEqual(
      expect.objectContaining({ invariant: 'stateHeld', detail: 'its conditions did not hold in OPEN' }),
    );
  });

  it('events that come twice change nothing', async () => {
    const counting = {
      name: 'Count',
      on: ['IM_Session_Status'],
      conditions: { all: [] },
      actions: [{ type: 'dashboard.update', params: { tile: 'n', add: 1 } }],
    };
    expect(await invariantsOf(prepare({ counting }))).toEqual([]);
    expect(await invariantsOf(prepare({ counting }, {}, forgetful))).toContainEqual(['duplicates', 'counting']);
  });

  it('a chat is the same in the end, in whatever order its events came', async () => {
    for (const variant of ['reversed', 'late', 'together'] as const) {
      const { findings } = await examineOne(prepare({ hold: HOLD }, {}, believing), [variant]);
      const order = findings.filter(({ invariant }) => invariant === 'order');
      const changed = { reversed: 'status, previousStatus', late: 'status', together: 'previousStatus' }[variant];
      expect(order.map(({ detail }) => detail)).toEqual([changed]);
    }
  });
});

describe('the test that shows a violation', () => {
  async function testOf(prepared: Prepared): Promise<RuleTest> {
    const { findings } = await examineOne(prepared);
    const [found] = findings;
    if (found === undefined) throw new Error('nothing was found');
    const { one, timeline, stage, names } = prepared;
    return reproduce(found, one, timeline, stage, names);
  }

  it.each([
    ['overChat', TO_SOMEBODY_ELSE, { to: 'ENDED' }, [status('exists', true), status('notIn', ['ENDED', 'BLOCKED'])]],
    ['openCard', LOST, { reply: 'CHANNEL_REVOKED' }, [status('exists', true), status('notIn', ['ENDED', 'BLOCKED'])]],
  ] as const)(
    'of %s fails, is as short as can be, and passes when the rule is mended',
    async (_, rule, parts, mending) => {
      const others = { other: HOLD };
      const test = await testOf(prepare({ rule, ...others }, parts));
      expect(testFileSchema.safeParse({ tests: [test] }).success).toBe(true);
      expect(test.with).toBeUndefined();
      expect(test.world).toBeUndefined();
      expect(test.steps.map(({ at, event }) => [at, event?.type]).slice(0, -1)).toEqual([['0s', 'IM_Session_Status']]);
      const failing = await createTestRunner(load({ rule, ...others })).run('rule', test);
      expect(failing.failure?.fault).toBeUndefined();
      expect(failing.failure?.differences).not.toEqual([]);
      const mended = { ...rule, conditions: { all: [...rule.conditions.all, ...mending] } };
      const passing = await createTestRunner(load({ rule: mended, ...others })).run('rule', test);
      expect(passing.failure).toBeUndefined();
    },
  );

  it('of an action that cannot be made passes when it can', async () => {
    const rule = { ...HOLD, actions: [post('{{ session.firstResponseAt }}')] };
    const test = await testOf(prepare({ rule }));
    expect((await createTestRunner(load({ rule })).run('rule', test)).failure?.differences).not.toEqual([]);
    const mended = { ...rule, actions: [post("{{ session.firstResponseAt | default: 'none' }}")] };
    expect((await createTestRunner(load({ rule: mended })).run('rule', test)).failure).toBeUndefined();
  });
});
