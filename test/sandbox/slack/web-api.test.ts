import { LogLevel, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../../src/domain/clock.ts';
import {
  createSlackStandIn,
  type SlackStandIn,
  type SlackStandInOptions,
} from '../../../src/sandbox/slack/slack-stand-in.ts';
import { MONDAY, toAnswer } from '../../support/stand-in-client.ts';

const OPS = 'C04CHATOPS1';
let slack: SlackStandIn;
let clock: ManualClock;
let client: WebClient;

async function start(options: Partial<SlackStandInOptions> = {}): Promise<void> {
  clock = createManualClock(MONDAY);
  slack = createSlackStandIn({ clock, ...options });
  await slack.start();
  client = clientWith(slack.token);
}
const clientWith = (token: string) =>
  new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 300,
    logLevel: LogLevel.ERROR,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error() {},
      setLevel() {},
      getLevel: () => LogLevel.ERROR,
      setName() {},
    },
    fetch: (url, init) => fetch(url, { ...init, redirect: 'manual' }),
  });
const refusal = (error: string) => expect.objectContaining({ data: expect.objectContaining({ ok: false, error }) });

beforeEach(() => start());
afterEach(() => slack.stop());

describe('posting and editing through @slack/web-api', () => {
  test('a post by #name, by name and by id lands in the channel and answers with its id', async () => {
    for (const channel of ['#chat-ops', 'chat-ops', OPS]) {
      const answer = await client.chat.postMessage({ channel, text: `via ${channel}` });
      expect(answer).toMatchObject({ ok: true, channel: OPS, ts: expect.stringMatching(/^\d{10}\.\d{6}$/) });
    }
    expect(slack.messages('#chat-ops').map(({ text }) => text)).toEqual([
      'via #chat-ops',
      'via chat-ops',
      `via ${OPS}`,
    ]);
  });

  test('ts is unique and grows although the clock stands still', async () => {
    for (const text of ['a', 'b', 'c']) await client.chat.postMessage({ channel: OPS, text });
    const times = slack.messages(OPS).map(({ ts }) => ts);
    expect(new Set(times).size).toBe(3);
    expect(times).toEqual(times.toSorted());
  });

  test('an edit by channel id and ts changes the message and keeps what it said before', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Esperando' } }];
    const { ts } = await client.chat.postMessage({ channel: OPS, text: 'Esperando', blocks });
    clock.advance(60_000);
    await client.chat.update({ channel: OPS, ts: String(ts), text: 'Resolvido' });
    const [message] = slack.messages(OPS);
    expect(message).toMatchObject({ text: 'Resolvido', blocks, edited: { at: MONDAY + 60_000 } });
    expect(message?.history).toEqual([{ text: 'Esperando', blocks, attachments: [], at: MONDAY }]);
    await client.chat.update({ channel: OPS, ts: String(ts), text: 'Resolvido', blocks: [] });
    expect(slack.messages(OPS)[0]?.blocks).toEqual([]);
  });

  test('a thread reply names its parent, and a broadcast one is shown in the channel too', async () => {
    const { ts } = await client.chat.postMessage({ channel: OPS, text: 'parent' });
    await client.chat.postMessage({ channel: OPS, text: 'still', thread_ts: String(ts), reply_broadcast: true });
    expect(slack.messages(OPS)[1]).toMatchObject({ threadTs: ts, broadcast: true });
    const replies = await client.conversations.replies({ channel: OPS, ts: String(ts) });
    expect(replies.messages?.map(({ text }) => text)).toEqual(['parent', 'still']);
    const orphan = client.chat.postMessage({ channel: OPS, text: 'x', thread_ts: '1.000001' });
    await expect(orphan).rejects.toEqual(refusal('cannot_reply_to_message'));
  });

  test('JSON bodies are taken as well as forms', async () => {
    const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel: OPS, text: 'JSON', attachments: [{ color: '#e01e5a', text: 'a' }] }),
    });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(slack.messages(OPS)[0]?.attachments).toEqual([{ color: '#e01e5a', text: 'a' }]);
  });

  test('an ephemeral message is seen by one person and cannot be edited', async () => {
    const { message_ts } = await client.chat.postEphemeral({ channel: OPS, user: 'U04ANASOUZA', text: 'psst' });
    expect(slack.messages(OPS)[0]).toMatchObject({ visibleTo: 'U04ANASOUZA' });
    const edit = client.chat.update({ channel: OPS, ts: String(message_ts), text: 'x' });
    await expect(edit).rejects.toEqual(refusal('message_not_found'));
  });

  test('a deleted message is gone', async () => {
    const { ts } = await client.chat.postMessage({ channel: OPS, text: 'x' });
    await client.chat.delete({ channel: OPS, ts: String(ts) });
    expect(slack.messages(OPS)).toEqual([]);
  });
});

