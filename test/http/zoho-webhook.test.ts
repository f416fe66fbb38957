import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/domain/metrics.ts';
import type { AppEnv } from '../../src/http/app-deps.ts';
import { createReceiverMemory } from '../../src/http/receiver-memory.ts';
import { createZohoVerifier } from '../../src/ingress/zoho-desk/verify-token.ts';
import { createSigningKey, startKeyServer } from '../ingress/zoho-desk/key-server.ts';
import { captureLog } from './captured-log.ts';
import { createTestApp, NOW, ORG_ID, statusItem } from './test-app.ts';

const PATH = '/webhooks/zoho-desk';
const MIB = 1024 * 1024;
const SECRET = 'a-secret-path-segment';

function post(app: Hono<AppEnv>, body: unknown, path = PATH, headers: Record<string, string> = {}) {
  return app.request(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

let log: Awaited<ReturnType<typeof captureLog>>;
beforeEach(async () => {
  log = await captureLog();
});
afterEach(() => log.stop());

describe('the probe', () => {
  it.each(['GET', 'HEAD'])(
    '%s answers 200 with and without a secret, right or wrong, configured or not',
    async (method) => {
      for (const config of [{}, { webhook: { verify: true, secret: SECRET } }, { zoho: { orgId: undefined } }]) {
        const { app } = createTestApp({ config });
        for (const path of [PATH, `${PATH}/${SECRET}`, `${PATH}/anything`]) {
          expect((await app.request(path, { method })).status).toBe(200);
        }
      }
    },
  );
});

describe('events', () => {
  it('are answered with exactly 200 and their counts once they are durable', async () => {
    const { app, ingested } = createTestApp();
    const response = await post(app, [statusItem(), { broken: true }]);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ stored: 1, repeated: 0, rejected: 1 });
    expect(ingested).toMatchObject([
      [
        { ok: true, event: { sessionId: '65403000000038063', receivedAt: NOW } },
        { ok: false, orgId: ORG_ID, reason: 'eventType is missing' },
      ],
    ]);
  });

  it('an empty array is well, and nothing is stored', async () => {
    const { app, ingested } = createTestApp();
    expect((await post(app, [])).status).toBe(200);
    expect(ingested).toEqual([]);
  });

  it('are answered with 503 and Retry-After when they are not durable', async () => {
    const { app } = createTestApp({ ingest: () => Promise.reject(new Error('disk full')) });
    const response = await post(app, [statusItem()]);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.text()).not.toContain('disk full');
    expect(log.lines().join('\n')).toContain('disk full');
  });

  it.each(['', 'no json', '"text"', '12', '[{]'])('a body of %j is answered with 400', async (body) => {
    const { app, ingested } = createTestApp();
    const response = await post(app, body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(ingested).toEqual([]);
  });

  it('of an unconfigured portal are answered with 503, and one line of the log says what is missing', async () => {
    const { app, clock } = createTestApp({ config: { zoho: { orgId: undefined } } });
    for (let nr = 0; nr < 5; nr += 1) expect((await post(app, [statusItem()])).status).toBe(503);
    const reminders = () => log.lines().filter((line) => line.includes('ZOHO_ORG_ID')).length;
    expect(reminders()).toBe(1);
    clock.advance(60_000);
    await post(app, [statusItem()]);
    expect(reminders()).toBe(2);
  });

  it('of an unconfigured portal are logged no oftener where each request has an application of its own', async () => {
    const receiverMemory = createReceiverMemory();
    for (let nr = 0; nr < 5; nr += 1) {
      await post(createTestApp({ config: { zoho: { orgId: undefined } }, receiverMemory }).app, [statusItem()]);
    }
    expect(log.lines().filter((line) => line.includes('ZOHO_ORG_ID'))).toHaveLength(1);
  });

  it('other methods are not found', async () => {
    const { app } = createTestApp();
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect((await app.request(PATH, { method })).status).toBe(404);
    }
  });
});

