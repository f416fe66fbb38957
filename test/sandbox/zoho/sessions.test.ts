import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxWorld } from '../../../src/sandbox/world.ts';
import type { DeskSession } from '../../../src/sandbox/zoho/desk-session.ts';
import type { WebhookEvent } from '../../../src/sandbox/zoho/webhook-event.ts';
import { MONDAY, startZoho, type ZohoClient } from '../../support/stand-in-client.ts';

const WHATSAPP = '65403000000038011';
const SUPPORT_AGENT = '65403000000190001';
const OTHER_SUPPORT_AGENT = '65403000000190014';
const SALES_AGENT = '65403000000190053';
const SUPPORT_BOT = '65403000000522004';

let client: ZohoClient;
let events: WebhookEvent[];
afterEach(() => client.zoho.stop());

async function start(options: Parameters<typeof startZoho>[0] = {}): Promise<void> {
  client = await startZoho(options);
  events = [];
  client.zoho.desk.onEvent((event) => events.push(event));
}

function open(status: string, agentId?: string): DeskSession {
  return client.zoho.desk.createSession({
    channelId: WHATSAPP,
    status,
    at: MONDAY,
    ...(agentId === undefined ? {} : { assignee: { type: 'AGENT', id: agentId } }),
  });
}

describe('GET /im/sessions/{id}', () => {
  beforeEach(() => start());

  test('shows the chat with ids as strings, the Desk agent id in deskAssignee and another id in agentId', async () => {
    const session = open('ON_HOLD', SUPPORT_AGENT);
    const { status, body } = await client.call('GET', `/im/sessions/${session.id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: session.id,
      status: 'ON_HOLD',
      replyStatus: 'ACCEPTED',
      channelId: WHATSAPP,
      integrationService: 'WHATSAPP',
      messagesCount: '0',
      createdTime: '2026-03-02T13:00:00.000Z',
      deskAssignee: { id: SUPPORT_AGENT, type: 'AGENT', name: 'Ana Beatriz Souza' },
      meta: { DESK_TICKET_ID: session.ticket.id },
    });
    expect(session.id).toMatch(/^\d{17}$/);
    expect(body.agentId).not.toBe(SUPPORT_AGENT);
  });

  test('an unassigned chat has no deskAssignee', async () => {
    const { body } = await client.call('GET', `/im/sessions/${open('OPEN').id}`);
    expect(body).toMatchObject({ deskAssignee: null, replyStatus: 'UNASSIGNED' });
  });

  test('an unknown id is 404 URL_NOT_FOUND', async () => {
    const { status, body } = await client.call('GET', '/im/sessions/1');
    expect(status).toBe(404);
    expect(body.errorCode).toBe('URL_NOT_FOUND');
  });
});

describe('PATCH /im/sessions/{id}', () => {
  beforeEach(() => start());

  test.each([
    ['CREATED', ['ENDED', 'BLOCKED']],
    ['OPEN', ['ON_HOLD', 'ENDED', 'BLOCKED']],
    ['ON_HOLD', ['ENDED', 'BLOCKED']],
    ['ON_PROGRESS', ['ENDED', 'BLOCKED']],
    ['ENDED', ['ON_HOLD', 'ENDED', 'BLOCKED']],
    ['BLOCKED', ['OPEN', 'ENDED', 'BLOCKED']],
    ['MISSED', ['ENDED', 'BLOCKED']],
  ])('from %s exactly %o is allowed', async (from, allowed) => {
    for (const to of ['OPEN', 'ON_HOLD', 'ENDED', 'BLOCKED']) {
      const session = open(from, SUPPORT_AGENT);
      const { status, body } = await client.call('PATCH', `/im/sessions/${session.id}`, { status: to });
      expect([to, status]).toEqual([to, allowed.includes(to) ? 200 : 422]);
      expect(session.status).toBe(allowed.includes(to) ? to : from);
      if (status === 422) expect(body).toMatchObject({ errorCode: 'INVALID_DATA', errors: [{ fieldName: '/status' }] });
    }
  });

  test('an open, unassigned chat is assigned with ON_HOLD and agentId, and with neither alone', async () => {
    const session = open('OPEN');
    const path = `/im/sessions/${session.id}`;
    expect((await client.call('PATCH', path, { agentId: SUPPORT_AGENT })).status).toBe(422);
    expect((await client.call('PATCH', path, { status: 'ON_HOLD' })).status).toBe(422);
    const { status, body } = await client.call('PATCH', path, { status: 'ON_HOLD', agentId: SUPPORT_AGENT });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ON_HOLD', deskAssignee: { id: SUPPORT_AGENT } });
  });

  test('agentId alone moves a chat on hold or in progress to another agent and leaves its status', async () => {
    for (const status of ['ON_HOLD', 'ON_PROGRESS']) {
      const session = open(status, SUPPORT_AGENT);
      const answer = await client.call('PATCH', `/im/sessions/${session.id}`, { agentId: OTHER_SUPPORT_AGENT });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ status, deskAssignee: { id: OTHER_SUPPORT_AGENT } });
    }
  });

  test.each([
    ['a ZUID', '106554189'],
    ['an unknown id', '65403000000999999'],
    ['an agent of another department', SALES_AGENT],
    ['the agent of the token, who is in no department', sandboxWorld.tokenAgentId],
    ['no id at all', 'ana'],
  ])('%s as agentId is refused', async (_what, agentId) => {
    const session = open('ON_HOLD', SUPPORT_AGENT);
    const { status, body } = await client.call('PATCH', `/im/sessions/${session.id}`, { agentId });
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ fieldName: '/agentId', errorType: 'invalid' }] });
    expect(session.assignee?.id).toBe(SUPPORT_AGENT);
  });

  test('an agent who is offline is refused', async () => {
    const session = open('ON_HOLD', SUPPORT_AGENT);
    client.zoho.desk.setOnline(OTHER_SUPPORT_AGENT, false);
    const { status } = await client.call('PATCH', `/im/sessions/${session.id}`, { agentId: OTHER_SUPPORT_AGENT });
    expect(status).toBe(422);
    client.zoho.desk.setOnline(OTHER_SUPPORT_AGENT, true);
    const again = await client.call('PATCH', `/im/sessions/${session.id}`, { agentId: OTHER_SUPPORT_AGENT });
    expect(again.status).toBe(200);
  });

  test('a bot is assigned by its deskBotId, not by its id', async () => {
    const session = open('OPEN');
    const path = `/im/sessions/${session.id}`;
    expect((await client.call('PATCH', path, { botId: '65403000000220101' })).status).toBe(422);
    const { status, body } = await client.call('PATCH', path, { botId: SUPPORT_BOT });
    expect(status).toBe(200);
    expect(body).toMatchObject({ deskAssignee: { id: SUPPORT_BOT, type: 'BOT' } });
  });

  test('the body is closed: another field, an unknown status, both assignees and an empty body are refused', async () => {
    const session = open('ON_HOLD', SUPPORT_AGENT);
    for (const body of [
      { agentId: OTHER_SUPPORT_AGENT, departmentId: '1' },
      { status: 'ON_PROGRESS' },
      { agentId: OTHER_SUPPORT_AGENT, botId: SUPPORT_BOT },
      {},
      'ENDED',
    ]) {
      expect((await client.call('PATCH', `/im/sessions/${session.id}`, body)).status).toBe(422);
    }
    expect(session).toMatchObject({ status: 'ON_HOLD', assignee: { id: SUPPORT_AGENT } });
  });

  test('whatever the body, the chat changes exactly when the answer is 200', async () => {
    const value = fc.constantFrom('OPEN', 'ON_HOLD', 'ENDED', 'BLOCKED', 'MISSED', SUPPORT_AGENT, SUPPORT_BOT, 7, null);
    const body = fc.record({ status: value, agentId: value, botId: value }, { requiredKeys: [] });
    const from = fc.constantFrom('OPEN', 'ON_HOLD', 'ON_PROGRESS', 'ENDED', 'BLOCKED');
    await fc.assert(
      fc.asyncProperty(from, fc.boolean(), body, async (status, assigned, patch) => {
        const session = open(status, assigned ? OTHER_SUPPORT_AGENT : undefined);
        const before = structuredClone(session);
        events.length = 0;
        const answer = await client.call('PATCH', `/im/sessions/${session.id}`, patch);
        expect([200, 422]).toContain(answer.status);
        expect(events).toHaveLength(answer.status === 200 ? 1 : 0);
        if (answer.status === 422) expect(session).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('events that a change causes', () => {
  test('a PATCH causes IM_Session_Status with the ZUID, strings and the old status', async () => {
    await start();
    const session = open('ON_HOLD', SUPPORT_AGENT);
    client.clock.advance(900_000);
    events.length = 0;
    await client.call('PATCH', `/im/sessions/${session.id}`, { agentId: OTHER_SUPPORT_AGENT });
    expect(events).toEqual([
      {
        payload: {
          currentAssigneeId: '106554189',
          assigneeType: 'AGENT',
          sessionStatus: 'ON_HOLD',
          sessionOldStatus: 'ON_HOLD',
          replyStatus: 'ACCEPTED',
          sessionId: session.id,
          messagesCount: '0',
          channelId: WHATSAPP,
        },
        eventTime: String(MONDAY + 900_000),
        eventType: 'IM_Session_Status',
        orgId: sandboxWorld.orgId,
      },
    ]);
  });

  test('with echo off a PATCH changes the chat and causes no event', async () => {
    await start({ echo: false });
    const session = open('ON_HOLD', SUPPORT_AGENT);
    events.length = 0;
    await client.call('PATCH', `/im/sessions/${session.id}`, { status: 'ENDED' });
    expect(session.status).toBe('ENDED');
    expect(events).toEqual([]);
  });

  test('the id that events carry and the word for nobody can be chosen', async () => {
    await start({ eventShape: { assigneeIdKind: 'desk', unassignedAs: 'absent' } });
    open('ON_HOLD', SUPPORT_AGENT);
    open('OPEN');
    expect(events[0]?.payload).toMatchObject({ currentAssigneeId: SUPPORT_AGENT, assigneeType: 'AGENT' });
    expect(events[1]?.payload).not.toHaveProperty('currentAssigneeId');
    expect(events[1]?.payload).not.toHaveProperty('assigneeType');
  });

  test('agentId alone can be refused, as the real desk may do', async () => {
    await start({ assignAlone: 'refused' });
    const session = open('ON_HOLD', SUPPORT_AGENT);
    const { status } = await client.call('PATCH', `/im/sessions/${session.id}`, { agentId: OTHER_SUPPORT_AGENT });
    expect(status).toBe(422);
  });

  test('a channel whose token is revoked says so in each of its open chats, and again when it is back', async () => {
    await start();
    const [held, ended] = [open('ON_HOLD', SUPPORT_AGENT), open('ENDED')];
    events.length = 0;
    client.zoho.desk.setRevoked(WHATSAPP, true, MONDAY + 1);
    client.zoho.desk.setRevoked(WHATSAPP, false, MONDAY + 2);
    expect(events.map(({ payload }) => [payload.sessionId, payload.replyStatus])).toEqual([
      [held.id, 'CHANNEL_REVOKED'],
      [held.id, 'ACCEPTED'],
    ]);
    expect(ended.status).toBe('ENDED');
  });
});

describe('GET /im/sessions', () => {
  beforeEach(() => start());

  const list = async (query: string) => {
    const { status, body } = await client.call('GET', `/im/sessions${query}`);
    const data = Array.isArray(body.data) ? body.data : [];
    return {
      status,
      body,
      ids: data.map((one) => (typeof one === 'object' && one !== null && 'id' in one ? one.id : '')),
    };
  };

  test('is 204 without a body when nothing fits', async () => {
    expect(await list('')).toMatchObject({ status: 204, body: {} });
  });

  test('filters by status, assignee, agent, department, channel and time', async () => {
    const { desk } = client.zoho;
    const held = open('ON_HOLD', SUPPORT_AGENT);
    const waiting = open('OPEN');
    const sales = desk.createSession({ channelId: '65403000000038027', status: 'OPEN', at: MONDAY + 5000 });
    expect((await list('?status=ON_HOLD,ON_PROGRESS')).ids).toEqual([held.id]);
    expect((await list('?assigneeFilter=UNASSIGNED')).ids.sort()).toEqual([waiting.id, sales.id].sort());
    expect((await list(`?agentId=${SUPPORT_AGENT}`)).ids).toEqual([held.id]);
    expect((await list('?departmentId=65403000000006913')).ids).toEqual([sales.id]);
    expect((await list(`?channelId=${WHATSAPP},1`)).ids.sort()).toEqual([held.id, waiting.id].sort());
    expect((await list('?createdAfter=2026-03-02T13:00:01.000Z')).ids).toEqual([sales.id]);
    expect((await list('?modifiedAfter=2026-03-02T13:00:01.000Z')).ids).toEqual([sales.id]);
    expect((await list('?createdBefore=2026-03-02T13:00:01.000Z&status=OPEN')).ids).toEqual([waiting.id]);
  });

  test('pages by from and limit and says whether there is more', async () => {
    for (let count = 0; count < 5; count += 1) open('OPEN');
    const first = await list('?from=0&limit=3');
    const second = await list('?from=3&limit=3');
    expect([first.body.hasMore, second.body.hasMore]).toEqual([true, false]);
    expect(new Set([...first.ids, ...second.ids]).size).toBe(5);
  });

  test.each(['?state=OPEN', '?status=CREATED', '?limit=101', '?from=x', '?assigneeFilter=ANY', '?modifiedAfter=today'])(
    '%s is refused with 422',
    async (query) => {
      expect(await list(query)).toMatchObject({ status: 422, body: { errorCode: 'UNPROCESSABLE_ENTITY' } });
    },
  );
});

describe('tickets and messages of a chat', () => {
  beforeEach(() => start());

  test('the ticket is found from the chat, changed, and its change is an event with the state before', async () => {
    const session = open('ON_HOLD', SUPPORT_AGENT);
    const listed = await client.call('GET', `/im/sessions/${session.id}/tickets`);
    expect(listed.body).toMatchObject({ data: [{ id: session.ticket.id, status: 'Open' }] });
    events.length = 0;
    const patched = await client.call('PATCH', `/tickets/${session.ticket.id}`, { status: 'Closed', priority: 'High' });
    expect(patched.body).toMatchObject({ status: 'Closed', priority: 'High' });
    expect(events[0]).toMatchObject({
      eventType: 'Ticket_Update',
      prevState: { status: 'Open' },
      payload: { id: session.ticket.id, status: 'Closed' },
    });
    expect((await client.call('PATCH', `/tickets/${session.ticket.id}`, { colour: 'red' })).status).toBe(422);
  });

  test('each comment that is posted is another comment', async () => {
    const { ticket } = open('OPEN');
    const post = () =>
      client.call('POST', `/tickets/${ticket.id}/comments`, { content: 'Passou de 15 min', isPublic: false });
    const [first, second] = [await post(), await post()];
    expect(first.body).toMatchObject({ content: 'Passou de 15 min', isPublic: false, contentType: 'plainText' });
    expect(first.body.id).not.toBe(second.body.id);
    expect(ticket.comments).toHaveLength(2);
    const tooLong = await client.call('POST', `/tickets/${ticket.id}/comments`, { content: 'x'.repeat(32_001) });
    expect(tooLong.status).toBe(422);
  });

  test('a message goes out only where the token’s own agent is the assignee', async () => {
    const session = open('ON_HOLD', SUPPORT_AGENT);
    const path = `/im/sessions/${session.id}/messages`;
    expect((await client.call('POST', path, { message: 'Olá' })).status).toBe(403);
    session.assignee = { type: 'AGENT', id: sandboxWorld.tokenAgentId };
    const { status, body } = await client.call('POST', path, { message: 'Olá' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ direction: 'OUT', displayMessage: 'Olá', sessionId: session.id });
    expect(session.status).toBe('ON_PROGRESS');
    expect((await client.call('POST', path, { message: 'x'.repeat(5001) })).status).toBe(422);
  });
});
