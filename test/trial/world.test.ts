import { describe, expect, it } from 'vitest';
import { type RuleTest, testFileSchema } from '../../src/domain/test-file.ts';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';
import { createTestRunner } from '../../src/trial/run-test.ts';

/** What a test can say of its world beside agents, channels and faults. */
const status = (value: string) => ({ fact: 'session', path: '$.status', operator: 'equal', value });
const card = { type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } };
const RULES = {
  hold: {
    for: '10m',
    conditions: { all: [status('ON_HOLD')] },
    actions: [card, { type: 'record', params: { dataset: 'held', fields: { id: '{{ session.id }}' } } }],
    onResolve: [{ type: 'zoho.commentTicket', params: { text: 'It is over' } }],
  },
  said: {
    on: ['IM_Session_Status'],
    conditions: { all: [] },
    actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'x' } }],
  },
  assign: {
    for: '5m',
    episodeBy: ['session.assigneeId'],
    conditions: { all: [status('ON_HOLD')] },
    actions: [{ type: 'zoho.assignSession', params: { agentId: 'a2' } }],
  },
  ours: {
    on: ['IM_Session_Status'],
    conditions: { all: [{ fact: 'transition', path: '$.ours', operator: 'equal', value: true }] },
    actions: [{ type: 'record', params: { dataset: 'ours', fields: { to: '{{ session.assigneeId }}' } } }],
  },
  'in-hours': {
    on: ['IM_Session_Status'],
    during: 'office',
    conditions: { all: [] },
    actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'open' } }],
  },
};
const FILES = new Map(
  Object.entries(RULES).map(([id, rule]) => [`${id}.rule.json`, JSON.stringify({ name: id, ...rule })]),
).set(
  'calendars.json',
  JSON.stringify({ office: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['09:00-18:00'] } } }),
);

const WORLD = { agents: [{ id: 'a1' }, { id: 'a2', zuid: 'z2' }] };
const held = (sessionId = 's1') => ({
  type: 'IM_Session_Status',
  sessionId,
  sessionStatus: 'ON_HOLD',
  currentAssigneeId: 'a1',
  assigneeType: 'AGENT',
  channelId: 'c1',
});
const ended = { ...held(), sessionOldStatus: 'ON_HOLD', sessionStatus: 'ENDED' };

async function run(ruleId: string, test: Omit<RuleTest, 'name'>) {
  const parsed = testFileSchema.parse({ tests: [{ name: 'a test', ...test }] });
  const loaded = loadRuleset(FILES);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const [only] = parsed.tests;
  if (only === undefined) throw new Error('no test');
  const { failure } = await createTestRunner(loaded.ruleset).run(ruleId, only);
  return failure;
}