describe('the secret address', () => {
  const config = { webhook: { verify: false, secret: SECRET } };

  it('takes events, and no other address does', async () => {
    const { app, ingested } = createTestApp({ config });
    expect((await post(app, [statusItem()], `${PATH}/${SECRET}`)).status).toBe(200);
    expect(ingested).toHaveLength(1);
    for (const path of [PATH, `${PATH}/`, `${PATH}/wrong`, `${PATH}/${SECRET}x`, `${PATH}/${SECRET}/x`]) {
      expect((await post(app, [statusItem()], path)).status).toBe(404);
    }
    expect(ingested).toHaveLength(1);
  });

  it('does not exist when no secret is set', async () => {
    const { app } = createTestApp();
    expect((await post(app, [statusItem()], `${PATH}/anything`)).status).toBe(404);
  });

  it('is in no line of the log', async () => {
    const { app } = createTestApp({ config });
    await post(app, [statusItem()], `${PATH}/${SECRET}`);
    await post(app, 'broken', `${PATH}/${SECRET}`);
    await app.request(`${PATH}/${SECRET}`);
    await post(app, [statusItem()], `//webhooks//zoho-desk/${SECRET}`);
    const lines = log.lines();
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.join('\n')).not.toContain(SECRET);
  });
});

describe('the signature', () => {
  async function createSigned() {
    const key = await createSigningKey('k1');
    const server = await startKeyServer([key.publicJwk]);
    const made = createTestApp({ config: { webhook: { verify: true, secret: undefined } } });
    const verifier = createZohoVerifier({ jwksUrl: server.jwksUrl, orgId: ORG_ID, clock: made.clock });
    const { app, ingested } = createTestApp({ config: { webhook: { verify: true, secret: undefined } }, verifier });
    const sign = (claims: Record<string, unknown> = {}) =>
      key.sign({ iss: `orgId:${ORG_ID}`, aud: 'webhookId:1', iat: NOW, exp: NOW + 60_000, ...claims });
    return { app, ingested, server, sign };
  }

  it('of Zoho is accepted; none and a wrong one are 401, with one line that names the check', async () => {
    const { app, ingested, server, sign } = await createSigned();
    const token = await sign();
    expect((await post(app, [statusItem()], PATH, { 'X-ZDesk-JWT': token })).status).toBe(200);
    const unsigned = await post(app, [statusItem()]);
    expect(unsigned.status).toBe(401);
    const wrong = await sign({ iss: 'orgId:1' });
    expect((await post(app, [statusItem()], PATH, { 'X-ZDesk-JWT': wrong })).status).toBe(401);
    expect(ingested).toHaveLength(1);
    const warnings = log.lines().filter((line) => line.startsWith('warning'));
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('token-missing');
    expect(warnings[1]).toContain('issuer');
    expect(log.lines().join('\n')).not.toContain(wrong);
    await server.close();
  });

  it('that cannot be checked is 503, not 401', async () => {
    const { app, server, sign } = await createSigned();
    await server.close();
    const response = await post(app, [statusItem()], PATH, { 'X-ZDesk-JWT': await sign() });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
  });

  it('is judged before the body is', async () => {
    const { app, server } = await createSigned();
    expect((await post(app, 'no json')).status).toBe(401);
    await server.close();
  });
});

describe('what is counted', () => {
  it('each request by its outcome, each event by its own', async () => {
    const metrics = createMetrics();
    const { app } = createTestApp({ metrics });
    await post(app, [statusItem(), {}]);
    await post(app, 'broken');
    const text = metrics.registry.render();
    expect(text).toContain('vigia_webhook_requests_total{outcome="accepted"} 1');
    expect(text).toContain('vigia_webhook_requests_total{outcome="malformed"} 1');
    expect(text).toContain('vigia_events_total{outcome="stored"} 1');
    expect(text).toContain('vigia_events_total{outcome="rejected"} 1');
    expect(text).toContain('vigia_webhook_answer_seconds_count 2');
  });
});

