import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { type ComputedKey, computedName } from '../../src/domain/computed.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { ComputedFacts } from '../../src/services/computed-facts.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { listAgentsWithChats } from '../../src/store/facts/agents.ts';
import { hourOfWeek, listChannelsWithChats } from '../../src/store/facts/channels.ts';
import { createChannelTimes } from '../../src/trial/channel-times.ts';
import { computeAll } from '../../src/trial/computing.ts';
import { createHistoryCounts } from '../../src/trial/history-counts.ts';
import { createOpenChats } from '../../src/trial/open-chats.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { chatEvents } from '../support/random-events.ts';
import { MINUTE, START, statusEvent, Timeline } from '../support/timeline.ts';

/** The statements of computed facts say what is computed in memory from the same events. */
const SESSIONS = ['s1', 's2', 's3', 's4', 's5'];
const RULES = loadRules({});
const online = (id: string) => (id === 'a1' ? true : undefined);

const moments = fc.nat({ max: 25 }).map((minute) => START + minute * MINUTE + 30_000);
const withins = fc.constantFrom(MINUTE, 5 * MINUTE, 30 * MINUTE);
const keys: fc.Arbitrary<ComputedKey> = fc.oneof(
  fc
    .record(
      {
        at: moments,
        statuses: fc.subarray(['OPEN', 'ON_HOLD', 'ON_PROGRESS', 'PARKED_BY_A_FUTURE_ZOHO'], { minLength: 1 }),
        unassigned: fc.boolean(),
        olderThanMs: withins,
        channelIds: fc.subarray(['c1', 'c2', 'c3']),
      },
      { requiredKeys: ['at'] },
    )
    .map((queue) => ({ kind: 'queue' as const, ...queue })),
  fc
    .record({
      at: moments,
      withinMs: withins,
      of: fc.constantFrom(
        { by: 'session' as const, id: 's1' },
        { by: 'channel' as const, id: 'c1' },
        { by: 'assignee' as const, id: 'a1' },
      ),
      what: fc.constantFrom({ status: 'ON_HOLD' }, { event: 'IM_Session_Status' }),
    })
    .map(({ of, what, ...history }) => ({ kind: 'history' as const, ...history, ...of, ...what })),
  fc
    .record({
      at: moments,
      withinMs: withins,
      of: fc.constantFrom({ by: 'session' as const, id: 's2' }, { by: 'channel' as const, id: 'c2' }),
    })
    .map(({ of, ...history }) => ({ kind: 'history' as const, ...history, ...of, event: 'IM_Message_Add' })),
  fc
    .record({ at: moments, id: fc.constantFrom('c1', 'c2', 'c3') })
    .map((channel) => ({ kind: 'channel' as const, ...channel })),
  fc
    .record({ at: moments, id: fc.constantFrom('a1', 'a2', 'a3') })
    .map((agent) => ({ kind: 'agent' as const, ...agent })),
);

