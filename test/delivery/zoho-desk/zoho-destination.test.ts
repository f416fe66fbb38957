import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createZohoClient } from '../../../src/delivery/zoho-desk/zoho-client.ts';
import { createZohoDestination } from '../../../src/delivery/zoho-desk/zoho-destination.ts';
import type { Delivery, DeliveryOutcome, Destination } from '../../../src/domain/action.ts';
import type { ManualClock } from '../../../src/domain/clock.ts';
import { emptyDirectory } from '../../../src/domain/directory.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Directory } from '../../../src/domain/rule.ts';
import { sandboxWorld } from '../../../src/sandbox/world.ts';
import type { DeskSession, NewSession } from '../../../src/sandbox/zoho/desk-session.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../../src/sandbox/zoho/zoho-stand-in.ts';
import { delivery, impatientClock, never } from '../../support/deliveries.ts';
import { createMemoryTokenStore } from '../../support/memory-token-store.ts';

const AT = Date.parse('2026-03-02T13:00:00Z');
/** WhatsApp Suporte, of the department Suporte, whose agents are these five. */
const CHANNEL = '65403000000038011';
const SUPPORT = '65403000000006907';
const ANA = { id: '65403000000190001', zuid: '106554156' };
const BRUNO = { id: '65403000000190014', zuid: '106554189' };
const CAMILA = { id: '65403000000190027' };
const DIEGO = { id: '65403000000190040' };
const ELISA_OF_SALES = { id: '65403000000190053' };
const GABRIELA = { id: '65403000000190079' };
const BOT = { imBotId: '65403000000220101', deskBotId: '65403000000522004' };