describe('a body that is too large', () => {
  /** Sends zeros without a stated length; tells how many bytes were taken off. */
  async function sendStream(size: number) {
    const { app, ingested } = createTestApp();
    let taken = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (taken >= size) return controller.close();
        controller.enqueue(new Uint8Array(64 * 1024));
        taken += 64 * 1024;
      },
    });
    const response = await app.request(PATH, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(ingested).toEqual([]);
    return { status: response.status, taken };
  }

  it('is read to its end before the 413, so that the sender gets to read it', async () => {
    expect(await sendStream(6 * MIB)).toEqual({ status: 413, taken: 6 * MIB });
  });

  it('is not read without end', async () => {
    const { status, taken } = await sendStream(100 * MIB);
    expect(status).toBe(413);
    expect(taken).toBeLessThan(9 * MIB);
  });
});

describe('on a real socket', () => {
  async function listen(app: Hono<AppEnv>) {
    const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}${PATH}`, close: () => new Promise((resolve) => server.close(resolve)) };
  }

  /** A body of exactly this size, in bytes. */
  function bodyOf(size: number): string {
    const [start, end] = ['[{"padding":"', '"}]'];
    return start + 'x'.repeat(size - start.length - end.length) + end;
  }

  it('a body of 1 MiB is taken, one byte more is 413', async () => {
    const { app, ingested } = createTestApp();
    const server = await listen(app);
    const send = (size: number) => fetch(server.url, { method: 'POST', body: bodyOf(size) });
    expect((await send(MIB)).status).toBe(200);
    expect(ingested).toHaveLength(1);
    expect((await send(MIB + 1)).status).toBe(413);
    expect(ingested).toHaveLength(1);
    await server.close();
  });

  it('a body without a stated length is held to the same limit', async () => {
    const { app } = createTestApp();
    const server = await listen(app);
    const send = (size: number) =>
      new Promise<number | undefined>((resolve, reject) => {
        const outgoing = httpRequest(server.url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
        outgoing.on('response', (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        outgoing.on('error', reject);
        outgoing.end(bodyOf(size));
      });
    expect(await send(MIB)).toBe(200);
    expect(await send(MIB + 1)).toBe(413);
    await server.close();
  });

  it('every sender of an oversized body reads its 413, none a reset connection', async () => {
    const { app } = createTestApp();
    const server = await listen(app);
    const body = bodyOf(6 * MIB);
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(server.url, { method: 'POST', body })).status),
    );
    expect(new Set(statuses)).toEqual(new Set([413]));
    await server.close();
  });

  it('bytes that are no UTF-8 do not break a request', async () => {
    const { app, ingested } = createTestApp();
    const server = await listen(app);
    const text = JSON.stringify([statusItem({ payload: { sessionId: '1', text: '#' } })]);
    const bytes = new TextEncoder().encode(text).map((byte) => (byte === 0x23 ? 0xff : byte));
    expect((await fetch(server.url, { method: 'POST', body: bytes })).status).toBe(200);
    expect(ingested[0]?.[0]).toMatchObject({ ok: true, event: { payload: { text: '\uFFFD' } } });
    await server.close();
  });

  it('a sender that breaks off is no fault of ours, and nothing of it is stored', async () => {
    const { app, ingested } = createTestApp();
    const server = await listen(app);
    await new Promise<void>((resolve) => {
      const outgoing = httpRequest(server.url, { method: 'POST', headers: { 'content-length': '1000' } });
      outgoing.on('error', () => resolve());
      outgoing.write('[{"a":');
      setTimeout(() => outgoing.destroy(), 50);
    });
    await expect.poll(() => log.lines().some((line) => line.includes('400'))).toBe(true);
    expect(ingested).toEqual([]);
    expect(log.lines().filter((line) => line.startsWith('error'))).toEqual([]);
    await server.close();
  });
});