describe.each(databases)('computed facts on $kind', ({ open }) => {
  let database: TestDatabase;
  let portal = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  /** Stores and judges events in a portal of their own. */
  async function store(events: readonly DeskEvent[]): Promise<string> {
    portal += 1;
    const orgId = `facts-${portal}`;
    const clock = createManualClock(START + 60 * MINUTE);
    await createIngest({ database, clock, storePersonalData: false })(
      events.map((event) => ({ ok: true, event: { ...event, orgId } })),
    );
    const { queue } = database;
    const channels = () => new Map();
    await createProcessor({
      database,
      clock,
      queue,
      ruleset: () => RULES,
      channels,
      storePersonalData: false,
    }).processAll();
    return orgId;
  }

  test('are those that are computed in memory from the same events', async () => {
    const chats = fc.tuple(
      ...SESSIONS.map((sessionId) =>
        chatEvents({ start: START, gridMs: MINUTE, points: 20, maxEvents: 10, sessionId }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(chats, fc.array(keys, { minLength: 1, maxLength: 12 }), async (all, asked) => {
        const orgId = await store(all.flat());
        const timelines = await Promise.all(
          all.map(async (events, index) => {
            const timeline = new Timeline(RULES, SESSIONS[index]);
            await timeline.run(START + 60 * MINUTE, ...events);
            return timeline;
          }),
        );
        const channelTimes = createChannelTimes();
        const history = createHistoryCounts(asked.filter((key) => key.kind === 'history'));
        const openChats = createOpenChats();
        for (const { ledger, events, state } of timelines) {
          channelTimes.add(ledger);
          history.addEntries(ledger);
          history.addEvents([...events.values()]);
          if (state.session !== undefined) openChats.move(undefined, state.session);
        }
        const inMemory = computeAll(
          { chats: openChats, history, channelTimes, online, usualSilence: () => undefined },
          asked,
        );
        const facts = new ComputedFacts(online);
        await facts.load(database.db, [{ orgId, computed: asked }]);
        const stored = facts.of(orgId);
        for (const key of asked)
          expect(stored.get(computedName(key)), JSON.stringify(key)).toEqual(inMemory.get(computedName(key)));
      }),
      { numRuns: 25 },
    );
  });

  test('a chat whose status nobody told counts, but has no age', async () => {
    const message: DeskEvent = {
      ...statusEvent(START, 'OPEN'),
      type: 'IM_Message_Add',
      payload: { id: 'm1', sessionId: 's1', channelId: 'c1', direction: 'IN', messageType: 'TEXT' },
    };
    const orgId = await store([message, { ...statusEvent(START, 'OPEN'), key: 'k2', subject: 's2', sessionId: 's2' }]);
    const facts = new ComputedFacts(online);
    const queue = { kind: 'queue' as const, at: START + 30_000 };
    await facts.load(database.db, [{ orgId, computed: [queue] }]);
    expect(facts.of(orgId).get(computedName(queue))).toEqual({
      count: 2,
      oldestSeconds: 30,
      p50Seconds: 30,
      p95Seconds: 30,
    });
  });

  test('count events of any type by chat, and what happened at the very moment', async () => {
    const seen = { ...statusEvent(START, 'OPEN'), type: 'IM_Message_Status', key: 'k1' };
    const orgId = await store([
      seen,
      { ...seen, key: 'k2', at: START + MINUTE },
      { ...seen, key: 'k3', at: START + 2 * MINUTE },
    ]);
    const facts = new ComputedFacts(online);
    const key = {
      kind: 'history',
      at: START + MINUTE,
      withinMs: MINUTE,
      by: 'session',
      id: 's1',
      event: 'IM_Message_Status',
    } as const;
    await facts.load(database.db, [{ orgId, computed: [key, { ...key, withinMs: MINUTE + 1 }] }]);
    expect([...facts.of(orgId).values()]).toEqual([{ count: 1 }, { count: 2 }]);
  });

  test('are of this portal alone; nothing is there of what nobody knows', async () => {
    await store([statusEvent(START, 'OPEN')]);
    const facts = new ComputedFacts(online);
    const computed: ComputedKey[] = [
      { kind: 'queue', at: START },
      { kind: 'channel', at: START, id: 'c1' },
      { kind: 'agent', at: START, id: 'a1' },
      { kind: 'history', at: START, withinMs: MINUTE, by: 'channel', id: 'c1', status: 'OPEN' },
    ];
    await facts.load(database.db, [{ orgId: 'nobody', computed }]);
    const values = computed.map((key) => facts.of('nobody').get(computedName(key)));
    expect(values).toMatchObject([{ count: 0 }, { counts: { OPEN: 0 } }, { openSessions: 0 }, { count: 0 }]);
    expect(values[1]).not.toHaveProperty('silentSeconds');
  });

  test('channels are those that chats came from; agents those of late or open chats, without bots', async () => {
    const chat = (sessionId: string, status: string, at: number, more: object) =>
      statusEvent(at, status, { sessionId, ...more });
    const orgId = await store([
      chat('old', 'ENDED', START - 60 * MINUTE, { currentAssigneeId: 'gone' }),
      chat('old-and-open', 'OPEN', START - 60 * MINUTE, { currentAssigneeId: 'a1', channelId: 'c2' }),
      chat('late', 'ENDED', START + MINUTE, { currentAssigneeId: 'a2' }),
      chat('bot', 'OPEN', START + MINUTE, { currentAssigneeId: 'b1', assigneeType: 'BOT' }),
      chat('nobody', 'OPEN', START + MINUTE, { currentAssigneeId: null, channelId: null }),
    ]);
    expect(await listChannelsWithChats(database.db, orgId)).toEqual(['c1', 'c2']);
    expect(await listAgentsWithChats(database.db, orgId, START)).toEqual(['a1', 'a2']);
  });
});

test('the hour of the week begins on Monday at midnight UTC', () => {
  expect(hourOfWeek(Date.parse('2026-03-02T00:00:00Z'))).toBe(0);
  expect(hourOfWeek(Date.parse('2026-03-02T13:59:59Z'))).toBe(13);
  expect(hourOfWeek(Date.parse('2026-03-08T23:00:00Z'))).toBe(167);
});
