import { afterEach, describe, expect, test } from 'vitest';
import { checkInvariants } from '../../src/store/read/invariants/check-invariants.ts';
import { actions, attempts, decisions } from '../../src/store/schema.ts';
import { postgresOnly } from '../support/databases.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { storedEssence } from '../support/stored-essence.ts';
import { pause } from '../support/wait.ts';

/**
 * Any number of processes on one PostgreSQL share the work, without a leader. Three of them, of which one is killed with -9
 * every few seconds and replaced, end in the state of a single process that was fed the same events at the same time.
 */
const statusIs = (value: string) => ({ fact: 'session', path: '$.status', operator: 'equal', value });
const BRUNO = '65403000000190014';

const RULES = {
  // Falls due long before the chats end: each fires.
  'held.rule.json': {
    name: 'Two seconds on hold',
    for: '2s',
    conditions: { all: [statusIs('ON_HOLD')] },
    actions: [
      { type: 'slack.alert', params: { channel: '#chat-ops', text: 'held {{ session.id }}' } },
      { id: 'assign', type: 'zoho.assignSession', params: { agentId: BRUNO } },
      {
        type: 'record',
        needs: 'assign',
        params: { dataset: 'reassigned', fields: { to: '{{ results.assign.agentName }}' } },
      },
      { type: 'dashboard.update', params: { tile: 'held', add: 1 } },
    ],
    onResolve: [{ type: 'dashboard.update', params: { tile: 'held', add: -1 } }],
  },
  // Falls due long after: none fires.
  'slow.rule.json': {
    name: 'Ten minutes in progress',
    for: '10m',
    conditions: { all: [statusIs('ON_PROGRESS')] },
    actions: [{ type: 'slack.post', params: { channel: '#chat-ops', text: 'slow {{ session.id }}' } }],
  },
  'changed.rule.json': {
    name: 'Each change, three times for a chat',
    on: ['IM_Session_Status'],
    conditions: { all: [] },
    limit: { count: 3, per: 'session', within: '1h' },
    actions: [
      {
        type: 'record',
        params: { dataset: 'changes', fields: { to: '{{ session.status }}', said: '{{ session.messagesIn }}' } },
      },
      { type: 'dashboard.update', params: { tile: 'changes', by: '{{ session.status }}', add: 1 } },
    ],
  },
  // Which chats it tells of depends on who comes first; how many does not.
  'first-four.rule.json': {
    name: 'The first four messages of the hour',
    on: ['IM_Message_Add'],
    conditions: { all: [] },
    limit: { count: 4, per: 'rule', within: '1h' },
    actions: [{ type: 'slack.post', params: { channel: '#supervisors', text: 'said {{ session.id }}' } }],
  },
};

const HELD = Array.from({ length: 6 }, (_, index) => `held-${index}`);
const SWIFT = Array.from({ length: 24 }, (_, index) => `swift-${index}`);
const CHATS = [...HELD, ...SWIFT];
/** How long a chat's life until its last status takes, real ms. */
const LIFE_MS = 13_000;
const KILLS = 3;

const closers: Installation[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((installation) => installation.stop()));
});

