import { and, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createZohoClient } from '../../src/delivery/zoho-desk/zoho-client.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { parseZohoBody } from '../../src/ingress/zoho-desk/parse-body.ts';
import type { WebhookEvent } from '../../src/sandbox/zoho/webhook-event.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { createIngest, type Ingest } from '../../src/services/ingest.ts';
import { createProcessor, type Processor } from '../../src/services/process.ts';
import { RECONCILIATION_JOB, type ReconcileDeps, reconcileWhenDue } from '../../src/services/reconcile/reconcile.ts';
import { fromJson } from '../../src/services/reconcile/reconciliation-state.ts';
import { readJobState } from '../../src/store/job-states.ts';
import { decisions, events, sessions, transitions } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { never } from '../support/deliveries.ts';
import { createMemoryTokenStore } from '../support/memory-token-store.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START } from '../support/timeline.ts';

const CHANNEL = '65403000000038011';
const ANA = { id: '65403000000190001', zuid: '106554156' };
const BRUNO = { id: '65403000000190014', zuid: '106554189' };
const by = ({ id }: { id: string }) => ({ type: 'AGENT' as const, id });

/** Fires for each chat that stays on hold for ten minutes, and for each change that no webhook told. */
const RULES = [
  aRule({ id: 'on-hold', trigger: { kind: 'hold', forMs: 10 * MINUTE } }),
  aRule({
    id: 'inferred',
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    conditions: { all: [{ fact: 'transition', path: '$.inferred', operator: 'equal', value: true }] },
    actions: [anAction('dashboard.update', { tile: 'Lost', add: 1 })],
  }),
];

let portals = 0;