describe('the Zoho destination', () => {
  let clock: ManualClock;
  let zoho: ZohoStandIn;
  let directory: Directory;
  let assignments: { agentId: string; at: number }[];
  /** From whom chats were taken. */
  let taken: { sessionId: string; agentId: string; at: number }[];
  let destination: Destination;
  beforeEach(async () => {
    clock = impatientClock(AT);
    zoho = createZohoStandIn({ clock });
    await zoho.start();
    directory = emptyDirectory();
    assignments = [];
    taken = [];
    const client = createZohoClient({
      deskUrl: zoho.url,
      accountsUrl: zoho.url,
      orgId: sandboxWorld.orgId,
      ...sandboxWorld.oauth,
      clock,
      tokens: createMemoryTokenStore(),
      timeoutMs: 500,
    });
    destination = createZohoDestination({
      client,
      clock,
      directory: () => directory,
      recentAssignments: async (_orgId, since) => assignments.filter(({ at }) => at >= since),
      takenFrom: async (_orgId, sessionId, since) =>
        taken.filter((one) => one.sessionId === sessionId && one.at >= since).map(({ agentId }) => agentId),
    });
  });
  afterEach(() => zoho.stop());

  const chat = (input: Partial<NewSession> = {}): DeskSession =>
    zoho.desk.createSession({
      channelId: CHANNEL,
      at: AT,
      status: 'ON_HOLD',
      assignee: { type: 'AGENT', id: ANA.id },
      ...input,
    });
  const busy = (agentId: string, chats: number) => {
    for (let index = 0; index < chats; index += 1)
      chat({ status: 'ON_PROGRESS', assignee: { type: 'AGENT', id: agentId } });
  };
  /** As it stood when the rule fired: webhooks carry the ZUID. */
  const firedOnHold: Partial<Delivery> = { session: { status: 'ON_HOLD', assigneeId: ANA.zuid } };

  function act(
    type: Delivery['type'],
    session: DeskSession,
    params: JsonObject,
    rest: Partial<Delivery> = {},
  ): Promise<DeliveryOutcome> {
    return destination.deliver(delivery(type, params, { sessionId: session.id, ...firedOnHold, ...rest }), never);
  }
  const assign = (session: DeskSession, params: JsonObject, rest: Partial<Delivery> = {}) =>
    act('zoho.assignSession', session, params, rest);
  const assigneeOf = (session: DeskSession) => zoho.desk.getSession(session.id).assignee?.id;
  const patches = () =>
    zoho.calls.filter(({ method }) => method === 'PATCH').map(({ body }): unknown => JSON.parse(body));

  describe('zoho.assignSession', () => {
    it('gives an assigned chat to the agent whom the rule names, by agentId alone', async () => {
      const session = chat();
      expect(await assign(session, { agentId: BRUNO.id })).toEqual({
        kind: 'delivered',
        result: { agentId: BRUNO.id, agentName: 'Bruno Carvalho', status: 'ON_HOLD', previousAssigneeId: ANA.id },
      });
      expect(patches()).toEqual([{ agentId: BRUNO.id }]);
    });

    it('never picks an agent from whom it took the chat since its last answer', async () => {
      const session = chat();
      const answeredAt = AT - 3_600_000;
      const rest = { session: { ...firedOnHold.session, lastOutboundAt: answeredAt } };
      const from = { agents: [BRUNO.id, CAMILA.id] };
      busy(CAMILA.id, 3);
      taken = [{ sessionId: session.id, agentId: BRUNO.id, at: answeredAt + 1 }];
      expect(await assign(session, { pick: 'leastBusy', from }, rest)).toMatchObject({
        result: { agentId: CAMILA.id },
      });
      const other = chat();
      // Of another chat, or answered since: they may have it.
      taken.push({ sessionId: other.id, agentId: BRUNO.id, at: answeredAt - 1 });
      expect(await assign(other, { pick: 'leastBusy', from }, rest)).toMatchObject({ result: { agentId: BRUNO.id } });
    });

    it('finds nobody when all who are online let the chat wait, and does not give it back by name either', async () => {
      const session = chat();
      // Nobody has answered yet: the last day counts.
      taken = [
        { sessionId: session.id, agentId: BRUNO.id, at: AT - 23 * 3_600_000 },
        { sessionId: session.id, agentId: CAMILA.id, at: AT - 25 * 3_600_000 },
      ];
      expect(await assign(session, { pick: 'leastBusy', from: { agents: [BRUNO.id] } })).toEqual({
        kind: 'nobody',
        reason: 'the agents to pick from who are online have all had this chat and let it wait',
      });
      expect(await assign(session, { agentId: BRUNO.id })).toMatchObject({ kind: 'skipped' });
      expect(patches()).toEqual([]);
      expect(await assign(session, { agentId: CAMILA.id })).toMatchObject({ kind: 'delivered' });
    });

    it('takes an open chat that nobody has on hold with its agent', async () => {
      const session = zoho.desk.createSession({ channelId: CHANNEL, at: AT, status: 'OPEN' });
      const outcome = await assign(session, { agentId: BRUNO.id }, { session: { status: 'OPEN' } });
      expect(outcome).toMatchObject({ kind: 'delivered', result: { agentId: BRUNO.id, status: 'ON_HOLD' } });
      expect(patches()).toEqual([{ status: 'ON_HOLD', agentId: BRUNO.id }]);
    });

    it('finds the agent behind a name, a ZUID or an id, and the bot behind any of its ids', async () => {
      directory.agents.set(BRUNO.id, { name: 'Bruno', zuid: BRUNO.zuid });
      directory.agentIdByZuid.set(BRUNO.zuid, BRUNO.id);
      directory.bots.set(BOT.deskBotId, { name: 'Recepção' });
      for (const agentId of ['bruno', BRUNO.zuid, BRUNO.id]) {
        expect(await assign(chat(), { agentId })).toMatchObject({ kind: 'delivered', result: { agentId: BRUNO.id } });
      }
      // Not in the directory: Zoho knows it.
      expect(await assign(chat(), { agentId: '106554223' })).toMatchObject({
        kind: 'delivered',
        result: { agentId: CAMILA.id },
      });
      for (const botId of ['Recepção', BOT.deskBotId, BOT.imBotId]) {
        expect(await assign(chat(), { botId })).toMatchObject({ kind: 'delivered', result: { botId: BOT.deskBotId } });
      }
      expect(await assign(chat(), { agentId: 'Nobody' })).toMatchObject({ kind: 'refused' });
      expect(await assign(chat(), { agentId: '123' })).toMatchObject({ kind: 'refused' });
    });

    it.each([[{}], [{ agentId: '' }], [{ agentId: ANA.id, pick: 'leastBusy' }], [{ pick: 'anybody' }]])(
      'refuses %j: it must say whom, in one way',
      async (params) => {
        expect(await assign(chat(), params)).toMatchObject({ kind: 'refused' });
        expect(patches()).toEqual([]);
      },
    );

    describe('picking', () => {
      it('leastBusy takes the online agent of the department with the fewest open chats; the lowest id on a tie', async () => {
        busy(BRUNO.id, 2);
        busy(CAMILA.id, 1);
        busy(DIEGO.id, 1);
        busy(GABRIELA.id, 3);
        const outcome = await assign(chat(), { pick: 'leastBusy', from: { department: SUPPORT } });
        expect(outcome).toMatchObject({ kind: 'delivered', result: { agentId: CAMILA.id, agentName: 'Camila Rocha' } });
      });

      it('leaves out who is offline, who has the chat, and the agents of other departments', async () => {
        for (const { id } of [BRUNO, CAMILA, DIEGO]) zoho.desk.setOnline(id, false);
        expect(await assign(chat(), { pick: 'leastBusy', from: { department: SUPPORT } })).toMatchObject({
          result: { agentId: GABRIELA.id },
        });
        zoho.desk.setOnline(GABRIELA.id, false);
        clock.advance(5_000);
        expect(await assign(chat(), { pick: 'leastBusy', from: { department: SUPPORT } })).toEqual({
          kind: 'nobody',
          reason: expect.stringContaining('online'),
        });
      });

      it('counts what we assigned in the last minute, which Zoho may not list yet', async () => {
        const recently = { at: AT - 30_000 };
        assignments = [BRUNO, CAMILA].map(({ id }) => ({ agentId: id, ...recently }));
        assignments.push({ agentId: DIEGO.id, at: AT - 120_000 });
        const outcome = await assign(chat(), { pick: 'leastBusy', from: { department: SUPPORT } });
        expect(outcome).toMatchObject({ result: { agentId: DIEGO.id } });
      });

      it('gives chats that are reassigned at the same moment to different agents', async () => {
        const sessions = [chat(), chat(), chat(), chat()];
        const outcomes = await Promise.all(
          sessions.map((session) => assign(session, { pick: 'leastBusy', from: { department: SUPPORT } })),
        );
        const agents = outcomes.map((outcome) => outcome.kind === 'delivered' && outcome.result.agentId);
        expect(new Set(agents)).toEqual(new Set([BRUNO.id, CAMILA.id, DIEGO.id, GABRIELA.id]));
        // Presence and load are read once for all of them.
        expect(zoho.calls.filter(({ path }) => path === '/api/v1/agentAvailability').length).toBeLessThanOrEqual(4);
      });

      it('maxLoad leaves out who has enough', async () => {
        for (const { id } of [BRUNO, CAMILA, DIEGO, GABRIELA]) busy(id, 2);
        const params = { pick: 'leastBusy', from: { department: SUPPORT }, maxLoad: 2 };
        expect(await assign(chat(), params)).toEqual({
          kind: 'nobody',
          reason: expect.stringContaining('2 open chats'),
        });
      });

      it('takes the department of the chat’s channel when the rule names none, or a list or a team', async () => {
        directory.teams.set('night', [DIEGO.id, ELISA_OF_SALES.id]);
        directory.agents.set(GABRIELA.id, { name: 'Gabriela' });
        expect(await assign(chat(), { pick: 'leastBusy' })).toMatchObject({ result: { agentId: BRUNO.id } });
        const fromList = await assign(chat(), { pick: 'leastBusy', from: { agents: ['gabriela', 'unknown'] } });
        expect(fromList).toMatchObject({ result: { agentId: GABRIELA.id } });
        expect(await assign(chat(), { pick: 'leastBusy', from: { team: 'Night' } })).toMatchObject({
          result: { agentId: DIEGO.id },
        });
        const nobody = await assign(chat(), { pick: 'leastBusy', from: { agents: ['unknown'] } });
        expect(nobody).toMatchObject({ kind: 'refused' });
        const nowhere = await assign(chat(), { pick: 'leastBusy', from: { department: 'Nowhere' } });
        expect(nowhere).toMatchObject({ kind: 'refused', reason: expect.stringContaining('department') });
      });

      it('roundRobin takes turns, without asking for anybody’s load', async () => {
        assignments = [
          { agentId: BRUNO.id, at: AT - 1_000 },
          { agentId: CAMILA.id, at: AT - 9_000_000 },
          { agentId: GABRIELA.id, at: AT - 5_000 },
        ];
        const turns: unknown[] = [];
        for (let turn = 0; turn < 4; turn += 1) {
          const outcome = await assign(chat(), { pick: 'roundRobin', from: { department: SUPPORT } });
          turns.push(outcome.kind === 'delivered' && outcome.result.agentId);
          clock.advance(1_000);
        }
        expect(turns).toEqual([DIEGO.id, CAMILA.id, GABRIELA.id, BRUNO.id]);
        expect(zoho.calls.some(({ path }) => path === '/api/v1/im/sessions')).toBe(false);
      });

      it('sameAsLast takes the agent of the customer’s last chat, else the least busy', async () => {
        const contact = { contactId: '186543000000451259' };
        chat({ contact, status: 'ENDED', assignee: { type: 'AGENT', id: GABRIELA.id } });
        busy(GABRIELA.id, 2);
        const again = chat({ contact });
        expect(await assign(again, { pick: 'sameAsLast' })).toMatchObject({ result: { agentId: GABRIELA.id } });
        expect(await assign(chat(), { pick: 'sameAsLast' })).toMatchObject({ result: { agentId: BRUNO.id } });
      });

      it('tries the next when Zoho refuses one', async () => {
        zoho.faults.add({ fault: 'invalid_data', method: 'PATCH', times: 2 });
        const outcome = await assign(chat(), { pick: 'leastBusy', from: { department: SUPPORT } });
        expect(outcome).toMatchObject({ kind: 'delivered', result: { agentId: DIEGO.id } });
        expect(patches()).toEqual([{ agentId: BRUNO.id }, { agentId: CAMILA.id }, { agentId: DIEGO.id }]);
      });

      it('finds nobody when Zoho refuses all, and gives up at once when it is not about the agent', async () => {
        zoho.faults.add({ fault: 'invalid_data', method: 'PATCH', times: 9 });
        expect(await assign(chat(), { pick: 'leastBusy' })).toEqual({
          kind: 'nobody',
          reason: expect.stringContaining('INVALID_DATA'),
        });
        expect(patches()).toHaveLength(4);
        zoho.faults.clear();
        const body = {
          errorCode: 'INVALID_DATA',
          message: 'no',
          errors: [{ fieldName: '/status', errorType: 'invalid' }],
        };
        zoho.faults.add({ fault: 'respond', method: 'PATCH', status: 422, body });
        expect(await assign(chat(), { pick: 'leastBusy' })).toMatchObject({ kind: 'refused' });
        expect(patches()).toHaveLength(5);
      });
    });

    describe('looking before it acts', () => {
      it('skips a chat that has moved on', async () => {
        const session = chat();
        zoho.desk.changeSession(session.id, { status: 'ON_PROGRESS' }, AT);
        expect(await assign(session, { agentId: BRUNO.id })).toEqual({
          kind: 'skipped',
          reason: 'the chat is ON_PROGRESS by now; it was ON_HOLD when the rule fired',
        });
        const handed = chat({ assignee: { type: 'AGENT', id: CAMILA.id } });
        expect(await assign(handed, { agentId: BRUNO.id })).toMatchObject({
          kind: 'skipped',
          reason: expect.stringContaining('another assignee'),
        });
        const taken = chat({ status: 'OPEN' });
        expect(await assign(taken, { agentId: BRUNO.id }, { session: { status: 'OPEN' } })).toMatchObject({
          kind: 'skipped',
        });
        expect(patches()).toEqual([]);
      });

      it('takes an assignee that nobody can resolve for no mismatch', async () => {
        const unknown = { session: { status: 'ON_HOLD', assigneeId: '999' } };
        expect(await assign(chat(), { agentId: BRUNO.id }, unknown)).toMatchObject({ kind: 'delivered' });
      });

      it('asks for a ZUID once, not at every delivery', async () => {
        await assign(chat({ assignee: { type: 'AGENT', id: CAMILA.id } }), { agentId: BRUNO.id });
        await assign(chat({ assignee: { type: 'AGENT', id: CAMILA.id } }), { agentId: BRUNO.id });
        expect(zoho.calls.filter(({ path }) => path === `/api/v1/agents/zuid/${ANA.zuid}`)).toHaveLength(1);
      });

      it('skips an episode that is over without asking Zoho anything', async () => {
        expect(await assign(chat(), { pick: 'leastBusy' }, { episodeOver: true })).toMatchObject({ kind: 'skipped' });
        expect(zoho.calls).toHaveLength(0);
      });

      it('skips a chat that is not there, ended, blocked, or with the wanted agent already', async () => {
        const gone = chat();
        zoho.desk.forgetSession(gone.id);
        expect(await assign(gone, { pick: 'leastBusy' })).toEqual({
          kind: 'skipped',
          reason: expect.stringContaining('not found'),
        });
        for (const status of ['ENDED', 'BLOCKED']) {
          const outcome = await assign(chat({ status }), { pick: 'leastBusy' }, { session: { status } });
          expect(outcome).toEqual({ kind: 'skipped', reason: expect.stringContaining(status) });
        }
        expect(await assign(chat(), { agentId: ANA.id })).toEqual({
          kind: 'skipped',
          reason: expect.stringContaining('already'),
        });
      });

      it('refuses what Zoho forbids, and tries again what passes', async () => {
        zoho.faults.add({ fault: 'forbidden', method: 'GET', path: '/api/v1/im/sessions/*' });
        expect(await assign(chat(), { agentId: BRUNO.id })).toMatchObject({ kind: 'refused' });
        zoho.faults.add({ fault: 'unavailable', method: 'GET', path: '/api/v1/im/sessions/*' });
        expect(await assign(chat(), { agentId: BRUNO.id })).toMatchObject({ kind: 'retry' });
        zoho.faults.add({
          fault: 'threshold_exceeded',
          method: 'GET',
          path: '/api/v1/im/sessions/*',
          retryAfterSeconds: 60,
        });
        expect(await assign(chat(), { agentId: BRUNO.id })).toMatchObject({
          kind: 'retry',
          afterMs: 60_000,
          counts: false,
        });
      });

      it('needs a chat', async () => {
        const { sessionId: _, ...without } = delivery('zoho.assignSession', { agentId: BRUNO.id });
        expect(await destination.deliver(without, never)).toMatchObject({ kind: 'refused' });
      });
    });

    describe('when the answer is lost', () => {
      it.each(['reset_after', 'timeout_after'])('looks again, and finds that it was done (%s)', async (fault) => {
        zoho.faults.add({ fault, method: 'PATCH' });
        const session = chat();
        expect(await assign(session, { agentId: BRUNO.id })).toMatchObject({
          kind: 'delivered',
          result: { agentId: BRUNO.id },
        });
        expect(patches()).toHaveLength(1);
      });

      it.each(['reset', 'timeout_before'])('says that it may come yet when it was not done (%s)', async (fault) => {
        zoho.faults.add({ fault, method: 'PATCH' });
        const session = chat();
        expect(await assign(session, { agentId: BRUNO.id })).toMatchObject({ kind: 'uncertain' });
        expect(assigneeOf(session)).toBe(ANA.id);
      });

      it('recognises at the next attempt what the last one did, also where the episode ended by it', async () => {
        const again = { mayHaveHappened: true, episodeOver: true, attempt: 2 };
        const done = chat({ assignee: { type: 'AGENT', id: BRUNO.id } });
        expect(await assign(done, { agentId: BRUNO.id }, again)).toMatchObject({
          kind: 'delivered',
          result: { agentId: BRUNO.id },
        });
        expect(await assign(done, { pick: 'leastBusy' }, again)).toMatchObject({
          kind: 'delivered',
          result: { agentId: BRUNO.id, agentName: 'Bruno Carvalho', previousAssigneeId: ANA.id },
        });
        expect(patches()).toEqual([]);
      });

      it('acts at the next attempt when the last one did nothing', async () => {
        const session = chat();
        const outcome = await assign(session, { pick: 'leastBusy' }, { mayHaveHappened: true, attempt: 2 });
        expect(outcome).toMatchObject({ kind: 'delivered', result: { agentId: BRUNO.id } });
      });
    });
  });

  describe('zoho.setSessionStatus', () => {
    it('ends a chat', async () => {
      const session = chat();
      expect(await act('zoho.setSessionStatus', session, { status: 'ended' })).toEqual({
        kind: 'delivered',
        result: { status: 'ENDED', previousStatus: 'ON_HOLD' },
      });
      expect(zoho.desk.getSession(session.id).status).toBe('ENDED');
    });

    it('skips what is so already, and takes it for done after a lost answer', async () => {
      const session = chat({ status: 'ENDED' });
      const fired = { session: { status: 'ENDED' } };
      expect(await act('zoho.setSessionStatus', session, { status: 'ENDED' }, fired)).toMatchObject({
        kind: 'skipped',
      });
      const again = { mayHaveHappened: true, session: { status: 'ON_HOLD' } };
      expect(await act('zoho.setSessionStatus', session, { status: 'ENDED' }, again)).toMatchObject({
        kind: 'delivered',
      });
    });

    it('refuses a status that cannot be set, and tells which changes Zoho allows when it refuses one', async () => {
      expect(await act('zoho.setSessionStatus', chat(), { status: 'ON_PROGRESS' })).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('must be one of'),
      });
      expect(await act('zoho.setSessionStatus', chat(), { status: 'OPEN' })).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('BLOCKED → OPEN'),
      });
    });
  });

  describe('the chat’s ticket', () => {
    it('is updated, its custom fields under cf, its assignee by any name', async () => {
      directory.agents.set(BRUNO.id, { name: 'Bruno', zuid: BRUNO.zuid });
      const session = chat();
      const outcome = await act('zoho.updateTicket', session, {
        assigneeId: 'Bruno',
        status: 'Escalated',
        priority: '',
        fields: { category: 'Chat', cf_waited: '15m' },
      });
      expect(outcome).toEqual({ kind: 'delivered', result: { ticketId: session.ticket.id } });
      expect(patches()).toEqual([
        { category: 'Chat', cf: { cf_waited: '15m' }, assigneeId: BRUNO.id, status: 'Escalated' },
      ]);
    });

    it('is commented, privately unless the rule says otherwise, and no longer than Zoho takes', async () => {
      const session = chat();
      const outcome = await act('zoho.commentTicket', session, { text: 'x'.repeat(40_000) });
      expect(outcome).toMatchObject({
        kind: 'delivered',
        result: { ticketId: session.ticket.id, commentId: expect.any(String) },
      });
      await act('zoho.commentTicket', session, { text: 'for all', public: true });
      const [first, second] = session.ticket.comments;
      expect([first?.content.length, first?.isPublic]).toEqual([32_000, false]);
      expect([second?.content, second?.isPublic]).toEqual(['for all', true]);
    });

    it('has a comment that may have been added when the answer was lost', async () => {
      const session = chat();
      zoho.faults.add({ fault: 'reset_after', method: 'POST', path: '/api/*' });
      expect(await act('zoho.commentTicket', session, { text: 'once' })).toMatchObject({ kind: 'uncertain' });
      expect(session.ticket.comments).toHaveLength(1);
    });

    it('is left alone when there is nothing to say or the chat has moved on', async () => {
      const session = chat();
      expect(await act('zoho.updateTicket', session, { status: '' })).toMatchObject({ kind: 'refused' });
      expect(await act('zoho.commentTicket', session, { text: ' ' })).toMatchObject({ kind: 'refused' });
      zoho.desk.changeSession(session.id, { status: 'ENDED' }, AT);
      expect(await act('zoho.commentTicket', session, { text: 'late' })).toMatchObject({ kind: 'skipped' });
    });
  });

  it('is not connected without a client', async () => {
    const unconnected = createZohoDestination({
      client: undefined,
      clock,
      directory: () => directory,
      recentAssignments: async () => [],
      takenFrom: async () => [],
    });
    expect(unconnected.connected).toBe(false);
    expect(await unconnected.deliver(delivery('zoho.assignSession', {}), never)).toMatchObject({
      kind: 'not_connected',
    });
  });
});
