import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlackDestination } from '../../../src/delivery/slack/slack-destination.ts';
import { slackDiagnose, slackSendTest } from '../../../src/delivery/slack/slack-doctor.ts';
import type { Pace } from '../../../src/delivery/slack/slack-ports.ts';
import type { Alert, AlertCard } from '../../../src/domain/alert.ts';
import { createManualClock, type ManualClock } from '../../../src/domain/clock.ts';
import { emptyDirectory } from '../../../src/domain/directory.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Directory } from '../../../src/domain/rule.ts';
import { createSlackStandIn, type SlackStandIn } from '../../../src/sandbox/slack/slack-stand-in.ts';
import { delivery, never } from '../../support/deliveries.ts';

const AT = Date.parse('2026-03-02T13:00:00Z');
const RULE = { name: 'On hold too long', owner: 'support-leads', runbook: 'https://wiki.example.org/hold' };

function directory(): Directory {
  return {
    ...emptyDirectory(),
    agents: new Map([['65403000000190001', { name: 'Ana Beatriz Souza', zuid: '106554156', slack: 'U04ANASOUZA' }]]),
    agentIdByZuid: new Map([['106554156', '65403000000190001']]),
    slackUsers: new Map([['leads', 'S04LEADS111']]),
    slackChannels: new Map([['#ops', 'C04CHATOPS1']]),
  };
}

