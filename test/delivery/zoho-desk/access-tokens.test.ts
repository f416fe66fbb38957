import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../../src/delivery/zoho-desk/access-tokens.ts';
import type { ManualClock } from '../../../src/domain/clock.ts';
import { impatientClock } from '../../support/deliveries.ts';
import { createMemoryTokenStore } from '../../support/memory-token-store.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const AT = Date.parse('2026-03-02T13:00:00Z');

describe('access tokens', () => {
  let server: ScriptedServer;
  let clock: ManualClock;
  let issued: number;
  beforeEach(async () => {
    clock = impatientClock(AT);
    issued = 0;
    server = await startScriptedServer(() => {
      issued += 1;
      return {
        status: 200,
        body: { access_token: `token-${issued}`, expires_in: 3600, api_domain: 'https://elsewhere' },
      };
    });
  });
  afterEach(() => server.stop());

  /** Another process is another instance on the same store. */
  const create = (store = createMemoryTokenStore()) =>
    createAccessTokens({
      accountsUrl: server.url,
      clientId: '1000.CLIENT',
      clientSecret: 'client-secret',
      refreshToken: '1000.refresh',
      clock,
      store,
      fetch,
      timeoutMs: 2_000,
    });
  const answer = (body: unknown, status = 200) => server.answerWith(() => ({ status, body }));

  it('are asked for with the refresh token in a form', async () => {
    await create().get();
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/oauth/v2/token' });
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: '1000.refresh',
      client_id: '1000.CLIENT',
      client_secret: 'client-secret',
    });
  });

  it('are refreshed once for all who ask at the same moment, in one process and in several', async () => {
    const store = createMemoryTokenStore();
    const processes = [create(store), create(store), create(store)];
    const results = await Promise.all(processes.flatMap((tokens) => [tokens.get(), tokens.get(), tokens.get()]));
    expect(new Set(results.map((result) => result.ok && result.accessToken))).toEqual(new Set(['token-1']));
    expect(server.requests).toHaveLength(1);
  });

  it('serve their hour without asking the store again, and are renewed a minute before its end', async () => {
    const store = createMemoryTokenStore();
    const tokens = create(store);
    await tokens.get();
    const { reads } = store;
    const before = reads();
    clock.advance(3_600_000 - 60_001);
    expect(await tokens.get()).toEqual({ ok: true, accessToken: 'token-1' });
    expect(reads()).toBe(before);
    clock.advance(2);
    expect(await tokens.get()).toEqual({ ok: true, accessToken: 'token-2' });
  });

  it('that another process has refreshed are used instead of refreshing', async () => {
    const store = createMemoryTokenStore();
    const [one, other] = [create(store), create(store)];
    await one.get();
    await other.get();
    expect(await one.renew('token-1')).toEqual({ ok: true, accessToken: 'token-2' });
    expect(await other.renew('token-1')).toEqual({ ok: true, accessToken: 'token-2' });
    expect(server.requests).toHaveLength(2);
  });

  it('that Zoho refuses are renewed, whoever else is waiting for one', async () => {
    const store = createMemoryTokenStore();
    const tokens = create(store);
    await tokens.get();
    const fresh = create(store);
    const results = await Promise.all([fresh.get(), fresh.renew('token-1')]);
    expect(results[1]).toEqual({ ok: true, accessToken: 'token-2' });
  });

  it('are not renewed over and over when Zoho refuses every new one: the ten of ten minutes would be gone', async () => {
    const tokens = create();
    let last = await tokens.get();
    for (let time = 0; time < 8; time += 1) last = await tokens.renew(last.ok ? last.accessToken : 'x');
    expect(last).toMatchObject({ ok: false, kind: 'unauthorized' });
    expect(server.requests.length).toBeLessThanOrEqual(6);
    clock.advance(600_001);
    expect(await tokens.renew('x')).toMatchObject({ ok: true });
  });

  it.each(['invalid_code', 'invalid_client', 'invalid_client_secret'])(
    'are a person’s business on %s, which comes with HTTP 200; it is not asked again for a while',
    async (error) => {
      answer({ error });
      const tokens = create();
      expect(await tokens.get()).toMatchObject({
        ok: false,
        kind: 'needs_person',
        reason: expect.stringContaining('ZOHO_'),
      });
      expect(await tokens.get()).toMatchObject({ kind: 'needs_person' });
      expect(server.requests).toHaveLength(1);
      answer({ access_token: 'mended', expires_in: 3600 });
      clock.advance(60_001);
      expect(await tokens.get()).toEqual({ ok: true, accessToken: 'mended' });
    },
  );

  it('are waited for after "Access Denied": asking again prolongs it', async () => {
    answer({ error: 'Access Denied', error_description: 'too many requests continuously', status: 'failure' });
    const tokens = create();
    expect(await tokens.get()).toMatchObject({ ok: false, kind: 'rate_limited', retryAfterMs: 120_000 });
    clock.advance(50_000);
    expect(await tokens.get()).toMatchObject({ kind: 'rate_limited', retryAfterMs: 70_000 });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['an unknown error', { error: 'general_error' }, 200, 'unavailable'],
    ['a page', '<html>', 200, 'unavailable'],
    ['a fault', { error: 'x' }, 503, 'unavailable'],
    ['a redirect', '', 302, 'needs_person'],
    ['an error status with a known error', { error: 'invalid_client' }, 400, 'needs_person'],
  ])('end as a value after %s', async (_what, body, status, kind) => {
    answer(body, status);
    expect(await create().get()).toMatchObject({ ok: false, kind });
  });

  it('end as a value when the accounts server cannot be reached', async () => {
    await server.stop();
    expect(await create().get()).toMatchObject({ ok: false, kind: 'unavailable' });
  });

  it('read a life in milliseconds for what it is', async () => {
    answer({ access_token: 't', expires_in: '3600000' });
    const store = createMemoryTokenStore();
    await create(store).get();
    expect([...store.tokens.values()]).toEqual([{ accessToken: 't', expiresAt: AT + 3_600_000 }]);
    expect([...store.tokens.keys()].join()).not.toContain('refresh');
  });
});