describe.each(postgresOnly)('many processes on $kind', () => {
  test('of which one is killed again and again end as a single one does', async () => {
    const [many, one] = await Promise.all([startInstallation(3, RULES), startInstallation(1, RULES)]);
    closers.push(many, one);
    const both = [many, one];
    for (const { zoho, slack } of both) {
      const [channel] = zoho.world.channels;
      const [ana] = zoho.world.agents;
      if (channel === undefined || ana === undefined) throw new Error('an empty world');
      const assignee = { type: 'AGENT' as const, id: ana.id };
      for (const id of HELD)
        zoho.desk.createSession({ id, channelId: channel.id, status: 'ON_HOLD', assignee, at: Date.now() });
      zoho.faults.add({ fault: 'too_many_requests', path: '/api/v1/im/sessions/*', times: 3, after: 2 });
      slack.faults.add({
        fault: 'respond',
        path: '/api/chat.postMessage',
        status: 429,
        headers: { 'retry-after': '1' },
        after: 1,
      });
    }
    const [{ zoho }] = [many];
    const envelope = (eventType: string, payload: object, at = Date.now()) => ({
      orgId: zoho.world.orgId,
      eventType,
      eventTime: String(at),
      payload: { channelId: zoho.world.channels[0]?.id, ...payload },
    });
    const status = (sessionId: string, sessionStatus: string) =>
      envelope('IM_Session_Status', {
        sessionId,
        sessionStatus,
        currentAssigneeId: zoho.world.agents[0]?.zuid,
        assigneeType: 'AGENT',
      });
    const message = (sessionId: string, id: string) =>
      envelope('IM_Message_Add', {
        sessionId,
        id,
        direction: 'IN',
        messageType: 'TEXT',
        text: 'oi',
        actor: { type: 'ENDUSER', contactId: '1' },
      });

    let sent = 0;
    /** To both installations; every third request comes twice at once. */
    async function send(...items: object[]): Promise<void> {
      sent += 1;
      await Promise.all([many.post(items), one.post(items), ...(sent % 3 === 0 ? [many.post(items)] : [])]);
    }
    /** One chat: each request waits until the one before is answered, as Zoho keeps the order of a module. */
    async function live(id: string, index: number): Promise<void> {
      const step = LIFE_MS / 5;
      await pause((index * step) / CHATS.length);
      await send(status(id, 'OPEN'), message(id, `${id} 1`));
      await pause(step);
      await send(status(id, 'ON_PROGRESS'));
      await pause(step);
      await send(message(id, `${id} 2`), message(id, `${id} 3`));
      await pause(step);
      await send(status(id, HELD.includes(id) ? 'ON_HOLD' : 'OPEN'));
    }

    const living = Promise.all(CHATS.map(live));
    /** What each process has done until now, by its address; those that die count with what they had. */
    const judged = new Map<string, number>();
    const delivered = new Map<string, number>();
    async function noteShares(): Promise<void> {
      for (const [url, count] of await many.readCounter('vigia_decisions_total')) judged.set(url, count);
      for (const [url, count] of await many.readCounter('vigia_actions_total')) delivered.set(url, count);
    }
    await many.grow();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(2_500);
      await noteShares();
      await many.killOldest();
      await many.grow();
    }
    await living;
    await Promise.all(both.map((installation) => installation.settle()));
    // The token is withdrawn: whoever notices first gets another one, for all.
    for (const installation of both) installation.zoho.accounts.revokeTokens();
    const ending = Promise.all(CHATS.map((id) => send(status(id, 'ENDED'))));
    await noteShares();
    await many.killOldest();
    await many.grow();
    await ending;
    await Promise.all(both.map((installation) => installation.settle()));

    const [ofMany, ofOne] = await Promise.all(both.map(essenceOf));
    expect(ofOne?.['decisions']?.length).toBeGreaterThan(100);
    expect(ofMany).toEqual(ofOne);
    for (const installation of both) {
      expect(await outcomesOf(installation, 'first-four')).toEqual({ fired: 4, limited: CHATS.length * 3 - 4 });
      await expectEachOnce(installation);
      const broken = (await checkInvariants(installation.db, Date.now())).filter(({ violations }) => violations > 0);
      expect(broken).toEqual([]);
      // One for all processes, and one after the withdrawal; a process that dies while asking may cost another.
      expect(installation.zoho.accounts.issued).toBeLessThanOrEqual(3);
    }
    expect(many.servers).toHaveLength(4);
    await noteShares();
    const sharing = (counts: Map<string, number>) => [...counts.values()].filter((count) => count > 0).length;
    expect(sharing(judged), 'processes that judged').toBeGreaterThanOrEqual(3);
    expect(sharing(delivered), 'processes that delivered').toBeGreaterThanOrEqual(3);
  }, 300_000);
});

/** Columns that tell when, by how many tries and under which of Slack's time stamps something was done. */
const OF_THE_WALL_CLOCK = ['attempts', 'dueSetAt', 'result', 'slackTs'];

/** All that is stored, but for whose messages were the first four. */
async function essenceOf({ db, zoho }: Installation): Promise<Record<string, string[]>> {
  const all = await storedEssence({ db }, zoho.world.orgId, OF_THE_WALL_CLOCK);
  return Object.fromEntries(
    Object.entries(all).map(([name, rows]) => [name, rows.filter((row) => !row.includes('["ruleId","first-four"]'))]),
  );
}

async function outcomesOf({ db }: Installation, ruleId: string): Promise<Record<string, number>> {
  const rows = (await db.select().from(decisions)).filter((row) => row.ruleId === ruleId);
  return Object.fromEntries(
    [...Map.groupBy(rows, ({ outcome }) => outcome)].map(([outcome, { length }]) => [outcome, length]),
  );
}

/** Each card and each change in Zoho is there once; again only where the answer of an attempt was lost with its process. */
async function expectEachOnce({ db, zoho, slack }: Installation): Promise<void> {
  const lost = (await db.select().from(attempts)).filter(({ outcome }) => outcome === null || outcome === 'uncertain');
  for (const { id, type, sessionId, state } of await db.select().from(actions)) {
    const done =
      type === 'slack.alert'
        ? slack.messages('#chat-ops').filter(({ text }) => text.includes(`held ${sessionId}`)).length
        : type === 'zoho.assignSession'
          ? zoho.calls.filter(
              ({ method, path, status }) => method === 'PATCH' && status === 200 && path.endsWith(`/${sessionId}`),
            ).length
          : undefined;
    if (done === undefined) continue;
    expect(state).toBe('delivered');
    const mayRepeat = lost.filter(({ actionId }) => actionId === id).length;
    expect(done, `${type} of ${sessionId}`).toBeGreaterThanOrEqual(1);
    expect(done, `${type} of ${sessionId}`).toBeLessThanOrEqual(1 + mayRepeat);
  }
}
