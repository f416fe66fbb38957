import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../src/domain/clock.ts';
import { sandboxWorld } from '../../../src/sandbox/world.ts';
import { signWebhook } from '../../../src/sandbox/zoho/sign-webhook.ts';
import type { WebhookEvent } from '../../../src/sandbox/zoho/webhook-event.ts';
import { createWebhookSender, type WebhookAttempt } from '../../../src/sandbox/zoho/webhook-sender.ts';
import { MONDAY, startZoho, type ZohoClient } from '../../support/stand-in-client.ts';
import { createReceiver, type Receiver } from '../../support/stand-in-receiver.ts';

const WHATSAPP = '65403000000038011';

describe('the token of a webhook', () => {
  let client: ZohoClient;
  afterEach(() => client.zoho.stop());

  const verify = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${client.zoho.url}/.well-known/jwks.json`)), {
      algorithms: ['RS256'],
      issuer: `orgId:${sandboxWorld.orgId}`,
      audience: `webhookId:${sandboxWorld.webhookId}`,
      currentDate: new Date(MONDAY),
    });

  test('verifies against the JWKS, with issuer, audience and times in seconds', async () => {
    client = await startZoho();
    const { payload } = await verify(await client.zoho.sign());
    expect(payload).toMatchObject({ iat: MONDAY / 1000, exp: MONDAY / 1000 + 600 });
  });

  test('can carry its times in milliseconds', async () => {
    client = await startZoho({ jwtUnit: 'ms' });
    expect(decodeJwt(await client.zoho.sign())).toMatchObject({ iat: MONDAY, exp: MONDAY + 600_000 });
  });

  test('signed by another process with the fixed key, it verifies too', async () => {
    client = await startZoho();
    const { orgId, webhookId } = sandboxWorld;
    await expect(verify(await signWebhook({ orgId, webhookId, now: MONDAY }))).resolves.toBeDefined();
  });

  test('after a rotation the new key signs, and the old one verifies only while it is kept', async () => {
    client = await startZoho();
    const before = await client.zoho.sign();
    await client.zoho.keys.rotate();
    await expect(verify(await client.zoho.sign())).resolves.toBeDefined();
    await expect(verify(before)).resolves.toBeDefined();
    await client.zoho.keys.rotate({ keepOld: false });
    await expect(verify(await client.zoho.sign())).resolves.toBeDefined();
    await expect(verify(before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  test('a wrong JWKS, by switch or by fault, has the right kid and verifies nothing', async () => {
    client = await startZoho();
    client.zoho.keys.serve('wrong');
    await expect(verify(await client.zoho.sign())).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    client.zoho.keys.serve('right');
    await client.fault({ fault: 'wrong_jwks', path: '/.well-known/jwks.json' });
    await expect(verify(await client.zoho.sign())).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    await expect(verify(await client.zoho.sign())).resolves.toBeDefined();
  });
});

describe('the sender of webhooks', () => {
  let receiver: Receiver;
  let attempts: WebhookAttempt[];
  const clock = createManualClock(MONDAY);
  beforeEach(async () => {
    receiver = createReceiver();
    attempts = [];
    await receiver.start();
  });
  afterEach(() => receiver.stop());

  const event = (sessionId: string, eventTime = '1'): WebhookEvent => ({
    payload: { sessionId },
    eventTime,
    eventType: 'IM_Session_Status',
    orgId: '1',
  });
  const sender = (timeoutMs = 2000) =>
    createWebhookSender({
      clock,
      url: receiver.url,
      sign: async (now) => `token at ${now}`,
      timeoutMs,
      onAttempt: (attempt) => attempts.push(attempt),
    });

  test('checks a new address with GET, and with POST where GET is refused', async () => {
    const one = sender();
    expect(await one.verify()).toBe(true);
    receiver.answer = ({ method }) => (method === 'GET' ? 405 : 200);
    expect(await one.verify()).toBe(true);
    receiver.answer = () => 204;
    expect(await one.verify()).toBe(false);
    expect(receiver.received.map(({ method, token }) => [method, token])).toEqual([
      ['GET', null],
      ['GET', null],
      ['POST', null],
      ['GET', null],
      ['POST', null],
    ]);
  });

  test('waits for a receiver that falls behind, with no more than 64 connections', async () => {
    receiver.answer = () => 'silence';
    const patient = { timeout: 20_000 };
    const one = sender();
    for (let chat = 0; chat < 100; chat += 1) one.send([event(`${chat}`)]);
    await expect.poll(() => receiver.received.length, patient).toBe(64);
    await expect.poll(() => attempts.length, patient).toBe(64);
    receiver.answer = () => 200;
    await expect.poll(() => receiver.received.length, patient).toBe(100);
    await one.stop();
  });

  test('posts the whole array, signed', async () => {
    const one = sender();
    one.send([event('1'), event('2')]);
    await one.idle();
    expect(receiver.received).toEqual([
      { method: 'POST', token: `token at ${MONDAY}`, events: [event('1'), event('2')] },
    ]);
    expect(one.counts).toEqual({ delivered: 1, failedAttempts: 0, lost: 0 });
  });

  test('anything but 200 is sent again later, signed anew, and given up after the fourth attempt', async () => {
    const one = sender();
    receiver.answer = () => 202;
    one.send([event('1')]);
    for (const [count, delayMs] of [10_000, 60_000, 300_000].entries()) {
      await expect.poll(() => attempts.length).toBe(count + 1);
      clock.advance(delayMs);
    }
    await one.idle();
    expect(attempts.map(({ attempt, result }) => [attempt, result])).toEqual([
      [1, 202],
      [2, 202],
      [3, 202],
      [4, 202],
    ]);
    expect(new Set(receiver.received.map(({ token }) => token)).size).toBe(4);
    expect(one.counts).toEqual({ delivered: 0, failedAttempts: 4, lost: 1 });
  });

  test('a late answer counts as none', async () => {
    const one = sender(100);
    receiver.answer = () => 'silence';
    one.send([event('1')]);
    await expect.poll(() => attempts[0]?.result).toBe('timeout');
    receiver.answer = () => 200;
    clock.advance(10_000);
    await one.idle();
    expect(one.counts.delivered).toBe(1);
  });

  test('410 deletes the subscription: nothing is sent any more', async () => {
    const one = sender();
    receiver.answer = () => 410;
    one.send([event('1')]);
    await one.idle();
    one.send([event('2')]);
    await one.idle();
    expect(one.subscribed).toBe(false);
    expect(receiver.received).toHaveLength(1);
    expect(one.counts.lost).toBe(2);
  });

  test('first attempts for one chat arrive in order, a failed one does not hold up the next', async () => {
    const one = sender();
    receiver.answer = ({ events }) => (events[0]?.eventTime === '2' && attempts.length < 5 ? 500 : 200);
    for (const time of ['1', '2', '3', '4', '5']) one.send([event('1', time)]);
    await expect.poll(() => attempts.length).toBe(5);
    clock.advance(10_000);
    await one.idle();
    expect(receiver.received.map(({ events }) => events[0]?.eventTime)).toEqual(['1', '2', '3', '4', '5', '2']);
  });

  test('stops at once, also while it waits to repeat', async () => {
    const one = sender();
    receiver.answer = () => 500;
    one.send([event('1')]);
    await expect.poll(() => attempts.length).toBe(1);
    await one.stop();
    clock.advance(600_000);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('a subscription of the stand-in', () => {
  test('gets every event of the desk, also those that API calls cause', async () => {
    const [client, receiver] = [await startZoho(), createReceiver()];
    await receiver.start();
    const subscription = await client.zoho.subscribe(receiver.url);
    const session = client.zoho.desk.createSession({ channelId: WHATSAPP, status: 'OPEN', at: MONDAY });
    await client.call('PATCH', `/im/sessions/${session.id}`, { status: 'BLOCKED' });
    await subscription.idle();
    const events = receiver.received.flatMap((one) => one.events);
    expect(events.map(({ payload }) => payload.sessionStatus)).toEqual(['OPEN', 'BLOCKED']);
    await client.zoho.stop();
    await receiver.stop();
  });

  test('is refused for an address that does not answer 200', async () => {
    const [client, receiver] = [await startZoho(), createReceiver()];
    receiver.answer = () => 404;
    await receiver.start();
    await expect(client.zoho.subscribe(receiver.url)).rejects.toMatchObject({ code: 'unavailable' });
    await client.zoho.stop();
    await receiver.stop();
  });
});
