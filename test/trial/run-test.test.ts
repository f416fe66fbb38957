import { describe, expect, it } from 'vitest';
import { type RuleTest, testFileSchema } from '../../src/domain/test-file.ts';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';
import { createTestRunner, type TestResult } from '../../src/trial/run-test.ts';

/** The rule of the language's description, and its test. */
const RULE = {
  name: 'Reassign a chat that was picked up and never answered',
  conditions: {
    all: [
      { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' },
      { fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'AGENT' },
    ],
  },
  for: '15m',
  episodeBy: ['session.assigneeId'],
  actions: [
    {
      id: 'assign',
      type: 'zoho.assignSession',
      params: { pick: 'leastBusy', from: { department: '{{ channel.departmentId }}' } },
      onFailure: [{ type: 'slack.alert', params: { channel: '#chat-ops', text: 'nobody for {{ session.id }}' } }],
    },
    {
      type: 'slack.alert',
      needs: 'assign',
      params: { channel: '#chat-ops', text: 'Chat {{ session.id }} is now with {{ results.assign.agentName }}' },
    },
  ],
  steps: [{ after: '10m', actions: [{ type: 'slack.post', params: { channel: '#leads', text: 'Still waiting' } }] }],
};

const HOLD = {
  type: 'IM_Session_Status',
  sessionId: 's1',
  sessionOldStatus: 'OPEN',
  sessionStatus: 'ON_HOLD',
  currentAssigneeId: 'a1',
  assigneeType: 'AGENT',
  channelId: 'c1',
};
const ANSWERED = { ...HOLD, sessionOldStatus: 'ON_HOLD', sessionStatus: 'ON_PROGRESS' };
const WORLD = {
  channels: [{ id: 'c1', departmentId: 'd1' }],
  agents: [
    { id: 'a1', online: true, departments: ['d1'] },
    { id: 'a2', name: 'Ana', online: true, sessions: 1, departments: ['d1'] },
    { id: 'a3', online: true, sessions: 4, departments: ['d1'] },
    { id: 'a4', online: false, departments: ['d1'] },
    { id: 'a5', online: true, departments: ['d2'] },
  ],
};

async function run(test: Partial<RuleTest> & Pick<RuleTest, 'steps'>, rule: object = RULE): Promise<TestResult> {
  const parsed = testFileSchema.parse({ tests: [{ name: 'a test', world: WORLD, ...test }] });
  const loaded = loadRuleset(
    new Map([
      ['hold.rule.json', JSON.stringify(rule)],
      [
        'other.rule.json',
        JSON.stringify({
          name: 'Other',
          on: ['IM_Session_Status'],
          conditions: { all: [] },
          actions: [{ type: 'dashboard.update', params: { tile: 'n', add: 1 } }],
        }),
      ],
    ]),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const [only] = parsed.tests;
  if (only === undefined) throw new Error('no test');
  return createTestRunner(loaded.ruleset).run('hold', only);
}

describe('a test of a rule', () => {
  it('passes when all is as expected: the least busy agent online, then the card', async () => {
    const result = await run({
      steps: [
        { at: '0s', event: HOLD },
        { at: '14m59s', expect: [], decisions: [{ outcome: 'armed' }] },
        {
          at: '15m',
          expect: [
            { type: 'zoho.assignSession', params: { agentId: 'a2' } },
            { type: 'slack.alert', params: { channel: '#chat-ops', text: 'Chat s1 is now with Ana' } },
          ],
          cards: [{ state: 'open', session: 's1' }],
        },
        { at: '25m', expect: [{ type: 'slack.post' }] },
        { at: '26m', event: ANSWERED, expect: [], cards: [{ state: 'resolved' }] },
        { at: '2h', expect: [] },
      ],
    });
    expect(result.failure).toBeUndefined();
  });

  it('tells of what happened and was not expected, with the step', async () => {
    const result = await run({
      steps: [
        { at: '0s', event: HOLD },
        { at: '15m', expect: [] },
      ],
    });
    expect(result.failure).toMatchObject({ step: 1, at: '15m' });
    expect(result.failure?.differences[0]?.unexpected).toMatchObject([
      { type: 'zoho.assignSession', params: { agentId: 'a2' } },
      { type: 'slack.alert' },
    ]);
  });

  it('tells of what was expected and did not happen', async () => {
    const result = await run({
      steps: [
        { at: '0s', event: HOLD },
        { at: '5m', event: ANSWERED },
        { at: '15m', expect: [{ type: 'slack.alert' }] },
      ],
    });
    expect(result.failure?.differences).toEqual([
      { what: 'expect', missing: [{ type: 'slack.alert' }], unexpected: [] },
    ]);
  });

  it('counts: one expectation does not stand for two actions', async () => {
    const twice = [HOLD, { ...HOLD, sessionId: 's2' }];
    const wanted = [{ type: 'zoho.assignSession' as const }, { type: 'slack.alert' as const }];
    const once = await run({
      steps: [
        { at: '0s', events: twice },
        { at: '15m', expect: wanted },
      ],
    });
    expect(once.failure?.differences[0]?.unexpected).toHaveLength(2);
    const both = await run({
      steps: [
        { at: '0s', events: twice },
        { at: '15m', expect: [...wanted, ...wanted] },
      ],
    });
    expect(both.failure).toBeUndefined();
  });

  it('pairs a vague expectation with what the precise one leaves over', async () => {
    const result = await run({
      steps: [
        { at: '0s', events: [HOLD, { ...HOLD, sessionId: 's2' }] },
        {
          at: '15m',
          expect: [
            { type: 'slack.alert' },
            { type: 'slack.alert', session: 's1' },
            { type: 'zoho.assignSession' },
            { type: 'zoho.assignSession', session: 's1' },
          ],
        },
      ],
    });
    expect(result.failure).toBeUndefined();
  });

  it('stops the ladder by an acknowledgement', async () => {
    const steps: RuleTest['steps'] = [
      { at: '0s', event: HOLD },
      { at: '16m', click: { button: 'acknowledge', by: 'U1ANA' }, cards: [{ state: 'acknowledged' }] },
      { at: '30m', expect: [{ type: 'zoho.assignSession' }, { type: 'slack.alert' }] },
    ];
    expect((await run({ steps })).failure).toBeUndefined();
    const unclicked = steps.filter(({ click }) => click === undefined);
    expect((await run({ steps: unclicked })).failure?.differences[0]?.unexpected).toMatchObject([
      { type: 'slack.post' },
    ]);
  });

  it('takes the failure actions when nobody is there for a minute', async () => {
    const world = { ...WORLD, agents: [{ id: 'a1', departments: ['d1'] }] };
    const result = await run({
      world,
      steps: [
        { at: '0s', event: HOLD },
        { at: '15m59s', expect: [] },
        {
          at: '16m',
          expect: [
            { type: 'zoho.assignSession', state: 'refused' },
            { type: 'slack.alert', state: 'skipped' },
            { type: 'slack.alert', params: { text: 'nobody for s1' } },
          ],
          cards: [{ state: 'open' }, { state: 'open' }],
        },
      ],
    });
    expect(result.failure).toBeUndefined();
  });

  it('tries a destination that is down again, and gives up on one that refuses', async () => {
    const down = { ...WORLD, faults: [{ destination: 'slack' as const, answer: 'down' as const, to: '16m' }] };
    const later = await run({
      world: down,
      steps: [
        { at: '0s', event: HOLD },
        { at: '15m30s', expect: [{ type: 'zoho.assignSession' }] },
        { at: '20m', expect: [{ type: 'slack.alert' }] },
      ],
    });
    expect(later.failure).toBeUndefined();
    const refusing = { ...WORLD, faults: [{ destination: 'zoho-desk' as const, answer: 'refused' as const }] };
    const refused = await run({
      world: refusing,
      steps: [
        { at: '0s', event: HOLD },
        {
          at: '15m',
          expect: [
            { type: 'zoho.assignSession', state: 'refused' },
            { type: 'slack.alert', state: 'skipped' },
            { type: 'slack.alert' },
          ],
        },
      ],
    });
    expect(refused.failure).toBeUndefined();
  });

  it('keeps the other rules of the folder out, unless the test wants them', async () => {
    expect((await run({ steps: [{ at: '0s', event: HOLD, expect: [] }] })).failure).toBeUndefined();
    const expected = [{ type: 'dashboard.update' as const, rule: 'other', params: { tile: 'n' } }];
    for (const more of ['other', '*']) {
      const result = await run({ with: [more], steps: [{ at: '0s', event: HOLD, expect: expected }] });
      expect(result.failure).toBeUndefined();
    }
    const unknown = await run({ with: ['others'], steps: [{ at: '0s' }] });
    expect(unknown.failure?.fault).toContain('"others"');
  });

  it('judges a late event as late, and the same event twice once', async () => {
    const result = await run({
      steps: [
        { at: '10m', event: ANSWERED, expect: [] },
        { at: '11m', event: { ...HOLD, sessionOldStatus: 'ON_PROGRESS' } },
        { at: '11m', event: { ...HOLD, sessionOldStatus: 'ON_PROGRESS' }, decisions: [{ outcome: 'armed' }] },
        { at: '12m', event: { ...ANSWERED, sessionOldStatus: 'OPEN' }, happenedAt: '3m', decisions: [] },
        { at: '26m', expect: [{ type: 'zoho.assignSession' }, { type: 'slack.alert' }] },
      ],
    });
    expect(result.failure).toBeUndefined();
  });

  it('says what is wrong with a step that cannot happen', async () => {
    const noCard = await run({ steps: [{ at: '0s', click: { button: 'acknowledge' } }] });
    expect(noCard.failure).toMatchObject({ step: 0, fault: 'there is no card of hold to click on' });
    const noEvent = await run({ steps: [{ at: '0s', event: { type: 'IM_Session_Status' } }] });
    expect(noEvent.failure?.fault).toContain('payload.sessionId is missing');
  });
});