describe('errors as Slack documents them', () => {
  test('a wrong token is invalid_auth, none is not_authed', async () => {
    await expect(clientWith('xoxb-wrong').auth.test()).rejects.toEqual(refusal('invalid_auth'));
    const bare = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  test('a scope that the token lacks is named', async () => {
    await slack.stop();
    await start({ scopes: ['chat:write'] });
    const answer = client.conversations.list();
    await expect(answer).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'channels:read', provided: 'chat:write' },
    });
  });

  test('posting needs a channel that exists, is not archived, and has the bot in it', async () => {
    slack.workspace.addChannel({ id: 'C0ARCHIVED1', name: 'old', purpose: '', botIsMember: true, isArchived: true });
    slack.workspace.addChannel({ id: 'C0PRIVATE01', name: 'board', purpose: '', botIsMember: false, isPrivate: true });
    const post = (channel: string) => client.chat.postMessage({ channel, text: 'x' });
    await expect(post('#nowhere')).rejects.toEqual(refusal('channel_not_found'));
    await expect(post('#board')).rejects.toEqual(refusal('channel_not_found'));
    await expect(post('#old')).rejects.toEqual(refusal('is_archived'));
    await expect(post('#general')).rejects.toEqual(refusal('not_in_channel'));
    await client.conversations.join({ channel: 'C04GENERAL1' });
    await expect(post('#general')).resolves.toMatchObject({ ok: true });
  });

  test('an edit needs the channel’s id, an own message, and the edit window', async () => {
    await slack.stop();
    await start({ editWindowMs: 60_000 });
    const { ts } = await client.chat.postMessage({ channel: OPS, text: 'x' });
    const foreign = slack.workspace.post({ channelId: OPS, userId: 'U04ANASOUZA', text: 'minha' });
    const edit = (channel: string, at: string | undefined) =>
      client.chat.update({ channel, ts: String(at), text: 'y' });
    await expect(edit('#chat-ops', ts)).rejects.toEqual(refusal('channel_not_found'));
    await expect(edit(OPS, '1.000001')).rejects.toEqual(refusal('message_not_found'));
    await expect(edit(OPS, foreign.ts)).rejects.toEqual(refusal('cant_update_message'));
    await expect(edit(OPS, ts)).resolves.toMatchObject({ ok: true });
    clock.advance(60_001);
    await expect(edit(OPS, ts)).rejects.toEqual(refusal('edit_window_closed'));
  });

  test('a text that is too long is refused in an edit and cut, with a warning, in a post', async () => {
    const { ts } = await client.chat.postMessage({ channel: OPS, text: 'x' });
    const edit = client.chat.update({ channel: OPS, ts: String(ts), text: 'y'.repeat(4001) });
    await expect(edit).rejects.toEqual(refusal('msg_too_long'));
    const cut = await client.chat.postMessage({ channel: OPS, text: 'z'.repeat(40_001) });
    expect(cut.response_metadata?.warnings).toEqual(['message_truncated']);
    expect(slack.messages(OPS)[1]?.text).toHaveLength(40_000);
  });

  test('nothing to say is no_text, blocks that are no JSON list are invalid_blocks_format, an unknown method is named', async () => {
    const call = async (method: string, form: Record<string, string>) =>
      toAnswer(
        await fetch(`${slack.apiUrl}${method}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${slack.token}` },
          body: new URLSearchParams(form),
        }),
      );
    expect((await call('chat.postMessage', { channel: OPS })).body.error).toBe('no_text');
    expect((await call('chat.postMessage', { channel: OPS, blocks: '{' })).body.error).toBe('invalid_blocks_format');
    expect((await call('chat.shout', {})).body.error).toBe('unknown_method');
  });
});

