import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppEnv, HttpConfig } from '../../src/http/app-deps.ts';
import { captureLog } from './captured-log.ts';
import { ADMIN_TOKEN, BEARER, createTestApp } from './test-app.ts';

/** A stand-in for the pages: a page, a form's target, the login, an asset. */
function createPages() {
  return new Hono()
    .get('/', (c) => c.html('<h1>board</h1>'))
    .get('/login', (c) => c.html('<form></form>'))
    .get('/assets/style.css', (c) => c.text('body {}'))
    .post('/change', (c) => c.text('changed'));
}

const RULES = '/api/v1/rules';
const PAGE = { accept: 'text/html' };
const noToken = { adminToken: undefined };
const loopback = { listensOnLoopback: true };

function createApp(config: Partial<HttpConfig> = {}) {
  return createTestApp({ config, dashboard: createPages() });
}

/** Logs in as a browser does; the cookie as it would be sent back. */
async function logIn(app: Hono<AppEnv>, token = ADMIN_TOKEN, headers: Record<string, string> = {}) {
  const response = await app.request('/login', {
    method: 'POST',
    body: new URLSearchParams({ token, next: '/sessions/1?x=2' }),
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
  });
  const cookie = response.headers.get('set-cookie') ?? '';
  return { response, cookie, headers: { cookie: cookie.split(';')[0] ?? '' } };
}

let log: Awaited<ReturnType<typeof captureLog>>;
beforeEach(async () => {
  log = await captureLog();
});
afterEach(() => log.stop());

describe('the API', () => {
  it('wants the admin token', async () => {
    const { app } = createApp();
    expect((await app.request(RULES, { headers: BEARER })).status).toBe(200);
    for (const authorization of [
      '',
      'Bearer',
      'Bearer wrong',
      `Basic ${ADMIN_TOKEN}`,
      `Bearer ${ADMIN_TOKEN}x`,
      ADMIN_TOKEN,
    ]) {
      const response = await app.request(RULES, { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      expect(await response.json()).toMatchObject({ status: 401, code: 'unauthorized', requestId: expect.any(String) });
    }
  });

  it.each(['/metrics', '/api/v1/sessions', '/api/v1/nothing', '/api/nothing'])(
    '%s is closed without it',
    async (path) => {
      const { app } = createApp();
      expect((await app.request(path)).status).toBe(401);
    },
  );

  it.each(['/healthz', '/openapi.json'])('%s is open', async (path) => {
    const { app } = createApp();
    expect((await app.request(path)).status).toBe(200);
  });

  it('wants the token on loopback too, where there is one', async () => {
    const { app } = createApp(loopback);
    expect((await app.request(RULES)).status).toBe(401);
  });

  it('without a token configured is closed to the network, and says what to do', async () => {
    const { app } = createApp(noToken);
    const response = await app.request(RULES, { headers: BEARER });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ remedy: expect.stringContaining('ADMIN_TOKEN') });
  });

  it('without a token configured is open to this machine, with a warning', async () => {
    const { app } = createApp({ ...noToken, ...loopback });
    expect((await app.request(RULES)).status).toBe(200);
    expect(log.lines().join('\n')).toMatch(/warning ADMIN_TOKEN is not set/);
  });

  it.each([
    ['another name that leads here', 'http://evil.example.org/api/v1/rules', {}],
    ['a tunnel or a proxy', RULES, { 'x-forwarded-for': '203.0.113.9' }],
    ['a proxy that hides the name', RULES, { forwarded: 'for=203.0.113.9' }],
  ])('open to this machine is not open by %s', async (_name, url, headers) => {
    const { app } = createApp({ ...noToken, ...loopback });
    expect((await app.request(url, { headers })).status).toBe(401);
  });

  it('open to this machine is not open to the pages of other sites in its browser', async () => {
    const { app, commands } = createApp({ ...noToken, ...loopback });
    const post = (headers: Record<string, string>) =>
      app.request('/api/v1/alerts/1/acknowledge', { method: 'POST', headers });
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await post({ origin: 'https://evil.example.org' })).status).toBe(403);
    expect((await post({ origin: 'null' })).status).toBe(403);
    expect(commands).toEqual([]);
    await post({});
    expect(commands).toEqual(['acknowledge 1 by local']);
  });

  it('takes a login, for reading and for what its own pages change', async () => {
    const { app, commands } = createApp();
    const { headers } = await logIn(app);
    expect((await app.request(RULES, { headers })).status).toBe(200);
    const post = (more: Record<string, string>) =>
      app.request('/api/v1/alerts/1/acknowledge', { method: 'POST', headers: { ...headers, ...more } });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(commands).toEqual([]);
    await post({ 'sec-fetch-site': 'same-origin' });
    await post({ origin: 'http://localhost' });
    expect(commands).toEqual(['acknowledge 1 by board', 'acknowledge 1 by board']);
  });
});

