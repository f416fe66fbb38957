import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createZohoClient, listAllSessions, type ZohoClient } from '../../../src/delivery/zoho-desk/zoho-client.ts';
import type { ManualClock } from '../../../src/domain/clock.ts';
import { sandboxWorld } from '../../../src/sandbox/world.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../../src/sandbox/zoho/zoho-stand-in.ts';
import { impatientClock, never } from '../../support/deliveries.ts';
import { createMemoryTokenStore } from '../../support/memory-token-store.ts';
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const AT = Date.parse('2026-03-02T13:00:00Z');
const CHANNEL = sandboxWorld.channels[0]?.id ?? '';
const [ANA, BRUNO] = sandboxWorld.agents;

function connect(url: string, clock: ManualClock, overrides: Partial<Parameters<typeof createZohoClient>[0]> = {}) {
  return createZohoClient({
    deskUrl: url,
    accountsUrl: url,
    orgId: sandboxWorld.orgId,
    ...sandboxWorld.oauth,
    clock,
    tokens: createMemoryTokenStore(),
    random: () => 0.5,
    ...overrides,
  });
}

describe('the Zoho client, on the stand-in', () => {
  let clock: ManualClock;
  let zoho: ZohoStandIn;
  let client: ZohoClient;
  beforeEach(async () => {
    clock = impatientClock(AT);
    zoho = createZohoStandIn({ clock });
    await zoho.start();
    client = connect(zoho.url, clock);
  });
  afterEach(() => zoho.stop());

  const open = (status = 'ON_HOLD') =>
    zoho.desk.createSession({ channelId: CHANNEL, at: AT, status, assignee: { type: 'AGENT', id: ANA?.id ?? '' } });
  const apiCalls = () => zoho.calls.filter(({ path }) => path.startsWith('/api/'));

  it('reads a session: its assignee by the Desk id, never by the other ids that it shows', async () => {
    const session = open();
    const result = await client.getSession(session.id, never);
    expect(result).toMatchObject({
      ok: true,
      value: {
        id: session.id,
        status: 'ON_HOLD',
        channelId: CHANNEL,
        assigned: true,
        assignee: { id: ANA?.id, type: 'AGENT', name: 'Ana Beatriz Souza' },
        ticketId: session.ticket.id,
        createdAt: AT,
        messagesCount: 0,
      },
      credits: { cost: 1 },
    });
    expect(apiCalls()[0]?.headers).toMatchObject({ orgid: sandboxWorld.orgId });
  });

  it('changes a session and answers with it as it then is', async () => {
    const session = open();
    const result = await client.patchSession(session.id, { agentId: BRUNO?.id ?? '' }, never);
    expect(result).toMatchObject({ ok: true, value: { assignee: { id: BRUNO?.id } } });
  });

  it('reads lists to their end, page by page; an empty list is a 204', async () => {
    expect(await listAllSessions(client, { statuses: ['OPEN'] }, never)).toEqual({
      ok: true,
      value: { sessions: [], complete: true },
    });
    for (let index = 0; index < 120; index += 1) open();
    const all = await listAllSessions(client, { statuses: ['ON_HOLD', 'OPEN'] }, never);
    expect(all.ok && new Set(all.value.sessions.map(({ id }) => id)).size).toBe(120);
    expect(all.ok && all.value.complete).toBe(true);
    const cut = await listAllSessions(client, {}, never, 2);
    expect(cut).toMatchObject({ ok: true, value: { complete: false } });
    const filtered = await client.listSessions(
      { channelIds: [CHANNEL], agentId: ANA?.id ?? '', createdAfter: AT - 1, limit: 10 },
      never,
    );
    expect(filtered.ok && [filtered.value.sessions.length, filtered.value.next]).toEqual([10, 10]);
  });

  it('reads channels, bots, agents and who is there', async () => {
    zoho.desk.setOnline(BRUNO?.id ?? '', false);
    const support = sandboxWorld.departments[0]?.id ?? '';
    const there = await client.agentAvailability(support, never);
    expect(there.ok && there.value.find(({ agentId }) => agentId === BRUNO?.id)?.online).toBe(false);
    expect(there.ok && there.value.find(({ agentId }) => agentId === ANA?.id)?.online).toBe(true);
    const online = await client.onlineAgents('-1', never);
    expect(online.ok && online.value.map(({ agentId }) => agentId)).not.toContain(BRUNO?.id);
    expect(await client.getAgentByZuid(ANA?.zuid ?? '', never)).toMatchObject({ ok: true, value: { id: ANA?.id } });
    expect(await client.getAgentByZuid('1', never)).toMatchObject({ ok: false, kind: 'not_found' });
    expect(await client.getAgent(ANA?.id ?? '', never)).toMatchObject({
      ok: true,
      value: { name: 'Ana Beatriz Souza' },
    });
    const agents = await client.listAgents(never);
    expect(agents.ok && agents.value.length).toBe(sandboxWorld.agents.length);
    const channels = await client.listChannels(never);
    expect(channels.ok && channels.value.length).toBe(sandboxWorld.channels.length);
    expect(await client.getChannel(CHANNEL, never)).toMatchObject({
      ok: true,
      value: { departmentId: support, integration: 'WHATSAPP' },
    });
    expect(await client.listBots(never)).toMatchObject({ ok: true, value: [{ deskBotId: '65403000000522004' }, {}] });
  });

  it('reads, changes and comments tickets', async () => {
    const session = open();
    expect(await client.sessionTickets(session.id, never)).toMatchObject({
      ok: true,
      value: [{ id: session.ticket.id }],
    });
    expect(await client.getTicket(session.ticket.id, never)).toMatchObject({
      ok: true,
      value: { id: session.ticket.id },
    });
    expect(await client.patchTicket(session.ticket.id, { priority: 'High' }, never)).toMatchObject({ ok: true });
    expect(session.ticket.fields).toMatchObject({ priority: 'High' });
    expect(await client.commentTicket(session.ticket.id, { content: 'olá', isPublic: false }, never)).toMatchObject({
      ok: true,
      value: { id: expect.any(String) },
    });
    expect(session.ticket.comments).toMatchObject([{ content: 'olá', isPublic: false, contentType: 'plainText' }]);
  });

  it('renews a token that Zoho revoked, once, and sends the call again', async () => {
    const session = open();
    await client.getSession(session.id, never);
    zoho.accounts.revokeTokens();
    expect(await client.getSession(session.id, never)).toMatchObject({ ok: true });
    expect(zoho.accounts.issued).toBe(2);
    zoho.faults.add({ fault: 'unauthorized' });
    expect(await client.getSession(session.id, never)).toMatchObject({
      ok: false,
      kind: 'unauthorized',
      reason: expect.stringContaining('scopes'),
    });
    expect(zoho.accounts.issued).toBe(2);
  });

  it('meets "too many requests" with a few short waits, then says so', async () => {
    const session = open();
    zoho.faults.add({ fault: 'too_many_requests', path: '/api/*', times: 2 });
    expect(await client.getSession(session.id, never)).toMatchObject({ ok: true });
    expect(clock.now() - AT).toBe(375 + 750);
    zoho.faults.add({ fault: 'too_many_requests', path: '/api/*', times: 4 });
    expect(await client.getSession(session.id, never)).toMatchObject({ ok: false, kind: 'rate_limited' });
  });

  it('sends nothing more once the day’s credits are gone, until the time that Zoho names', async () => {
    const session = open();
    zoho.faults.add({ fault: 'threshold_exceeded', path: '/api/*', retryAfterSeconds: 3_600 });
    expect(await client.getSession(session.id, never)).toMatchObject({
      kind: 'credits_exhausted',
      retryAfterMs: 3_600_000,
    });
    const before = apiCalls().length;
    clock.advance(1_000_000);
    expect(await client.getSession(session.id, never)).toMatchObject({
      kind: 'credits_exhausted',
      retryAfterMs: 2_600_000,
    });
    expect(apiCalls()).toHaveLength(before);
    clock.advance(2_600_001);
    expect(await client.getSession(session.id, never)).toMatchObject({ ok: true });
  });

  it.each([
    ['forbidden', 'forbidden'],
    ['license', 'forbidden'],
    ['scope_mismatch', 'forbidden'],
    ['bad_request', 'invalid'],
    ['unprocessable', 'invalid'],
    ['not_found', 'not_found'],
    ['internal_error', 'unavailable'],
    ['bad_gateway', 'unavailable'],
    ['unavailable', 'unavailable'],
    ['reset', 'unavailable'],
  ])('tells %s as %s', async (fault, kind) => {
    const session = open();
    zoho.faults.add({ fault, path: '/api/*' });
    expect(await client.getSession(session.id, never)).toMatchObject({ ok: false, kind });
  });

  it('names the fields that Zoho objects to, and not what is in them', async () => {
    const session = open();
    const result = await client.patchSession(session.id, { agentId: '999' }, never);
    expect(result).toMatchObject({
      ok: false,
      kind: 'invalid',
      fields: ['agentId'],
      reason: expect.stringContaining('agentId'),
    });
    expect(!result.ok && result.reason).not.toContain('999');
  });

  it('says of a change without an answer that it may have been made', async () => {
    const session = open();
    zoho.faults.add({ fault: 'reset_after', method: 'PATCH' });
    expect(await client.patchSession(session.id, { status: 'ENDED' }, never)).toMatchObject({ kind: 'lost' });
    expect(zoho.desk.getSession(session.id).status).toBe('ENDED');
  });
});

