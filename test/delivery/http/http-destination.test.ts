import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpDestination } from '../../../src/delivery/http/http-destination.ts';
import { AppError } from '../../../src/domain/errors.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { createGuardedFetch } from '../../../src/runtime/guarded-fetch.ts';
import { delivery, impatientClock, never } from '../../support/deliveries.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const SECRET = `whsec_${btoa('thirty-two bytes of a good secret')}`;
const clock = impatientClock(Date.now());

describe('http.request', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.stop());

  const destination = createHttpDestination({
    fetch: createGuardedFetch({ allowPrivate: true }),
    secret: SECRET,
    clock,
  });
  const send = (params: JsonObject) => destination.deliver(delivery('http.request', params), never);

  it('is signed so that a receiver of the Standard Webhooks scheme accepts it, repeats by the same id', async () => {
    server.answerWith(() => ({ status: 204 }));
    const params = { url: `${server.url}/hook`, body: { chat: '65403000000038063', texto: 'não ✓' } };
    expect(await send(params)).toEqual({ kind: 'delivered', result: { status: 204 } });
    await send(params);
    const [first, second] = server.requests;
    expect(first).toMatchObject({ method: 'POST', path: '/hook' });
    expect(new Webhook(SECRET).verify(first?.body ?? '', first?.headers ?? {})).toEqual(params.body);
    expect(() => new Webhook(SECRET).verify(`${first?.body} `, first?.headers ?? {})).toThrow();
    expect(first?.headers['webhook-id']).toBe(delivery('http.request', {}).actionId);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  });

  it('signs with the bytes of any other text, and carries id and time without a secret', async () => {
    const fetch = createGuardedFetch({ allowPrivate: true });
    server.answerWith(() => ({ status: 200 }));
    const request = delivery('http.request', { url: server.url, method: 'GET' });
    await createHttpDestination({ fetch, secret: 'señal', clock }).deliver(request, never);
    await createHttpDestination({ fetch, clock }).deliver(request, never);
    const [signed, unsigned] = server.requests;
    const key = new TextEncoder().encode('señal');
    expect(() => new Webhook(key, { format: 'raw' }).verify('', signed?.headers ?? {})).not.toThrow();
    expect(unsigned?.headers['webhook-id']).toBe(request.actionId);
    expect(unsigned?.headers['webhook-signature']).toBeUndefined();
  });

  it('refuses a secret that is no key, at the start', () => {
    expect(() => createHttpDestination({ fetch, secret: 'whsec_***', clock })).toThrow(AppError);
  });

  it('sends a text as it is, everything else as JSON, with the headers of the rule', async () => {
    server.answerWith(() => ({ status: 200 }));
    await send({
      url: server.url,
      method: 'put',
      body: 'a=1',
      headers: { 'Content-Type': 'text/csv', 'X-Team': 'chat' },
    });
    await send({ url: server.url, body: [1, null] });
    expect(server.requests[0]).toMatchObject({ method: 'PUT', body: 'a=1' });
    expect(server.requests[0]?.headers).toMatchObject({ 'content-type': 'text/csv', 'x-team': 'chat' });
    expect(server.requests[1]).toMatchObject({ method: 'POST', body: '[1,null]' });
    expect(server.requests[1]?.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('keeps a small JSON answer, ids whole, and without what the request carried in its headers', async () => {
    const echoed = { id: '\u0041', token: 'Bearer s3cret-of-the-rule', part: 's3cret-of-the-rule' };
    server.answerWith(() => ({
      status: 201,
      headers: { 'content-type': 'application/vnd.api+json' },
      body: `{"big":65403000000038063123,"echoed":${JSON.stringify(echoed)}}`,
    }));
    expect(await send({ url: server.url, headers: { authorization: 'Bearer s3cret-of-the-rule' } })).toEqual({
      kind: 'delivered',
      result: {
        status: 201,
        body: { big: '65403000000038063123', echoed: { id: 'A', token: '[secret]', part: '[secret]' } },
      },
    });
  });

  it.each([
    ['a long one', { body: { text: 'x'.repeat(5_000) } }],
    ['no JSON', { headers: { 'content-type': 'application/json' }, body: '{"a":' }],
    ['a page', { headers: { 'content-type': 'text/html' }, body: '"<p>"' }],
    ['what the database cannot hold', { headers: { 'content-type': 'application/json' }, body: '{"a":"\\u0000"}' }],
  ])('keeps only the status of an answer that is %s', async (_what, reply) => {
    server.answerWith(() => ({ status: 200, ...reply }));
    expect(await send({ url: server.url })).toEqual({ kind: 'delivered', result: { status: 200 } });
  });

  it('reads no more than it keeps of a body without end', async () => {
    server.answerWith(() => ({ fault: 'endless' }));
    const startedAt = performance.now();
    expect(await send({ url: server.url })).toEqual({ kind: 'delivered', result: { status: 200 } });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('follows no redirect', async () => {
    server.answerWith(({ path }) =>
      path === '/end' ? { status: 200 } : { status: 302, headers: { location: `${server.url}/end` } },
    );
    expect(await send({ url: `${server.url}/start` })).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('302'),
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [{ url: 'ftp://example.org/x' }, 'https://'],
    [{ url: 'file:///etc/passwd' }, 'https://'],
    [{ url: '/hook' }, 'no address'],
    [{ url: '' }, 'url rendered to nothing'],
    [{ url: 'https://ana:pw@example.org' }, 'password'],
    [{ url: 'https://example.org', method: 'CONNECT' }, 'method'],
    [{ url: 'https://example.org', method: 'GET', body: {} }, 'GET'],
    [{ url: 'https://example.org', headers: { Host: 'internal' } }, 'header Host'],
    [{ url: 'https://example.org', headers: { 'Content-Length': '0' } }, 'header Content-Length'],
    [{ url: 'https://example.org', headers: { 'webhook-id': 'x' } }, 'header webhook-id'],
    [{ url: 'https://example.org', headers: { 'Proxy-Authorization': 'x' } }, 'header Proxy-Authorization'],
    [{ url: 'https://example.org', headers: { 'x-a': 'b\r\nhost: c' } }, 'character'],
    [{ url: 'https://example.org', body: 'x'.repeat(300_000) }, 'body is over'],
  ])('refuses %j before anything is sent', async (params, reason) => {
    expect(await send(params)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) });
  });

  it('says which setting would let a private address through', async () => {
    const guarded = createHttpDestination({ fetch: createGuardedFetch({ allowPrivate: false }), clock });
    const outcome = await guarded.deliver(delivery('http.request', { url: server.url }), never);
    expect(outcome).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(/127\.0\.0\.1.*loopback.*ALLOW_PRIVATE_HTTP/),
    });
  });
});