describe.each(databases)('reconciliation on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let zoho: ZohoStandIn;
  let orgId: string;
  let ingest: Ingest;
  let processor: Processor;
  let deps: ReconcileDeps;
  /** Webhooks that were not delivered. */
  let lost: WebhookEvent[];
  let losing: boolean;
  let arriving: Promise<unknown>[];

  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await startPortal();
  });
  afterEach(() => zoho.stop());

  async function startPortal(): Promise<void> {
    portals += 1;
    orgId = `7000${portals}`;
    clock = createManualClock(START);
    zoho = createZohoStandIn({ clock, orgId });
    await zoho.start();
    ingest = createIngest({ database, clock, storePersonalData: false, groupMs: 0 });
    const ruleset = rulesetOf(RULES);
    const { queue } = database;
    const channels = () => new Map();
    processor = createProcessor({
      database,
      clock,
      queue,
      ruleset: () => ruleset,
      channels,
      storePersonalData: false,
    });
    const directory = emptyDirectory();
    directory.agents.set(ANA.id, { name: 'Ana', zuid: ANA.zuid });
    directory.agentIdByZuid.set(ANA.zuid, ANA.id);
    const client = createZohoClient({
      deskUrl: zoho.url,
      accountsUrl: zoho.url,
      orgId,
      ...zoho.world.oauth,
      clock,
      tokens: createMemoryTokenStore(),
      timeoutMs: 2_000,
    });
    deps = {
      db: database.db,
      clock,
      orgId,
      client,
      directory: () => directory,
      ingest,
      everyMs: 5 * MINUTE,
      creditsPerDay: 2_000,
    };
    lost = [];
    losing = false;
    arriving = [];
    zoho.desk.onEvent((event) => {
      if (losing) lost.push(event);
      else arriving.push(arrive([event]));
    });
    // The first look only notes when it began.
    await reconcileWhenDue(deps, never);
  }

  async function arrive(items: readonly WebhookEvent[]): Promise<void> {
    const parsed = parseZohoBody(JSON.stringify(items), { orgId, receivedAt: clock.now() });
    if (!parsed.ok) throw new Error(parsed.reason);
    await ingest(parsed.items);
  }

  /** What is under way arrives and is judged. */
  async function judge(): Promise<void> {
    await Promise.all(arriving.splice(0));
    await processor.processAll();
  }

  async function runAt(at: number): Promise<boolean> {
    clock.set(at);
    await judge();
    const ran = await reconcileWhenDue(deps, never);
    await judge();
    return ran;
  }

  async function state() {
    return fromJson((await readJobState(database.db, orgId, RECONCILIATION_JOB)) ?? {}, 0);
  }
  const chatOf = async (id: string) =>
    (
      await database.db
        .select()
        .from(sessions)
        .where(and(eq(sessions.orgId, orgId), eq(sessions.id, id)))
    )[0];
  const ledgerOf = async (id: string) =>
    (
      await database.db
        .select()
        .from(transitions)
        .where(and(eq(transitions.orgId, orgId), eq(transitions.sessionId, id)))
    ).sort((a, b) => a.at - b.at);
  const lists = () => zoho.calls.filter(({ path }) => path.startsWith('/api/v1/im/sessions'));

  test('does not run at start, then every five minutes, for one process at a time', async () => {
    expect(await runAt(START + 5 * MINUTE - 1)).toBe(false);
    expect(lists()).toEqual([]);
    const both = [runAt(START + 5 * MINUTE), reconcileWhenDue(deps, never)];
    expect((await Promise.all(both)).filter((ran) => ran)).toHaveLength(1);
    expect(await runAt(START + 9 * MINUTE)).toBe(false);
    expect(await runAt(START + 10 * MINUTE)).toBe(true);
    expect(lists()).toHaveLength(2);
  });

  test('a change that no webhook told is inferred, marked, and judged like any other', async () => {
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN', assignee: by(ANA) });
    losing = true;
    zoho.desk.changeSession(chat.id, { status: 'ON_HOLD' }, START + 2 * MINUTE);
    await runAt(START + 5 * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({
      status: 'ON_HOLD',
      // No earlier moment is proven: the list of the last minute did not show it any more.
      statusSince: START + 4 * MINUTE,
      statusSinceApproximate: true,
      assigneeId: ANA.zuid,
      holds: 1,
    });
    expect(await ledgerOf(chat.id)).toMatchObject([
      { to: 'OPEN', inferred: false },
      { from: null, known: 'OPEN', to: 'ON_HOLD', inferred: true, gap: false, assigneeChanged: false },
    ]);
    expect((await state()).last).toMatchObject({
      outcome: 'complete',
      differing: 1,
      inferred: 1,
      deferred: 0,
      credits: 6,
    });
    await runAt(START + 14 * MINUTE);
    const fired = await database.db
      .select()
      .from(decisions)
      .where(and(eq(decisions.orgId, orgId), eq(decisions.outcome, 'fired')));
    expect(fired.map(({ ruleId }) => ruleId).sort()).toEqual(['inferred', 'on-hold']);
    // Nothing is found twice.
    await runAt(START + 20 * MINUTE);
    expect((await state()).inferred).toBe(1);
  });

  test('a webhook that comes after all is a late event, and leaves the chat and its measures as they were', async () => {
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN', assignee: by(ANA) });
    losing = true;
    zoho.desk.changeSession(chat.id, { status: 'ON_HOLD', assignee: by(BRUNO) }, START + 2 * MINUTE);
    await runAt(START + 5 * MINUTE);
    // Bruno is known to nobody: his Zoho user id was asked for.
    expect(await chatOf(chat.id)).toMatchObject({ assigneeId: BRUNO.zuid, reassignments: 1 });
    clock.set(START + 6 * MINUTE);
    await arrive(lost);
    await judge();
    expect(await chatOf(chat.id)).toMatchObject({
      status: 'ON_HOLD',
      statusSince: START + 2 * MINUTE,
      statusSinceApproximate: false,
      assigneeId: BRUNO.zuid,
      reassignments: 1,
      holds: 1,
      timeIn: { OPEN: 2 * MINUTE },
    });
    expect(await ledgerOf(chat.id)).toHaveLength(3);
  });

  test('what changed within the last minute is left to its webhook, and found by the next run when none comes', async () => {
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN' });
    losing = true;
    zoho.desk.changeSession(chat.id, { status: 'ENDED' }, START + 4 * MINUTE + 1);
    await runAt(START + 5 * MINUTE);
    expect((await state()).last).toMatchObject({ differing: 1, inferred: 0, deferred: 1 });
    expect(await chatOf(chat.id)).toMatchObject({ status: 'OPEN' });
    await runAt(START + 10 * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({ status: 'ENDED' });
  });

  test('a chat whose own event waits to be judged is left alone, and looked at again', async () => {
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN' });
    await judge();
    zoho.desk.changeSession(chat.id, { status: 'ENDED' }, START + MINUTE);
    await Promise.all(arriving.splice(0));
    clock.set(START + 5 * MINUTE);
    await reconcileWhenDue(deps, never);
    expect((await state()).last).toMatchObject({ differing: 1, inferred: 0, deferred: 1 });
    await runAt(START + 10 * MINUTE);
    expect((await state()).last).toMatchObject({ chats: 1, differing: 0 });
    expect(await ledgerOf(chat.id)).toHaveLength(2);
  });

  test('chats of which nothing ever came are found; who has them, and that nobody does', async () => {
    losing = true;
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'ON_HOLD', assignee: by(ANA) });
    await runAt(START + 5 * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({ status: 'ON_HOLD', assigneeId: ANA.zuid, channelId: CHANNEL });
    zoho.desk.changeSession(chat.id, { status: 'OPEN', assignee: null }, START + 6 * MINUTE);
    await runAt(START + 10 * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({ status: 'OPEN', assigneeId: null, assigneeType: null });
  });

  test('a desk whose events name agents by their Desk ids keeps doing so', async () => {
    const zuidless = deps.directory();
    zuidless.agents.clear();
    zuidless.agentIdByZuid.clear();
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN' });
    const seen = { ...(lost[0] ?? {}) };
    expect(seen).toEqual({});
    await arrive([
      {
        payload: {
          sessionId: 'other',
          sessionStatus: 'ON_HOLD',
          currentAssigneeId: BRUNO.id,
          assigneeType: 'AGENT',
          channelId: CHANNEL,
        },
        eventTime: String(START),
        eventType: 'IM_Session_Status',
        orgId,
      },
    ]);
    losing = true;
    zoho.desk.changeSession(chat.id, { status: 'ON_HOLD', assignee: by(BRUNO) }, START + MINUTE);
    await runAt(START + 5 * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({ assigneeId: BRUNO.id });
  });

  test('an agent whom the directory does not know is told apart from one whom it knows', async () => {
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN', assignee: by(BRUNO) });
    losing = true;
    zoho.desk.changeSession(chat.id, { status: 'OPEN', assignee: by(ANA) }, START + MINUTE);
    await runAt(START + 6 * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({ assigneeId: ANA.zuid });
  });

  test('all pages are read, and a run that is too long for the budget goes on the next day where it was', async () => {
    losing = true;
    const ids = Array.from(
      { length: 120 },
      (_, index) => zoho.desk.createSession({ channelId: CHANNEL, at: START + index, status: 'OPEN' }).id,
    );
    deps = { ...deps, creditsPerDay: 10 };
    await runAt(START + 5 * MINUTE);
    expect((await state()).last).toMatchObject({ outcome: 'over_budget', credits: 9, chats: 95 });
    const known = async () => (await Promise.all(ids.map(chatOf))).filter((chat) => chat !== undefined).length;
    expect(await known()).toBe(95);
    const before = lists().length;
    await runAt(START + 10 * MINUTE);
    expect(lists().length).toBe(before);
    await runAt(START + 24 * 60 * MINUTE);
    expect((await state()).last).toMatchObject({ outcome: 'complete' });
    expect(await known()).toBe(120);
    expect((await state()).readUpTo).toBe(START + 4 * MINUTE);
  });

  test.each([
    ['no credits left for the day', { fault: 'threshold_exceeded', retryAfterSeconds: 3_600 }, 65],
    ['a server error', { fault: 'respond', status: 500 }, 10],
    ['a cut connection', { fault: 'reset' }, 10],
  ])('%s: nothing is lost, and it is tried again in time', async (_, fault, minutes) => {
    const chat = zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN' });
    losing = true;
    zoho.desk.changeSession(chat.id, { status: 'ENDED' }, START + MINUTE);
    zoho.faults.add({ ...fault, path: '/api/v1/im/sessions*' });
    await runAt(START + 5 * MINUTE);
    expect((await state()).last).toMatchObject({ outcome: 'failed', inferred: 0 });
    expect(await runAt(START + (minutes - 1) * MINUTE)).toBe(false);
    await runAt(START + minutes * MINUTE);
    expect(await chatOf(chat.id)).toMatchObject({ status: 'ENDED' });
  });

  test('whatever webhooks are lost: after a run every chat is as Zoho shows it, and nothing is lost or doubled when they come after all', async () => {
    const step = fc.record({
      chat: fc.nat({ max: 2 }),
      status: fc.constantFrom('OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ENDED', 'NEW_TO_US'),
      assignee: fc.constantFrom(null, ANA, BRUNO),
      lost: fc.boolean(),
      seconds: fc.nat({ max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        await zoho.stop();
        await startPortal();
        const chats = [0, 1, 2].map(
          () => zoho.desk.createSession({ channelId: CHANNEL, at: START, status: 'OPEN' }).id,
        );
        let at = START;
        for (const { chat, status, assignee, lost: isLost, seconds } of steps) {
          at += seconds * 1_000 + 1;
          clock.set(at);
          losing = isLost;
          const change = { status, assignee: assignee === null ? null : by(assignee) };
          zoho.desk.changeSession(chats[chat] ?? '', change, at);
        }
        await runAt(at + 6 * MINUTE);
        const stored = await Promise.all(chats.map(chatOf));
        for (const [index, id] of chats.entries()) {
          const session = zoho.desk.getSession(id);
          const who = [ANA, BRUNO].find((agent) => agent.id === session.assignee?.id);
          expect(stored[index]).toMatchObject({ status: session.status, assigneeId: who?.zuid ?? null });
        }
        await arrive(lost);
        await judge();
        // Now all has come: the chats are as if nothing had been lost, but for the inferred entries in the ledger.
        const all = await database.db.select().from(events).where(eq(events.orgId, orgId));
        const sent = steps.length + chats.length;
        expect(all.filter(({ source }) => source !== 'reconcile')).toHaveLength(sent);
        for (const [index, id] of chats.entries()) {
          const own = steps.filter(({ chat }) => chat === index);
          const statuses = ['OPEN', ...own.map(({ status }) => status)];
          const holds = statuses.filter((status, place) => status === 'ON_HOLD' && statuses[place - 1] !== 'ON_HOLD');
          expect(await chatOf(id)).toMatchObject({ status: statuses.at(-1), holds: holds.length });
          const told = (await ledgerOf(id)).filter(({ inferred }) => !inferred);
          expect(told.map(({ to }) => to)).toEqual(statuses);
        }
      }),
      { numRuns: 12 },
    );
  });
});
