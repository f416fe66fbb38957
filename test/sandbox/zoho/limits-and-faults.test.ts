import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { MONDAY, startZoho, type ZohoClient } from '../../support/stand-in-client.ts';

const WHATSAPP = '65403000000038011';
const AGENT = { type: 'AGENT', id: '65403000000190001' } as const;
const OTHER = '65403000000190014';

let client: ZohoClient;
afterEach(() => client.zoho.stop());

describe('limits of the Zoho stand-in', () => {
  test('one call too many at once is 429 TOO_MANY_REQUESTS without Retry-After', async () => {
    client = await startZoho({ clock: systemClock, limits: { concurrency: 2, latencyMs: 100 } });
    const answers = await Promise.all([1, 2, 3].map(() => client.call('GET', '/agents')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.errorCode).toBe('TOO_MANY_REQUESTS');
    expect(refused?.headers.get('retry-after')).toBeNull();
    expect((await client.call('GET', '/agents')).status).toBe(200);
  });

  test('credits are counted and, once spent, refused with Retry-After until the day ends', async () => {
    client = await startZoho({ limits: { dailyCredits: 5 } });
    const list = await client.call('GET', '/agents');
    expect(list.headers.get('x-rate-limit-request-weight-v3')).toBe('3');
    expect(list.headers.get('x-rate-limit-remaining-v3')).toBe('2');
    const byId = await client.call('GET', `/agents/${OTHER}`);
    expect(byId.headers.get('x-rate-limit-request-weight-v3')).toBe('1');
    const spent = await client.call('GET', '/agents');
    expect(spent.status).toBe(429);
    expect(spent.body.errorCode).toBe('THRESHOLD_EXCEEDED');
    expect(spent.headers.get('retry-after')).toBe(String(11 * 3600));
    client.clock.advance(11 * 3_600_000);
    const authorization = `Zoho-oauthtoken ${await client.token()}`;
    expect((await client.call('GET', '/agents', undefined, { authorization })).status).toBe(200);
  });
});

describe('faults on demand', () => {
  test.each([
    ['bad_request', 400, 'BAD_REQUEST'],
    ['unauthorized', 401, 'UNAUTHORIZED'],
    ['invalid_oauth', 401, 'INVALID_OAUTH'],
    ['forbidden', 403, 'FORBIDDEN'],
    ['scope_mismatch', 403, 'SCOPE_MISMATCH'],
    ['license', 403, 'LICENSE_ACCESS_LIMITED'],
    ['not_found', 404, 'URL_NOT_FOUND'],
    ['unprocessable', 422, 'UNPROCESSABLE_ENTITY'],
    ['invalid_data', 422, 'INVALID_DATA'],
    ['too_many_requests', 429, 'TOO_MANY_REQUESTS'],
    ['threshold_exceeded', 429, 'THRESHOLD_EXCEEDED'],
    ['internal_error', 500, 'INTERNAL_SERVER_ERROR'],
  ])('%s answers %i %s as often as it was set for, then the truth', async (fault, status, errorCode) => {
    client = await startZoho();
    await client.fault({ fault, path: '/api/v1/agents*', times: 2, retryAfterSeconds: 7 });
    for (const _ of [1, 2]) {
      const answer = await client.call('GET', '/agents');
      expect(answer).toMatchObject({ status, body: { errorCode } });
      expect(answer.headers.get('retry-after')).toBe(fault === 'threshold_exceeded' ? '7' : null);
    }
    expect((await client.call('GET', '/agents')).status).toBe(200);
  });

  test('bad gateways answer HTML, not JSON', async () => {
    client = await startZoho();
    client.zoho.faults.add({ fault: 'bad_gateway', path: '/api/v1/agents' });
    expect(await client.call('GET', '/agents')).toMatchObject({ status: 502, body: {} });
  });

  test('a fault waits for its method and path, and may let some requests pass first', async () => {
    client = await startZoho();
    client.zoho.faults.add({ fault: 'internal_error', method: 'PATCH', path: '/api/v1/im/sessions/*', after: 1 });
    const session = client.zoho.desk.createSession({ channelId: WHATSAPP, status: 'OPEN', at: MONDAY });
    const path = `/im/sessions/${session.id}`;
    expect((await client.call('GET', path)).status).toBe(200);
    expect((await client.call('PATCH', path, { status: 'BLOCKED' })).status).toBe(200);
    expect((await client.call('PATCH', path, { status: 'OPEN' })).status).toBe(500);
    expect(session.status).toBe('BLOCKED');
  });

  test('a time-out before acceptance changes nothing, one after acceptance changes the chat without an answer', async () => {
    client = await startZoho();
    const { desk, faults } = client.zoho;
    for (const [fault, assignee] of [
      ['timeout_before', AGENT.id],
      ['timeout_after', OTHER],
    ] as const) {
      const session = desk.createSession({ channelId: WHATSAPP, status: 'ON_HOLD', assignee: AGENT, at: MONDAY });
      faults.add({ fault, method: 'PATCH' });
      const answer = fetch(`${client.zoho.url}/api/v1/im/sessions/${session.id}`, {
        method: 'PATCH',
        headers: { authorization: `Zoho-oauthtoken ${await client.token()}`, orgId: client.zoho.world.orgId },
        body: JSON.stringify({ agentId: OTHER }),
        signal: AbortSignal.timeout(150),
      });
      await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(session.assignee?.id).toBe(assignee);
    }
  });

  test('a reset cuts the connection, before or after the change', async () => {
    client = await startZoho();
    for (const [fault, status] of [
      ['reset', 'OPEN'],
      ['reset_after', 'BLOCKED'],
    ] as const) {
      const session = client.zoho.desk.createSession({ channelId: WHATSAPP, status: 'OPEN', at: MONDAY });
      client.zoho.faults.add({ fault, method: 'PATCH' });
      const answer = client.call('PATCH', `/im/sessions/${session.id}`, { status: 'BLOCKED' });
      await expect(answer).rejects.toMatchObject({
        cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) },
      });
      expect(session.status).toBe(status);
    }
  });

  test('a delay lasts as long as the clock says', async () => {
    client = await startZoho();
    client.zoho.faults.add({ fault: 'delay', path: '/api/v1/agents', delayMs: 60_000 });
    const answer = client.call('GET', '/agents');
    await expect.poll(() => client.zoho.calls.at(-1)?.fault).toBe('delay');
    expect(client.zoho.calls.at(-1)?.status).toBeUndefined();
    client.clock.advance(60_000);
    expect((await answer).status).toBe(200);
  });

  test('the accounts server and the JWKS have faults too', async () => {
    client = await startZoho();
    await client.fault({ fault: 'oauth_denied', path: '/oauth/v2/token' });
    expect(await client.token()).toBe('undefined');
    await client.fault({ fault: 'unavailable', path: '/.well-known/jwks.json' });
    expect((await fetch(`${client.zoho.url}/.well-known/jwks.json`)).status).toBe(503);
  });

  test('any answer at all can be set', async () => {
    client = await startZoho();
    await client.fault({
      fault: 'respond',
      path: '/api/v1/agents',
      status: 418,
      headers: { 'x-tea': 'yes' },
      body: { a: 1 },
    });
    const answer = await client.call('GET', '/agents');
    expect(answer).toMatchObject({ status: 418, body: { a: 1 } });
    expect(answer.headers.get('x-tea')).toBe('yes');
  });

  test('an unknown fault, or one that is not sent as JSON, is refused and names what is known', async () => {
    client = await startZoho();
    const unknown = await client.fault({ fault: 'typo' });
    expect(unknown.status).toBe(400);
    expect(unknown.body.remedy).toContain('timeout_after');
    const form = await fetch(`${client.zoho.url}/__faults`, { method: 'POST', body: '{"fault":"reset"}' });
    expect(form.status).toBe(415);
  });

  test('faults that wait can be read and taken back from another process', async () => {
    client = await startZoho();
    await client.fault({ fault: 'forbidden' });
    const waiting = await (await fetch(`${client.zoho.url}/__faults`)).json();
    expect(waiting).toMatchObject({ data: [{ fault: 'forbidden', path: '*', times: 1 }] });
    await fetch(`${client.zoho.url}/__faults`, { method: 'DELETE' });
    expect((await client.call('GET', '/agents')).status).toBe(200);
  });
});