describe("a test's world", () => {
  it('has silences: a card waits for the end, everything else goes on', async () => {
    const failure = await run('hold', {
      world: { silences: [{ rule: 'hold', from: '5m', to: '30m' }] },
      steps: [
        { at: '0s', event: held(), decisions: [{ outcome: 'armed' }] },
        { at: '29m', expect: [{ type: 'record' }], decisions: [{ outcome: 'fired' }], cards: [{ state: 'open' }] },
        { at: '30m', expect: [{ type: 'slack.alert' }] },
      ],
    });
    expect(failure).toBeUndefined();
  });

  it('skips the card of what is over before the silence, and what tells of a moment', async () => {
    const world = { silences: [{ everything: true as const }] };
    expect(
      await run('hold', {
        steps: [
          { at: '0s', event: held() },
          { at: '5m', world: { silences: [{ everything: true, to: '30m' }] } },
          { at: '20m', event: ended, expect: [{ type: 'record' }, { type: 'zoho.commentTicket' }] },
          { at: '30m', expect: [{ type: 'slack.alert', state: 'skipped' }], cards: [{ state: 'resolved' }] },
        ],
      }),
    ).toBeUndefined();
    expect(
      await run('said', {
        world,
        steps: [
          {
            at: '0s',
            event: held(),
            expect: [{ type: 'slack.post', state: 'skipped' }],
            decisions: [{ outcome: 'silenced' }],
          },
        ],
      }),
    ).toBeUndefined();
  });

  it('has pauses, which let actions wait or drop them', async () => {
    expect(
      await run('said', {
        world: { pauses: [{ destination: 'slack', actions: 'wait', from: '0s', to: '10m' }] },
        steps: [
          { at: '0s', event: held(), expect: [], decisions: [{ outcome: 'fired' }] },
          { at: '9m59s', expect: [] },
          { at: '10m', expect: [{ type: 'slack.post' }] },
        ],
      }),
    ).toBeUndefined();
    expect(
      await run('said', {
        world: { pauses: [{ rule: 'said', actions: 'drop' }] },
        steps: [{ at: '0s', event: held(), expect: [{ type: 'slack.post', state: 'skipped' }] }],
      }),
    ).toBeUndefined();
  });

  it('lets Zoho Desk tell of what our own actions have changed, as it does', async () => {
    const test = (echo: object) => ({
      with: ['ours'],
      world: { ...WORLD, ...echo },
      steps: [
        { at: '0s', event: held() },
        { at: '5m', expect: [{ type: 'zoho.assignSession' as const, params: { agentId: 'a2' } }] },
        { at: '5m1s', expect: [] },
        { at: '5m2s', expect: [{ type: 'record' as const, rule: 'ours', params: { fields: { to: 'z2' } } }] },
      ],
    });
    expect(await run('assign', test({ echo: '2s' }))).toBeUndefined();
    expect(await run('assign', test({}))).toMatchObject({ at: '5m2s' });
  });

  it('recognises an own change in an event that a test writes, and no other', async () => {
    const moved = (to: string) => ({ ...held(), sessionOldStatus: 'ON_HOLD', currentAssigneeId: to });
    const test = (to: string, count: number) => ({
      with: ['ours'],
      world: WORLD,
      steps: [
        { at: '0s', event: held() },
        {
          at: '5m1s',
          event: moved(to),
          expect: [{ type: 'zoho.assignSession' as const }, ...Array(count).fill({ type: 'record' })],
        },
      ],
    });
    expect(await run('assign', test('z2', 1))).toBeUndefined();
    expect(await run('assign', test('z3', 0))).toBeUndefined();
  });

  it('verifies a change as the service does: who has the chat by now keeps it', async () => {
    const failure = await run('assign', {
      world: { ...WORLD, faults: [{ destination: 'zoho-desk', answer: 'down', to: '5m30s' }] },
      steps: [
        { at: '0s', event: held() },
        { at: '5m10s', event: ended, expect: [] },
        { at: '6m', expect: [{ type: 'zoho.assignSession', state: 'skipped' }] },
      ],
    });
    expect(failure).toBeUndefined();
  });

  it('has a budget of cards, and what is over it shares one', async () => {
    const failure = await run('hold', {
      world: { cardBudget: 2 },
      steps: [
        { at: '0s', events: ['s1', 's2', 's3', 's4'].map(held) },
        {
          at: '10m30s',
          expect: [
            ...Array(4).fill({ type: 'record' }),
            { type: 'slack.alert', session: 's1' },
            { type: 'slack.alert', session: 's2' },
            { type: 'slack.alert', params: { chats: 2 } },
          ],
          cards: Array(4).fill({ state: 'open' }),
        },
      ],
    });
    expect(failure).toBeUndefined();
  });

  it('has calendars, in place of those of the folder', async () => {
    const at = (hours: string) => ({
      world: { calendars: { office: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': [hours] } } } },
      steps: [
        {
          at: '0s',
          event: held(),
          decisions: [{ outcome: hours === '14:00-18:00' ? ('closed' as const) : ('fired' as const) }],
        },
      ],
    });
    expect(await run('in-hours', at('14:00-18:00'))).toBeUndefined();
    expect(await run('in-hours', at('10:00-18:00'))).toBeUndefined();
    const overlapping = { office: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['10:00-12:00', '11:00-13:00'] } } };
    const failure = await run('in-hours', { ...at('10:00-18:00'), world: { calendars: overlapping } });
    expect(failure?.fault).toContain('the calendars of this world cannot be loaded: calendars.json');
  });

  it('tells of a silence or a pause that cannot be', async () => {
    const steps = [{ at: '0s', event: held() }];
    expect((await run('hold', { world: { silences: [{ rule: 'holt' }] }, steps }))?.fault).toContain('holt');
    expect((await run('hold', { world: { silences: [{}] }, steps }))?.fault).toContain('names nothing');
    const late = { at: '5m', world: { pauses: [{ channel: 'nowhere', actions: 'wait' as const }] } };
    expect(await run('hold', { steps: [...steps, late] })).toMatchObject({
      step: 1,
      fault: expect.stringContaining('nowhere'),
    });
    const ends = { pauses: [{ everything: true as const, actions: 'wait' as const, from: '10m', to: '5m' }] };
    expect((await run('hold', { world: ends, steps }))?.fault).toContain('end before it begins');
  });
});
