import { createAdaptorServer } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { signSlackRequest } from '../../src/sandbox/slack/interaction.ts';
import type { SlackClick } from '../../src/services/slack-clicks.ts';
import { captureLog } from './captured-log.ts';
import { createTestApp, NOW } from './test-app.ts';

const SECRET = 'a-signing-secret-of-the-app';
const ID = '0b0e7a3c-1111-8222-9333-444455556666';

function body(changes: Record<string, unknown> = {}): string {
  const payload = {
    type: 'block_actions',
    user: { id: 'U04ANASOUZA' },
    channel: { id: 'C1' },
    actions: [{ action_id: 'vigia.acknowledge', value: `alert:${ID}`, action_ts: '1772456400.5' }],
    ...changes,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

function start(more: Parameters<typeof createTestApp>[0] = {}) {
  const clicks: SlackClick[] = [];
  const { app, clock } = createTestApp({
    config: { slack: { signingSecret: SECRET } },
    async slackClicked(click) {
      clicks.push(click);
    },
    ...more,
  });
  const post = (text: string, headers: Record<string, string> = signSlackRequest(SECRET, text, NOW)) =>
    app.request('/slack/interactions', { method: 'POST', body: text, headers });
  return { app, clock, clicks, post };
}

describe('the receiver of clicks', () => {
  it('answers 200 with nothing to say, and hands the click on', async () => {
    const { clicks, post } = start();
    const answer = await post(body());
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(clicks).toEqual([
      {
        click: { verb: 'acknowledge', target: { kind: 'alert', id: ID } },
        userId: 'U04ANASOUZA',
        channelId: 'C1',
        clickedAt: 1_772_456_400_500,
      },
    ]);
  });

  it.each<[string, (good: Record<string, string>) => Record<string, string>]>([
    ['another signature', (good) => ({ ...good, 'x-slack-signature': `v0=${'0'.repeat(64)}` })],
    ['no signature', ({ 'x-slack-signature': _, ...rest }) => rest],
    ['no time', ({ 'x-slack-request-timestamp': _, ...rest }) => rest],
    ['a time that was not signed', (good) => ({ ...good, 'x-slack-request-timestamp': String(NOW / 1000 - 1) })],
    ['an old request', () => signSlackRequest(SECRET, body(), NOW - 301_000)],
    ['a request of the future', () => signSlackRequest(SECRET, body(), NOW + 301_000)],
    ['another app’s secret', () => signSlackRequest('another', body(), NOW)],
  ])('%s is answered 401, and nothing is done', async (_, change) => {
    const { clicks, post } = start();
    const answer = await post(body(), change(signSlackRequest(SECRET, body(), NOW)));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(clicks).toEqual([]);
  });

  it('the admin token is no substitute for the signature', async () => {
    const { clicks, app } = start();
    const headers = { authorization: 'Bearer an-admin-token-of-27-chars!' };
    expect((await app.request('/slack/interactions', { method: 'POST', body: body(), headers })).status).toBe(401);
    expect(clicks).toEqual([]);
  });

  it('says which check failed in the log, and never the secret', async () => {
    const logs = await captureLog();
    await start().post(body(), signSlackRequest(SECRET, body(), NOW - 301_000));
    const text = logs.lines().join('\n');
    await logs.stop();
    expect(text).toContain('check skew failed');
    expect(text).not.toContain(SECRET);
  });

  it.each(['', 'payload=%7B', 'payload=[]', body({ user: 'me' }), body({ actions: [] })])(
    'a body like %j is answered 400',
    async (text) => {
      const { clicks, post } = start();
      expect((await post(text)).status).toBe(400);
      expect(clicks).toEqual([]);
    },
  );

  it('what is no click of ours is answered well, and nothing is done', async () => {
    const { clicks, post } = start();
    for (const text of ['ssl_check=1', body({ type: 'shortcut' }), body({ actions: [{ action_id: 'theirs' }] })]) {
      expect((await post(text)).status).toBe(200);
    }
    expect(clicks).toEqual([]);
  });

  it('a body beyond 512 KiB is answered 413', async () => {
    const { post } = start();
    const text = `payload=${'x'.repeat(513 * 1024)}`;
    expect((await post(text)).status).toBe(413);
  });

  it('without a signing secret nobody listens', async () => {
    const { post } = start({ config: { slack: { signingSecret: undefined } } });
    expect((await post(body())).status).toBe(404);
  });

  it('is there for POST only', async () => {
    const { app } = start();
    expect((await app.request('/slack/interactions')).status).toBe(404);
    expect((await app.request('/slack/other', { method: 'POST' })).status).toBe(404);
  });
});

describe('on a socket', () => {
  const closers: (() => unknown)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  it('answers within Slack’s three seconds also while the database hangs, and keeps the work alive', async () => {
    const kept: Promise<unknown>[] = [];
    const { app } = start({
      slackClicked: () => new Promise(() => {}),
      keepAlive: (work) => kept.push(work),
    });
    const server = createAdaptorServer(app);
    closers.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const startedAt = performance.now();
    const headers = signSlackRequest(SECRET, body(), NOW);
    const url = `http://127.0.0.1:${port}/slack/interactions`;
    const answer = await fetch(url, { method: 'POST', body: body(), headers });
    expect(answer.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(kept).toHaveLength(1);
  });
});
