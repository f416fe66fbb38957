import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../../src/services/process.ts';
import { tickSchedules } from '../../src/services/tick-schedules.ts';
import { checkInvariants } from '../../src/store/read/invariants/check-invariants.ts';
import { actions, decisions, holds, schedules, tiles } from '../../src/store/schema.ts';
import { databases, postgresOnly, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

const TILE = { type: 'dashboard.update', params: { tile: 'Queue', set: '{{ queue.count }}' } };

function queueRule(more: object = {}): object {
  return {
    name: 'A queue',
    every: '5m',
    conditions: {
      all: [
        {
          fact: 'queue',
          params: { status: 'OPEN', unassigned: true },
          path: '$.count',
          operator: 'greaterThan',
          value: 1,
        },
      ],
    },
    actions: [TILE],
    ...more,
  };
}

const perChannel = (more: object = {}) => ({
  name: 'Many on a channel',
  every: '5m',
  conditions: { all: [{ fact: 'channel', path: '$.counts.OPEN', operator: 'greaterThan', value: 1 }] },
  actions: [
    { type: 'slack.post', params: { channel: '#ops', text: '{{ channel.name }} has {{ channel.counts.OPEN }}' } },
  ],
  ...more,
});

const perAgent = {
  name: 'Too many chats',
  every: '5m',
  conditions: {
    all: [
      { fact: 'agent', path: '$.openSessions', operator: 'greaterThan', value: 1 },
      { fact: 'agent', path: '$.online', operator: 'equal', value: false },
    ],
  },
  actions: [{ type: 'slack.post', params: { channel: '#ops', text: '{{ agent.name }}' } }],
};

describe.each(databases)('ticks on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let ruleset: CompiledRuleset;
  let portal = 0;
  let orgId = '';
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    portal += 1;
    orgId = `ticking-${portal}`;
    clock = createManualClock(START);
  });

  const deps = (): ProcessDeps => ({
    database,
    clock,
    queue: database.queue,
    ruleset: () => ruleset,
    channels: () => new Map(),
    online: (id) => id !== 'a1',
    storePersonalData: false,
  });

  async function chats(...payloads: object[]): Promise<void> {
    const ingest = createIngest({ database, clock, storePersonalData: false });
    await ingest(
      payloads.map((payload, index) => ({
        ok: true,
        event: { ...statusEvent(clock.now(), 'OPEN', { sessionId: `s${index + 1}`, ...payload }), orgId },
      })),
    );
    await createProcessor(deps()).processAll();
  }
  const nobody = { currentAssigneeId: null, assigneeType: null };

  async function tickAt(minute: number): Promise<number | undefined> {
    clock.set(START + minute * MINUTE);
    return tickSchedules(deps(), orgId);
  }

  async function decided(): Promise<string[]> {
    const rows = await database.db.select().from(decisions).where(eq(decisions.orgId, orgId)).orderBy(decisions.id);
    return rows.map(({ at, ruleId, subject, outcome }) => `${(at - START) / MINUTE} ${ruleId} ${subject} ${outcome}`);
  }

  test('a rule that cannot be saved misses its tick, and holds up no other', async () => {
    ruleset = loadRules({
      'bad.rule.json': queueRule({ actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'x' } }] }),
      'good.rule.json': queueRule(),
    });
    await chats({ ...nobody }, { ...nobody });
    await tickAt(1);
    await database.db.execute(
      `alter table actions add constraint no_bad check (rule_id <> 'bad' or org_id <> '${orgId}')`,
    );
    try {
      expect(await tickAt(5)).toBe(START + 10 * MINUTE);
      expect(await decided()).toEqual(['5 good desk fired']);
    } finally {
      await database.db.execute('alter table actions drop constraint no_bad');
    }
    await tickAt(10);
    expect(await decided()).toEqual(['5 good desk fired', '10 bad desk fired', '10 good desk fired']);
  });

  test('a new rule begins at its next moment, fires while its conditions hold, and ends its episode', async () => {
    ruleset = loadRules({ 'queue.rule.json': queueRule() });
    await chats({ ...nobody }, { ...nobody }, {});
    expect(await tickAt(1)).toBe(START + 5 * MINUTE);
    expect(await decided()).toEqual([]);
    expect(await tickAt(5)).toBe(START + 10 * MINUTE);
    await tickAt(7);
    await tickAt(10);
    await chats({ sessionStatus: 'ENDED', ...nobody });
    await tickAt(15);
    expect(await decided()).toEqual(['5 queue desk fired', '10 queue desk fired', '15 queue desk resolved']);
    const [tile] = await database.db.select().from(tiles).where(eq(tiles.orgId, orgId));
    expect(tile).toMatchObject({ tile: 'Queue' });
    const [episode] = await database.db.select().from(holds).where(eq(holds.orgId, orgId));
    expect(episode).toMatchObject({ kind: 'schedule', firings: 2, endedAt: START + 15 * MINUTE, endedBy: 'due' });
  });

  test('missed ticks are one tick, at the last of their moments; one that is too late is recorded as expired', async () => {
    ruleset = loadRules({ 'queue.rule.json': queueRule(), 'daily.rule.json': queueRule({ every: '1d' }) });
    await chats({ ...nobody }, { ...nobody });
    await tickAt(1);
    // Until ten in the evening (UTC) of the next day, which began eleven hours after the start.
    const minute = 33 * 60 + 2;
    expect(await tickAt(minute)).toBe(START + (33 * 60 + 5) * MINUTE);
    expect(await decided()).toEqual([`${11 * 60} daily desk expired`, `${33 * 60} queue desk fired`]);
  });

  test('a rule of channels is judged for each, one of agents for each who has had a chat, not for bots', async () => {
    ruleset = loadRules({
      'channels.rule.json': perChannel(),
      'agents.rule.json': perAgent,
      'directory.json': { channels: { c9: { name: 'Nine' } } },
    });
    await chats(
      { channelId: 'c1' },
      { channelId: 'c1' },
      { channelId: 'c2', currentAssigneeId: 'a2' },
      { channelId: 'c2', currentAssigneeId: 'b1', assigneeType: 'BOT' },
      { channelId: 'c2', currentAssigneeId: 'b1', assigneeType: 'BOT' },
    );
    await tickAt(1);
    await tickAt(5);
    expect((await decided()).sort()).toEqual([
      '5 agents agent:a1 fired',
      '5 channels channel:c1 fired',
      '5 channels channel:c2 fired',
    ]);
    const rows = await database.db.select().from(actions).where(eq(actions.orgId, orgId));
    expect(rows.map(({ subject, sessionId }) => [subject, sessionId])).toContainEqual(['agent:a1', null]);
  });

  test('an episode goes on and ends though its agent has no chat any more', async () => {
    ruleset = loadRules({ 'agents.rule.json': perAgent });
    await chats({}, {});
    await tickAt(1);
    await tickAt(5);
    await chats({ currentAssigneeId: 'a2' }, { currentAssigneeId: 'a2' });
    await tickAt(10);
    expect(await decided()).toEqual(['5 agents agent:a1 fired', '10 agents agent:a1 resolved']);
  });

  test('schedules follow the rules: edited ones begin anew, removed ones tick no more', async () => {
    const rows = async () =>
      (await database.db.select().from(schedules).where(eq(schedules.orgId, orgId)))
        .map(({ ruleId, every, nextAt }) => `${ruleId} ${every} ${(nextAt - START) / MINUTE}`)
        .sort();
    ruleset = loadRules({ 'a.rule.json': queueRule(), 'b.rule.json': queueRule({ every: '10m' }) });
    await tickAt(1);
    expect(await rows()).toEqual(['a 5m 5', 'b 10m 10']);
    ruleset = loadRules({
      'a.rule.json': queueRule({ every: { cron: '7 * * * *', zone: 'America/Sao_Paulo' } }),
      'b.rule.json': queueRule({ every: '10m', name: 'By another name' }),
      'c.rule.json': queueRule({ mode: 'off' }),
    });
    await tickAt(2);
    expect(await rows()).toEqual(['a 7 * * * * America/Sao_Paulo 7', 'b 10m 10']);
    ruleset = loadRules({});
    expect(await tickAt(3)).toBeUndefined();
    expect(await rows()).toEqual([]);
  });

  test('steps of a schedule are done when they are due, between the ticks', async () => {
    const steps = [{ after: '2m', actions: [{ type: 'dashboard.update', params: { tile: 'Step', add: 1 } }] }];
    ruleset = loadRules({ 'queue.rule.json': queueRule({ steps }) });
    await chats({ ...nobody }, { ...nobody });
    await tickAt(1);
    await tickAt(5);
    clock.set(START + 7 * MINUTE);
    await createProcessor(deps()).processAll();
    expect(await decided()).toEqual(['5 queue desk fired', '7 queue desk fired']);
  });

  test('leave nothing behind that contradicts itself', async () => {
    const card = { type: 'slack.alert', params: { channel: '#ops', text: '{{ queue.count }}' } };
    ruleset = loadRules({ 'queue.rule.json': queueRule({ actions: [card] }), 'channels.rule.json': perChannel() });
    await chats({ ...nobody }, { ...nobody }, {});
    for (const minute of [1, 5, 10, 15]) await tickAt(minute);
    await chats({ sessionStatus: 'ENDED', ...nobody });
    await tickAt(20);
    expect(await decided()).toContain('20 queue desk resolved');
    const checked = await checkInvariants(database.db, clock.now());
    // These rules were never activated.
    const broken = checked.filter(({ name, violations }) => violations > 0 && name !== 'deciding-rules-are-known');
    expect(broken.map(({ name, examples }) => [name, examples])).toEqual([]);
  });
});

describe.each(postgresOnly)('two processes on $kind', ({ open }) => {
  test('one tick fires once, whoever is at it', async () => {
    const database = await open();
    try {
      const processes = [database, await database.another(), await database.another()];
      const ruleset = loadRules({
        'every.rule.json': { ...queueRule(), conditions: { all: [] }, actions: [TILE_ADD] },
      });
      const clock = createManualClock(START);
      const tickAll = () =>
        Promise.all(
          processes.map((one) =>
            tickSchedules(
              {
                database: one,
                clock,
                queue: one.queue,
                ruleset: () => ruleset,
                channels: () => new Map(),
                storePersonalData: false,
              },
              'o1',
            ),
          ),
        );
      await tickAll();
      for (let tick = 1; tick <= 10; tick += 1) {
        clock.set(START + tick * 5 * MINUTE);
        await tickAll();
      }
      const rows = await database.db.select().from(decisions);
      expect(rows.map(({ at }) => (at - START) / MINUTE / 5)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      const [tile] = await database.db.select().from(tiles);
      expect(Number(tile?.value)).toBe(10);
    } finally {
      await database.close();
    }
  });
});

const TILE_ADD = { type: 'dashboard.update', params: { tile: 'Ticks', add: 1 } };