describe('the Zoho client, on answers that the stand-in never gives', () => {
  let server: ScriptedServer;
  const clock = impatientClock(AT);
  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.stop());

  function answering(body: unknown) {
    server.answerWith(({ path }) =>
      path.startsWith('/oauth')
        ? { status: 200, body: { access_token: 'a-token', expires_in: 3600 } }
        : { status: 200, body },
    );
    return connect(server.url, clock);
  }

  it('keeps every digit of ids that come as numbers, and takes null and "" for absent', async () => {
    const client = answering(
      '{"id":12345678900000706159,"status":null,"deskAssignee":{"id":""},"agentId":"","meta":{"DESK_TICKET_ID":1234567890001773001}}',
    );
    const result = await client.getSession('1', never);
    expect(result).toMatchObject({
      ok: true,
      value: { id: '12345678900000706159', assigned: false, ticketId: '1234567890001773001' },
    });
    expect(result.ok && result.value.status).toBeUndefined();
    expect(result.ok && result.value.assignee).toBeUndefined();
  });

  it('loses one unreadable record of a list, and only that', async () => {
    const client = answering({ data: [{ id: '1' }, { status: 'OPEN' }, null, { id: 2 }], hasMore: false });
    const result = await client.listSessions({}, never);
    expect(result.ok && result.value.sessions.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('has no more calls in flight than it may, so that other integrations of the portal have room', async () => {
    let inFlight = 0;
    let most = 0;
    server.answerWith(async ({ path }) => {
      if (path.startsWith('/oauth')) return { status: 200, body: { access_token: 'a-token', expires_in: 3600 } };
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight -= 1;
      return { status: 200, body: { id: '1' } };
    });
    const client = connect(server.url, clock, { concurrency: 3 });
    await Promise.all(Array.from({ length: 30 }, () => client.getSession('1', never)));
    expect(most).toBe(3);
  });

  it('ends a list that never says it is over', async () => {
    const client = answering({ data: [{ agentId: '1', status: 'ONLINE' }], hasMore: true });
    expect(await client.agentAvailability('-1', never)).toMatchObject({ ok: true });
    expect(server.requests.length).toBeLessThan(70);
  });

  it.each([[[]], [{ id: null }], ['<html>'], [''], [{ data: 'x' }]])(
    'tells an answer of an unknown shape: %j',
    async (body) => {
      const result = await answering(body).getSession('1', never);
      expect(result).toMatchObject({ ok: false });
    },
  );
});
