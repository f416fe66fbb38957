/** The stand-ins and the parts of Vigia that talk to them understand each other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createZohoClient, type ZohoClient } from '../../src/delivery/zoho-desk/zoho-client.ts';
import { parseZohoBody } from '../../src/ingress/zoho-desk/parse-body.ts';
import { createZohoVerifier } from '../../src/ingress/zoho-desk/verify-token.ts';
import { createSimulation } from '../../src/sandbox/traffic/simulation.ts';
import { sandboxWorld } from '../../src/sandbox/world.ts';
import { createDesk } from '../../src/sandbox/zoho/desk.ts';
import { MONDAY, type ZohoClient as StandIn, startZoho } from '../support/stand-in-client.ts';

const { signal } = new AbortController();
const [WHATSAPP, ANA, BRUNO] = ['65403000000038011', '65403000000190001', '65403000000190014'];

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startZoho();
});
afterAll(() => standIn.zoho.stop());

describe('webhooks', () => {
  test('the receiver accepts the stand-in’s token, also after a rotation and in milliseconds', async () => {
    const { orgId, webhookId } = sandboxWorld;
    const jwksUrl = `${standIn.zoho.url}/.well-known/jwks.json`;
    const verifier = createZohoVerifier({ jwksUrl, orgId, webhookId, clock: standIn.clock });
    expect(await verifier.verify(await standIn.zoho.sign())).toEqual({ ok: true, orgId });
    const ms = await startZoho({ jwtUnit: 'ms' });
    expect(await verifier.verify(await ms.zoho.sign())).toEqual({ ok: true, orgId });
    await ms.zoho.stop();
  });

  test('the receiver reads every event of a day', () => {
    const bodies: string[] = [];
    createSimulation({
      desk: createDesk({ world: sandboxWorld }),
      seed: 'receiver',
      startAt: MONDAY,
      send: (events) => bodies.push(JSON.stringify(events)),
    }).agenda.advanceTo(MONDAY + 86_400_000);
    expect(bodies.length).toBeGreaterThan(1000);
    for (const body of bodies) {
      const parsed = parseZohoBody(body, { orgId: sandboxWorld.orgId, receivedAt: MONDAY + 90_000_000 });
      expect(parsed.ok && parsed.items.every((item) => item.ok)).toBe(true);
    }
  });
});

describe('the Zoho client', () => {
  let client: ZohoClient;
  beforeAll(() => {
    const { zoho, clock } = standIn;
    client = createZohoClient({
      deskUrl: zoho.url,
      accountsUrl: zoho.url,
      orgId: zoho.world.orgId,
      ...zoho.world.oauth,
      clock,
      tokens: { read: async () => undefined, withRefreshLock: async (_key, work) => (await work(undefined)).value },
    });
  });

  test('makes every call that it knows, and reads the answers', async () => {
    const { desk } = standIn.zoho;
    const assignee = { type: 'AGENT', id: ANA } as const;
    const session = desk.createSession({ channelId: WHATSAPP, status: 'ON_HOLD', assignee, at: MONDAY });
    const department = sandboxWorld.departments[0]?.id ?? '';
    const { ticket } = session;
    const answers = {
      session: await client.getSession(session.id, signal),
      reassigned: await client.patchSession(session.id, { agentId: BRUNO }, signal),
      list: await client.listSessions(
        {
          statuses: ['OPEN', 'ON_PROGRESS', 'ON_HOLD'],
          departmentId: department,
          channelIds: [WHATSAPP],
          modifiedAfter: MONDAY - 1,
        },
        signal,
      ),
      tickets: await client.sessionTickets(session.id, signal),
      channels: await client.listChannels(signal),
      channel: await client.getChannel(WHATSAPP, signal),
      bots: await client.listBots(signal),
      agents: await client.listAgents(signal),
      agent: await client.getAgent(ANA, signal),
      byZuid: await client.getAgentByZuid('106554156', signal),
      availability: await client.agentAvailability(department, signal),
      online: await client.onlineAgents('-1', signal),
      ticket: await client.getTicket(ticket.id, signal),
      patched: await client.patchTicket(ticket.id, { priority: 'High' }, signal),
      comment: await client.commentTicket(ticket.id, { content: 'oi', isPublic: false }, signal),
    };
    expect(Object.entries(answers).filter(([, answer]) => !answer.ok)).toEqual([]);
    expect(answers).toMatchObject({
      session: { value: { status: 'ON_HOLD', assignee: { id: ANA }, ticketId: ticket.id } },
      reassigned: { value: { assignee: { id: BRUNO, name: 'Bruno Carvalho' } } },
      list: { value: { sessions: [{ id: session.id }] } },
      byZuid: { value: { id: ANA } },
      patched: { value: { priority: 'High' } },
    });
    expect(ticket.comments).toHaveLength(1);
  });

  test('renews a token that was revoked, and knows the two kinds of 429 apart', async () => {
    standIn.zoho.accounts.revokeTokens();
    expect(await client.getAgent(ANA, signal)).toMatchObject({ ok: true });
    standIn.zoho.faults.add({ fault: 'threshold_exceeded', path: '/api/v1/agents/*', retryAfterSeconds: 30 });
    expect(await client.getAgent(ANA, signal)).toMatchObject({ kind: 'credits_exhausted', retryAfterMs: 30_000 });
  });
});