describe('the board', () => {
  it('on loopback is open to this machine', async () => {
    const { app } = createApp(loopback);
    expect((await app.request('/')).status).toBe(200);
    expect((await app.request('http://127.0.0.1:8787/')).status).toBe(200);
    expect((await app.request('http://evil.example.org/')).status).toBe(401);
  });

  it('elsewhere leads a browser to the login, and back to where it wanted to go', async () => {
    const { app } = createApp();
    const response = await app.request('/sessions/1?x=2', { headers: PAGE });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/login?next=%2Fsessions%2F1%3Fx%3D2');
    expect((await app.request('/')).status).toBe(401);
    expect((await app.request('/', { headers: BEARER })).status).toBe(200);
  });

  it('shows the login and its looks to everybody', async () => {
    const { app } = createApp();
    expect((await app.request('/login')).status).toBe(200);
    expect((await app.request('/assets/style.css')).status).toBe(200);
  });

  it('without a token configured is closed to the network', async () => {
    const { app } = createApp(noToken);
    expect((await app.request('/', { headers: PAGE })).status).toBe(401);
    expect((await logIn(app)).response.status).toBe(503);
  });

  it('changes nothing for pages of other sites', async () => {
    const { app } = createApp(loopback);
    const post = (headers: Record<string, string>) => app.request('/change', { method: 'POST', headers });
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
});

describe('the login', () => {
  it('gives a cookie that scripts cannot read, and goes on', async () => {
    const { app } = createApp();
    const { response, cookie, headers } = await logIn(app);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/sessions/1?x=2');
    expect(cookie).toMatch(/^vigia_session=/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).not.toContain('Secure');
    expect(cookie).not.toContain(ADMIN_TOKEN);
    expect((await app.request('/', { headers })).status).toBe(200);
  });

  it('gives a Secure cookie where TLS ends before us', async () => {
    const { app } = createApp();
    expect((await logIn(app, ADMIN_TOKEN, { 'x-forwarded-proto': 'https' })).cookie).toContain('Secure');
  });

  it('refuses a wrong token, which reaches no log', async () => {
    const { app } = createApp();
    const { response, cookie } = await logIn(app, 'a-wrong-token-that-is-long');
    expect(response.headers.get('location')).toMatch(/^\/login\?failed=1/);
    expect(cookie).toBe('');
    expect(log.lines().join('\n')).not.toContain('a-wrong-token');
  });

  it('ends after a week', async () => {
    const { app, clock } = createApp();
    const { headers } = await logIn(app);
    clock.advance(7 * 86_400_000);
    expect((await app.request(RULES, { headers })).status).toBe(401);
  });

  it('ends for all when the token is changed', async () => {
    const { headers } = await logIn(createApp().app);
    const { app } = createApp({ adminToken: 'another-admin-token' });
    expect((await app.request(RULES, { headers })).status).toBe(401);
  });

  it('cannot be made up or prolonged', async () => {
    const { app } = createApp();
    const { headers } = await logIn(app);
    const prolonged = headers.cookie.replace(/=(\d)/, '=9$1');
    expect(prolonged).not.toBe(headers.cookie);
    for (const cookie of [prolonged, 'vigia_session=99999999999999.x', 'vigia_session=']) {
      expect((await app.request(RULES, { headers: { cookie } })).status).toBe(401);
    }
  });

  it.each([
    '//evil.example.org',
    '/\\evil.example.org',
    '/.//evil.example.org',
    'https://evil.example.org',
    'javascript:1',
    '/\t/evil',
  ])('does not lead to another site: next=%j', async (next) => {
    const { app } = createApp();
    const response = await app.request('/login', {
      method: 'POST',
      body: new URLSearchParams({ token: ADMIN_TOKEN, next }),
    });
    expect(response.headers.get('location')).toMatch(/^\/(?![/\\])/);
  });

  it('cannot be sent by another site', async () => {
    const { app } = createApp();
    expect((await logIn(app, ADMIN_TOKEN, { 'sec-fetch-site': 'cross-site' })).response.status).toBe(403);
  });

  it('is over after a logout', async () => {
    const { app } = createApp();
    const response = await app.request('/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
    expect(response.status).toBe(303);
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
  });
});

describe('every answer', () => {
  it('carries a strict content policy and a request id', async () => {
    const { app } = createApp(loopback);
    for (const path of ['/', RULES, '/healthz', '/nothing']) {
      const { headers } = await app.request(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-request-id')).toBeTruthy();
    }
  });

  it('to an unknown address is a problem document', async () => {
    const { app } = createApp(loopback);
    const response = await app.request('/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('that broke tells nothing of the inside, and the log tells what', async () => {
    const { app } = createTestApp({
      currentRuleset() {
        throw new TypeError('inner detail');
      },
    });
    const response = await app.request(RULES, { headers: BEARER });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inner detail');
    expect(log.lines().join('\n')).toContain('inner detail');
  });

  it('leaves a line in the log, without the query and the token', async () => {
    const { app } = createApp();
    await app.request(`${RULES}?token=in-the-query`, { headers: BEARER });
    const line = log.lines().find((text) => text.includes(RULES));
    expect(line).toMatch(/^info GET \/api\/v1\/rules 200 /);
    expect(log.lines().join('\n')).not.toContain('in-the-query');
    expect(log.lines().join('\n')).not.toContain(ADMIN_TOKEN);
  });
});
