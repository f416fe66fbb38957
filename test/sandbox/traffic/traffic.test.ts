import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, createScaledClock } from '../../../src/domain/clock.ts';
import { createTraffic, type Traffic, type TrafficOptions } from '../../../src/sandbox/traffic/traffic.ts';
import { MONDAY, startZoho, type ZohoClient } from '../../support/stand-in-client.ts';
import { createReceiver, type Receiver } from '../../support/stand-in-receiver.ts';

const MINUTE = 60_000;
let client: ZohoClient;
let receiver: Receiver;
let traffic: Traffic;

beforeEach(async () => {
  receiver = createReceiver();
  await receiver.start();
});
afterEach(async () => {
  await traffic.stop();
  await client.zoho.stop();
  await receiver.stop();
});

const start = async (options: Partial<TrafficOptions> = {}) => {
  traffic = createTraffic({
    clock: client.clock,
    seed: 'live',
    zoho: client.zoho,
    webhookUrl: receiver.url,
    ...options,
  });
  await traffic.start();
};

describe('traffic on a clock', () => {
  test('every webhook verifies against the stand-in’s JWKS', async () => {
    const clock = createScaledClock(1200, MONDAY);
    client = await startZoho({ clock });
    await start({ clock });
    await expect.poll(() => traffic.counts.delivered, { timeout: 10_000 }).toBeGreaterThan(60);
    const jwks = createRemoteJWKSet(new URL(`${client.zoho.url}/.well-known/jwks.json`));
    const posts = receiver.received.filter(({ method }) => method === 'POST');
    for (const { token } of posts) {
      const { payload } = await jwtVerify(token ?? '', jwks, {
        algorithms: ['RS256'],
        issuer: `orgId:${client.zoho.world.orgId}`,
        audience: `webhookId:${client.zoho.world.webhookId}`,
        currentDate: new Date(clock.now()),
        clockTolerance: '24 hours',
      });
      expect(Number(payload.exp) - Number(payload.iat)).toBe(600);
    }
    expect(posts.every(({ events }) => events.length > 0)).toBe(true);
  });

  test('runs as far as the clock does, and the same seed sends the same requests again', async () => {
    const runs: string[] = [];
    for (const _ of [1, 2]) {
      client = await startZoho();
      const sent: unknown[] = [];
      await start({ onDelivery: (events, at) => sent.push([at, events]) });
      expect(traffic.counts.chats).toBe(0);
      for (let minute = 0; minute < 60; minute += 1) {
        client.clock.advance(MINUTE);
        await Promise.resolve();
      }
      await expect.poll(() => sent.length).toBeGreaterThan(200);
      runs.push(JSON.stringify(sent));
      await traffic.stop();
      await client.zoho.stop();
    }
    expect(runs[1]).toBe(runs[0]);
  });

  test('a chat that is reassigned through the API is answered by the new agent some minutes later', async () => {
    client = await startZoho();
    await start({ firstFates: Array.from({ length: 10 }, () => 'forgotten' as const), chatsPerHour: 120 });
    client.clock.advance(12 * MINUTE);
    await expect.poll(() => traffic.counts.chats).toBeGreaterThan(5);
    const held = [...client.zoho.desk.sessions.values()].filter((session) => session.status === 'ON_HOLD');
    expect(held.length).toBeGreaterThan(2);
    let reassigned = 0;
    for (const session of held) {
      const { departmentId } = client.zoho.desk.getChannel(session.channelId);
      const other = client.zoho.desk.onlineIn(departmentId).find((agent) => agent.id !== session.assignee?.id);
      const answer = await client.call('PATCH', `/im/sessions/${session.id}`, { agentId: other?.id });
      if (answer.status === 200) reassigned += 1;
    }
    expect(reassigned).toBe(held.length);
    const waiting = () => held.filter((session) => session.status === 'ON_HOLD').length;
    client.clock.advance(7 * MINUTE);
    // One in eight of the new agents forgets it too.
    await expect.poll(waiting).toBeLessThanOrEqual(held.length / 2);
  });

  test('the event of an API call is sent although nothing else is due for a long time', async () => {
    client = await startZoho();
    await start({ chatsPerHour: 0.001, deliveryShares: { batched: 0, late: 0, duplicated: 0 } });
    const session = client.zoho.desk.createSession({
      channelId: '65403000000038011',
      status: 'OPEN',
      at: client.clock.now(),
    });
    await client.call('PATCH', `/im/sessions/${session.id}`, { status: 'BLOCKED' });
    client.clock.advance(1000);
    await expect
      .poll(() => receiver.received.flatMap(({ events }) => events.map(({ payload }) => payload.sessionStatus)))
      .toContain('BLOCKED');
  });

  test('stops clean: no sleep is left, nothing more is sent', async () => {
    client = await startZoho();
    let sleeping = 0;
    const clock: Clock = {
      now: client.clock.now,
      sleep: async (ms, signal) => {
        sleeping += 1;
        await client.clock.sleep(ms, signal);
        sleeping -= 1;
      },
    };
    receiver.answer = ({ method }) => (method === 'GET' ? 200 : 500);
    await start({ clock });
    client.clock.advance(30 * MINUTE);
    await expect.poll(() => traffic.counts.failedAttempts).toBeGreaterThan(10);
    await expect.poll(() => sleeping).toBeGreaterThan(10);
    await traffic.stop();
    expect(sleeping).toBe(0);
    const sent = receiver.received.length;
    client.clock.advance(60 * MINUTE);
    await Promise.resolve();
    expect(receiver.received).toHaveLength(sent);
  });

  test('does not begin when the address does not answer 200', async () => {
    client = await startZoho();
    receiver.answer = () => 404;
    await expect(start()).rejects.toMatchObject({ code: 'unavailable' });
    expect(client.zoho.desk.sessions.size).toBe(0);
  });

  test('ends its subscription at a 410', async () => {
    client = await startZoho();
    receiver.answer = ({ method }) => (method === 'GET' ? 200 : 410);
    await start();
    client.clock.advance(30 * MINUTE);
    await expect.poll(() => traffic.subscribed).toBe(false);
  });
});