describe('rate limits', () => {
  test('a channel takes a burst of three and then one message a second; other channels are free', async () => {
    const post = (channel: string) => client.chat.postMessage({ channel, text: 'x' });
    for (let count = 0; count < 3; count += 1) await post(OPS);
    await expect(post('#chat-ops')).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    await expect(post('#supervisors')).resolves.toMatchObject({ ok: true });
    clock.advance(1000);
    await expect(post(OPS)).resolves.toMatchObject({ ok: true });
    await expect(post(OPS)).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error' });
    expect(slack.messages(OPS)).toHaveLength(4);
  });

  test('edits are limited to fifty a minute for the workspace', async () => {
    const { ts } = await client.chat.postMessage({ channel: OPS, text: '0' });
    const edit = (text: number) => client.chat.update({ channel: OPS, ts: String(ts), text: String(text) });
    for (let count = 1; count <= 50; count += 1) await edit(count);
    await expect(edit(51)).rejects.toMatchObject({ retryAfter: 2 });
    clock.advance(60_000);
    for (let count = 51; count <= 100; count += 1) await edit(count);
  });

  test('limits can be switched off', async () => {
    await slack.stop();
    await start({ limits: 'off' });
    for (let count = 0; count < 20; count += 1) await client.chat.postMessage({ channel: OPS, text: 'x' });
    expect(slack.messages(OPS)).toHaveLength(20);
  });
});

describe('who and where', () => {
  test('auth.test says who the token is', async () => {
    expect(await client.auth.test()).toMatchObject({
      team: 'Loja Exemplo',
      user: 'vigia',
      user_id: 'U04VIGIABOT',
      bot_id: 'B04VIGIABOT',
    });
  });

  test('conversations.list pages by cursor and says where the bot is', async () => {
    const names: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.conversations.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      names.push(...(page.channels ?? []).map((channel) => channel.name));
      cursor = page.response_metadata?.next_cursor;
    } while (cursor !== undefined && cursor !== '');
    expect(names).toEqual(['chat-ops', 'supervisors', 'channel-health', 'vigia', 'general']);
    const info = await client.conversations.info({ channel: 'C04GENERAL1' });
    expect(info.channel?.is_member).toBe(false);
    await expect(client.conversations.info({ channel: '#general' })).rejects.toEqual(refusal('channel_not_found'));
    const members = await client.conversations.members({ channel: OPS });
    expect(members.members).toContain('U04VIGIABOT');
  });

  test('people are found by id and by address', async () => {
    expect((await client.users.info({ user: 'U04ANASOUZA' })).user?.real_name).toBe('Ana Beatriz Souza');
    expect((await client.users.lookupByEmail({ email: 'ana.souza@example.com' })).user?.id).toBe('U04ANASOUZA');
    await expect(client.users.info({ user: 'U0' })).rejects.toEqual(refusal('user_not_found'));
  });
});

describe('faults on demand', () => {
  const post = () => client.chat.postMessage({ channel: OPS, text: 'x' });

  test('429 carries Retry-After', async () => {
    slack.faults.add({ fault: 'ratelimited', path: '/api/chat.postMessage', retryAfterSeconds: 12 });
    await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 12 });
  });

  test.each(['internal_error', 'rate_limited', 'fatal_error', 'service_unavailable', 'request_timeout'])(
    '%s comes with HTTP 200 and posts nothing',
    async (fault) => {
      slack.faults.add({ fault });
      await expect(post()).rejects.toEqual(refusal(fault));
      expect(slack.messages(OPS)).toEqual([]);
      expect(slack.calls.at(-1)?.status).toBe(200);
    },
  );

  test.each([
    ['http_500', 500],
    ['http_503', 503],
  ])('%s', async (fault, statusCode) => {
    slack.faults.add({ fault });
    await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_http_error', statusCode });
  });

  test('after a time-out or a reset the message may be there: the two kinds tell which', async () => {
    for (const [fault, count] of [
      ['timeout_before', 0],
      ['timeout_after', 1],
      ['reset', 1],
      ['reset_after', 2],
    ] as const) {
      slack.faults.add({ fault });
      await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
      expect(slack.messages(OPS)).toHaveLength(count);
    }
  });

  test('another process sets them over HTTP', async () => {
    await fetch(`${slack.url}/__faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ fault: 'token_revoked', path: '/api/*' }),
    });
    await expect(post()).rejects.toEqual(refusal('token_revoked'));
    await expect(post()).resolves.toMatchObject({ ok: true });
  });
});