describe('the Slack destination', () => {
  let clock: ManualClock;
  let slack: SlackStandIn;
  let alerts: Map<string, Alert>;
  let turns: [string, number][];
  let pace: Pace;
  beforeEach(async () => {
    clock = createManualClock(AT);
    slack = createSlackStandIn({ clock, limits: 'off' });
    await slack.start();
    alerts = new Map();
    turns = [];
    pace = async (key, intervalMs) => {
      turns.push([key, intervalMs]);
      return { ok: true };
    };
  });
  afterEach(() => slack.stop());

  const connect = (overrides: Partial<Parameters<typeof createSlackDestination>[0]> = {}) =>
    createSlackDestination({
      token: slack.token,
      apiUrl: slack.apiUrl,
      publicUrl: 'https://vigia.example.org',
      clock,
      pace: (key, intervalMs) => pace(key, intervalMs),
      findAlert: async (_orgId, id) => alerts.get(id),
      findGroup: async () => undefined,
      directory,
      ...overrides,
    });
  const post = (params: JsonObject) => connect().deliver(delivery('slack.post', params), never);
  const alertWith = (params: JsonObject) =>
    connect().deliver(delivery('slack.alert', { channel: '#ops', text: 'a chat waits', rule: RULE, ...params }), never);

  it('posts the rendered text and nothing added, in the channel that the directory names', async () => {
    const outcome = await post({ channel: '#ops', text: 'Chat &lt;4711&gt; waits' });
    const [message] = slack.messages('#chat-ops');
    expect(message).toMatchObject({ text: 'Chat &lt;4711&gt; waits', blocks: [], attachments: [] });
    expect(outcome).toEqual({ kind: 'delivered', result: { channel: 'C04CHATOPS1', ts: message?.ts } });
    expect(turns).toEqual([['slack:post:C04CHATOPS1', 1_000]]);
  });

  it('posts to a #name that only Slack knows, with blocks, and answers in a thread', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(9_000) } }];
    const first = await post({ channel: '#supervisors', text: 'hi', blocks });
    const ts = first.kind === 'delivered' ? String(first.result.ts) : '';
    await post({ channel: '#supervisors', text: 'again', thread: ts });
    const [parent, reply] = slack.messages('#supervisors');
    expect(JSON.stringify(parent?.blocks)).toContain(`${'x'.repeat(2_999)}…`);
    expect(reply?.threadTs).toBe(ts);
  });

  it('posts a card that names rule, owner, runbook and the chat, and mentions by any name of the directory', async () => {
    for (const mention of ['leads', 'Ana Beatriz Souza', '106554156', 'U04BRUNOCAR', 'here', '@nobody <x>']) {
      await alertWith({ mention });
    }
    const texts = slack.messages('#chat-ops').map(({ blocks }) => JSON.stringify(blocks[1]));
    const mentions = ['<!subteam^S04LEADS111>', '<@U04ANASOUZA>', '<@U04ANASOUZA>', '<@U04BRUNOCAR>', '<!here>'];
    for (const [index, markup] of mentions.entries()) expect(texts[index]).toContain(`${markup} a chat waits`);
    expect(texts[5]).toContain('@nobody &lt;x&gt; a chat waits');
    const context = JSON.stringify(slack.messages('#chat-ops')[0]?.blocks.at(-1));
    expect(context).toContain('support-leads');
    expect(context).toContain('https://wiki.example.org/hold');
    expect(context).toContain('https://vigia.example.org/sessions/s1');
  });

  it('answers with the card as rendered, which a later edit starts from', async () => {
    const outcome = await alertWith({
      severity: 'critical',
      fields: [
        { title: 'Chat', value: 's1' },
        { title: 'Empty', value: '' },
      ],
    });
    expect(outcome).toMatchObject({
      kind: 'delivered',
      result: {
        channel: 'C04CHATOPS1',
        card: {
          text: 'a chat waits',
          severity: 'critical',
          ruleName: RULE.name,
          fields: [{ title: 'Chat', value: 's1' }],
        },
      },
    });
  });

  it('posts no card for an episode that is over', async () => {
    const over = delivery('slack.alert', { channel: '#ops', text: 'x' }, { episodeOver: true });
    expect(await connect().deliver(over, never)).toEqual({
      kind: 'skipped',
      reason: 'the episode was over before the card was posted',
    });
    expect(slack.calls).toHaveLength(0);
  });

  describe('editing a card', () => {
    async function posted(): Promise<Alert> {
      const outcome = await alertWith({});
      if (outcome.kind !== 'delivered') throw new Error(outcome.reason);
      const alert: Alert = {
        orgId: '106553778',
        id: 'a1',
        ruleId: 'on-hold-too-long',
        subject: 'session:s1',
        state: 'open',
        openedAt: AT,
        slackChannel: String(outcome.result.channel),
        slackTs: String(outcome.result.ts),
        card: outcome.result.card as unknown as AlertCard,
      };
      alerts.set('a1', alert);
      turns = [];
      return alert;
    }
    const edit = (params: JsonObject) =>
      connect().deliver(delivery('slack.alertUpdate', { alertId: 'a1', ...params }), never);

    it('shows that it was acknowledged, then resolved, in the same message', async () => {
      const alert = await posted();
      const acknowledged = await edit({ change: 'acknowledged', at: '2026-03-02T13:05:00.000Z', by: 'ana' });
      expect(acknowledged).toMatchObject({ kind: 'delivered', result: { channel: 'C04CHATOPS1', ts: alert.slackTs } });
      await edit({ change: 'resolved', at: AT + 720_000, reason: 'the chat was answered' });
      expect(slack.messages('#chat-ops')).toHaveLength(1);
      const [message] = slack.messages('#chat-ops');
      expect(message?.history).toHaveLength(2);
      expect(message?.text).toMatch(/^✅ On hold too long: a chat waits/);
      expect(JSON.stringify(message?.blocks)).toContain('*Resolved* after 12m: the chat was answered');
      expect(turns.map(([key]) => key)).toEqual(['slack:update', 'slack:update']);
    });

    it.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
      'posts a new card when Slack answers %s',
      async (fault) => {
        const alert = await posted();
        slack.faults.add({ fault, path: '/api/chat.update' });
        const outcome = await edit({ change: 'resolved', at: AT, reason: 'over' });
        const [first, second] = slack.messages('#chat-ops');
        expect(first?.ts).toBe(alert.slackTs);
        expect(outcome).toMatchObject({ kind: 'delivered', result: { ts: second?.ts } });
        expect(second?.text).toMatch(/^✅/);
        expect(turns.map(([key]) => key)).toEqual(['slack:update', 'slack:post:C04CHATOPS1']);
      },
    );

    it('is skipped for an alert that is gone or was never posted', async () => {
      expect(await edit({ change: 'resolved' })).toMatchObject({ kind: 'skipped' });
      const { slackTs: _, ...unposted } = await posted();
      alerts.set('a1', unposted);
      expect(await edit({ change: 'resolved' })).toEqual({ kind: 'skipped', reason: 'the card was never posted' });
    });

    const again = (params: JsonObject = {}, overrides: Partial<ReturnType<typeof delivery>> = {}) =>
      connect().deliver(
        {
          ...delivery('slack.alertUpdate', {
            alertId: 'a1',
            change: 'repeated',
            card: { channel: '#ops', text: 'it still waits', mention: 'leads', rule: RULE, ...params },
          }),
          ...overrides,
        },
        never,
      );

    it('tells a card again: it shows the text of the moment, and a reply that all see says so', async () => {
      const alert = await posted();
      const outcome = await again();
      const [card, reply] = slack.messages('#chat-ops');
      expect(card).toMatchObject({ ts: alert.slackTs });
      expect(card?.text).toContain('it still waits');
      expect(reply).toMatchObject({ threadTs: alert.slackTs, broadcast: true, blocks: [] });
      expect(reply?.text).toBe('🔁 <!subteam^S04LEADS111> it still waits');
      // What is kept of it is the card's own place, so that the next edit finds it.
      expect(outcome).toMatchObject({
        kind: 'delivered',
        result: { ts: alert.slackTs, card: { text: 'it still waits' } },
      });
      expect(turns.map(([key]) => key)).toEqual(['slack:update', 'slack:post:C04CHATOPS1']);
    });

    it.each(['acknowledged', 'snoozed', 'resolved'] as const)(
      'tells no card again that is %s by then',
      async (state) => {
        const alert = await posted();
        alerts.set('a1', { ...alert, state });
        expect(await again()).toMatchObject({ kind: 'skipped' });
        expect(await again({}, { episodeOver: true })).toMatchObject({ kind: 'skipped' });
        expect(slack.messages('#chat-ops')).toHaveLength(1);
      },
    );

    const ticked = (text: string) =>
      connect().deliver(
        delivery('slack.alertUpdate', {
          alertId: 'a1',
          change: 'ticked',
          card: { channel: '#ops', text, rule: RULE },
        }),
        never,
      );

    it('edits a card at a later tick when it says something else, in its thread nothing', async () => {
      const alert = await posted();
      const outcome = await ticked('twelve wait');
      expect(slack.messages('#chat-ops')).toHaveLength(1);
      expect(slack.messages('#chat-ops')[0]).toMatchObject({ ts: alert.slackTs });
      expect(slack.messages('#chat-ops')[0]?.text).toContain('twelve wait');
      expect(outcome).toMatchObject({ kind: 'delivered', result: { card: { text: 'twelve wait' } } });
    });

    it('leaves a card alone at a tick that says the same, and one that was resolved by then', async () => {
      const alert = await posted();
      const said = { text: 'twelve wait', ruleName: 'r' };
      alerts.set('a1', { ...alert, card: said });
      const calls = slack.calls.length;
      expect(await ticked('twelve wait')).toMatchObject({ kind: 'skipped' });
      alerts.set('a1', { ...alert, card: said, state: 'resolved' });
      expect(await ticked('thirteen wait')).toMatchObject({ kind: 'skipped' });
      expect(slack.calls).toHaveLength(calls);
      alerts.set('a1', { ...alert, card: said, state: 'acknowledged', acknowledgedAt: 1, acknowledgedBy: 'Ana' });
      expect(await ticked('thirteen wait')).toMatchObject({ kind: 'delivered' });
      expect(slack.messages('#chat-ops')[0]?.text).toMatch(/^👀/);
    });

    it('posts the card at its repeat when the first post came to nothing', async () => {
      const { slackTs: _, slackChannel: __, card: ___, ...unposted } = await posted();
      alerts.set('a1', unposted);
      const outcome = await again();
      expect(outcome).toMatchObject({ kind: 'delivered', result: { ts: slack.messages('#chat-ops').at(-1)?.ts } });
      expect(slack.messages('#chat-ops').at(-1)?.threadTs).toBeUndefined();
    });

    it('says that a repeat is uncertain when the answer to its reply was lost', async () => {
      await posted();
      slack.faults.add({ fault: 'reset_after', path: '/api/chat.postMessage' });
      expect(await again()).toMatchObject({ kind: 'uncertain' });
    });

    it('is simply tried again when its answer was lost', async () => {
      await posted();
      slack.faults.add({ fault: 'reset_after', path: '/api/chat.update' });
      expect(await edit({ change: 'resolved' })).toMatchObject({ kind: 'retry' });
    });
  });

  it('keeps its pace: a turn that is not there yet is waited for and is no failed attempt', async () => {
    pace = async () => ({ ok: false, retryAfterMs: 640 });
    expect(await post({ channel: '#ops', text: 'x' })).toMatchObject({ kind: 'retry', afterMs: 640, counts: false });
    expect(slack.calls).toHaveLength(0);
  });

  it('waits as long as Slack asks, without counting it', async () => {
    slack.faults.add({ fault: 'ratelimited', retryAfterSeconds: 12 });
    const outcome = await post({ channel: '#ops', text: 'x' });
    expect(outcome).toMatchObject({ kind: 'retry', afterMs: 12_000, counts: false });
    expect(slack.calls).toHaveLength(1);
  });

  it.each(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'rate_limited'])(
    'tries again after a 200 with %s',
    async (fault) => {
      slack.faults.add({ fault });
      expect(await post({ channel: '#ops', text: 'x' })).toMatchObject({ kind: 'retry' });
    },
  );

  it('says that a message may have been posted when its answer was lost', async () => {
    slack.faults.add({ fault: 'reset_after' });
    expect(await post({ channel: '#ops', text: 'x' })).toMatchObject({ kind: 'uncertain' });
    expect(slack.messages('#chat-ops')).toHaveLength(1);
  });

  it.each([
    ['not_in_channel', 'invite it with /invite @vigia in #ops'],
    ['channel_not_found', 'Slack finds no channel #ops'],
    ['is_archived', '#ops is archived'],
    ['invalid_auth', 'SLACK_BOT_TOKEN'],
    ['account_inactive', 'SLACK_BOT_TOKEN'],
    ['token_revoked', 'SLACK_BOT_TOKEN'],
    ['missing_scope', 'OAuth & Permissions'],
    ['msg_too_long', 'shorten'],
    ['invalid_blocks', 'check blocks in the rule'],
  ])('refuses for good on %s, and says what to do', async (fault, remedy) => {
    slack.faults.add({ fault });
    const outcome = await post({ channel: '#ops', text: 'x' });
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringContaining(remedy) });
  });

  it('shows no token that Slack hands back with its objections', async () => {
    const body = { ok: false, error: 'invalid_blocks', response_metadata: { messages: [`bad: ${slack.token}`] } };
    slack.faults.add({ fault: 'respond', status: 200, body });
    const outcome = await post({ channel: '#ops', text: 'x' });
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('bad: [secret]') });
  });

  it('calls a channel by its name where it has its id', async () => {
    slack.faults.add({ fault: 'not_in_channel' });
    const outcome = await post({ channel: 'C04CHATOPS1', text: 'x' });
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('in #ops') });
  });

  it('tells where Slack found fault with blocks', async () => {
    const outcome = await post({ channel: '#ops', text: 'x', blocks: [{ type: 'section' }] });
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringContaining('[json-pointer:/blocks/0') });
  });

  it.each([
    [{ text: 'x' }, 'channel is missing'],
    [{ channel: ' ', text: 'x' }, 'channel rendered to nothing'],
    [{ channel: '#ops', text: '' }, 'text rendered to nothing'],
    [{ channel: '#ops', text: 'x', blocks: 'no' }, 'blocks is not a list'],
  ])('refuses %j before anything is sent', async (params, reason) => {
    expect(await post(params)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) });
    expect(slack.calls).toHaveLength(0);
  });

  it('is not connected without a token', async () => {
    const unconnected = connect({ token: '' });
    expect(unconnected.connected).toBe(false);
    const outcome = await unconnected.deliver(delivery('slack.post', { channel: '#ops', text: 'x' }), never);
    expect(outcome).toEqual({ kind: 'not_connected', reason: expect.stringContaining('SLACK_BOT_TOKEN') });
  });

  describe('the doctor', () => {
    const options = () => ({ token: slack.token, apiUrl: slack.apiUrl, clock, directory: directory() });

    it('tells who the bot is and in which channels', async () => {
      slack.workspace.addChannel({ id: 'C04ARCHIVED', name: 'old', purpose: '', botIsMember: true, isArchived: true });
      const diagnosis = await slackDiagnose(options(), ['#ops', '#general', 'old', '#nowhere', 'C0NOWHERE1'], never);
      expect(diagnosis).toEqual({
        auth: { ok: true, team: 'Loja Exemplo', user: 'vigia' },
        channels: [
          { written: '#ops', state: 'member', id: 'C04CHATOPS1' },
          { written: '#general', state: 'not_member', id: 'C04GENERAL1', remedy: expect.stringContaining('/invite') },
          { written: 'old', state: 'archived', id: 'C04ARCHIVED', remedy: expect.any(String) },
          { written: '#nowhere', state: 'not_found', remedy: expect.any(String) },
          { written: 'C0NOWHERE1', state: 'not_found', remedy: expect.any(String) },
        ],
      });
      // The list is read once, however many names are looked for.
      expect(slack.calls.filter(({ path }) => path.endsWith('conversations.list'))).toHaveLength(1);
    });

    it('tells what is wrong with the token, and which scope is missing', async () => {
      const wrong = await slackDiagnose({ ...options(), token: 'xoxb-wrong' }, ['#ops'], never);
      expect(wrong).toEqual({ auth: { ok: false, reason: expect.stringContaining('SLACK_BOT_TOKEN') }, channels: [] });
      slack.faults.add({
        fault: 'respond',
        path: '*.info',
        status: 200,
        body: { ok: false, error: 'missing_scope', needed: 'channels:read' },
      });
      const { channels } = await slackDiagnose(options(), ['#ops'], never);
      expect(channels[0]).toMatchObject({ state: 'unknown', remedy: expect.stringContaining('channels:read') });
    });

    it('sends a test message, or says why it did not arrive', async () => {
      expect(await slackSendTest(options(), '#ops', never)).toEqual({ ok: true });
      expect(slack.messages('#chat-ops')[0]?.text).toContain('test');
      expect(await slackSendTest(options(), '#general', never)).toEqual({
        ok: false,
        reason: expect.stringContaining('/invite @vigia in #general'),
      });
    });
  });
});