describe('the server and its log of calls', () => {
  test('a port that is taken is said so', async () => {
    client = await startZoho();
    const port = Number(new URL(client.zoho.url).port);
    await expect(startZoho({ port })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('keeps method, path, query, body and status, and shows no secret to another process', async () => {
    client = await startZoho();
    await client.call('GET', '/agents?limit=1');
    expect(client.zoho.calls.at(-1)).toMatchObject({
      method: 'GET',
      path: '/api/v1/agents',
      query: { limit: '1' },
      status: 200,
      at: MONDAY,
    });
    const shown = await (await fetch(`${client.zoho.url}/__calls`)).text();
    expect(shown).toContain('/api/v1/agents');
    expect(shown).not.toContain('sandbox-client-secret');
    expect(shown).not.toContain('Zoho-oauthtoken');
  });

  test('the stand-in stops while a request still waits for its answer', async () => {
    client = await startZoho();
    client.zoho.faults.add({ fault: 'timeout_before', path: '/api/v1/agents' });
    const answer = client.call('GET', '/agents').catch((error: unknown) => error);
    await expect.poll(() => client.zoho.calls.at(-1)?.fault).toBe('timeout_before');
    await client.zoho.stop();
    expect(await answer).toBeInstanceOf(Error);
    client = await startZoho();
  });
});
