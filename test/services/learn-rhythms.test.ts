import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { learnRhythms } from '../../src/services/learn-rhythms.ts';
import { prune } from '../../src/services/prune.ts';
import { tickSchedules } from '../../src/services/tick-schedules.ts';
import { insertRows } from '../../src/store/bulk.ts';
import { hourOfWeek } from '../../src/store/facts/channels.ts';
import { channelRhythms, decisions, messages, sessions, transitions } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE } from '../support/timeline.ts';

const HOUR = 60 * MINUTE;
const WEEK = 168 * HOUR;
/** A Monday, midnight UTC. */
const MONDAY = Date.parse('2026-03-02T00:00:00Z');
const TEN = 10 * HOUR;

describe.each(databases)('rhythms of channels on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let orgId = '';
  let portal = 0;
  let eventNumber = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    portal += 1;
    orgId = `rhythm-${portal}`;
    clock = createManualClock(MONDAY);
    const counts = { holds: 0, reassignments: 0, messagesIn: 0, messagesOut: 0, timeIn: {} };
    await insertRows(database.db, sessions, [
      { orgId, id: 's1', channelId: 'c1', status: 'OPEN', createdAt: MONDAY, lastEventAt: MONDAY, ...counts },
    ]);
  });

  async function heard(...times: number[]): Promise<void> {
    const rows = times.map((at) => {
      eventNumber += 1;
      return { orgId, sessionId: 's1', at, eventKey: `k${eventNumber}`, channelId: 'c1' };
    });
    // Half of them are status events, half messages: either is a sign of life.
    await insertRows(
      database.db,
      transitions,
      rows
        .filter((_, index) => index % 2 === 0)
        .map((row) => ({
          ...row,
          gap: false,
          late: false,
          inferred: false,
          assigneeChanged: false,
          recordedAt: row.at,
        })),
    );
    await insertRows(
      database.db,
      messages,
      rows.filter((_, index) => index % 2 === 1).map((row) => ({ ...row, length: 1 })),
    );
  }

  async function learnAll(): Promise<number> {
    let passes = 1;
    while (await learnRhythms({ database, clock, orgId })) passes += 1;
    return passes;
  }

  async function silencesAt(hour: number): Promise<number[] | undefined> {
    const rows = await database.db.select().from(channelRhythms).where(eq(channelRhythms.orgId, orgId));
    return rows.find((row) => row.hourOfWeek === hour)?.silencesMs.map((ms) => ms / MINUTE);
  }

  test('an hour is learned once it is over: the longest that the channel was silent within it', async () => {
    await heard(MONDAY + TEN - 20 * MINUTE, MONDAY + TEN + 15 * MINUTE, MONDAY + TEN + 20 * MINUTE);
    clock.set(MONDAY + TEN + HOUR + 5 * MINUTE);
    await learnAll();
    expect(await silencesAt(10)).toBeUndefined();
    clock.set(MONDAY + TEN + HOUR + 10 * MINUTE);
    await learnAll();
    await learnAll();
    // From twenty to ten until a quarter past; then forty minutes to the end of the hour.
    expect(await silencesAt(10)).toEqual([40]);
    // Nothing had been heard before.
    expect(await silencesAt(9)).toBeUndefined();
    clock.set(MONDAY + TEN + 3 * HOUR + 10 * MINUTE);
    await learnAll();
    expect([await silencesAt(11), await silencesAt(12)]).toEqual([[100], [160]]);
  });

  test('a history is caught up with, a day at a time, eight weeks of it', async () => {
    const weeks = Array.from({ length: 12 }, (_, week) => MONDAY - (12 - week) * WEEK + TEN);
    await heard(...weeks.flatMap((at, week) => [at - MINUTE, at, at + (week + 1) * MINUTE, at + 59 * MINUTE]));
    clock.set(MONDAY + 20 * MINUTE);
    expect(await learnAll()).toBe(56);
    expect(await silencesAt(10)).toEqual([54, 53, 52, 51, 50, 49, 48, 47]);
    expect(hourOfWeek(weeks[0] ?? 0)).toBe(10);
  });

  test('a channel that has not been heard of for eight weeks is forgotten', async () => {
    await heard(MONDAY);
    clock.set(MONDAY + TEN);
    await learnAll();
    const rules = () => [];
    clock.set(MONDAY + 8 * WEEK);
    expect(await prune({ db: database.db, clock, orgId, rules })).toBe(0);
    clock.set(MONDAY + 8 * WEEK + 1);
    expect(await prune({ db: database.db, clock, orgId, rules })).toBe(8);
  });

  test('a broken webhook is told after four weeks of history, and not before', async () => {
    const rules = loadRules({
      'silent.rule.json': {
        name: 'Silent',
        every: '5m',
        conditions: { all: [{ fact: 'channel', path: '$.unusuallySilent', operator: 'equal', value: true }] },
        actions: [{ type: 'slack.post', params: { channel: '#ops', text: '{{ channel.silentSeconds }}' } }],
      },
    });
    const processing = {
      database,
      clock,
      queue: database.queue,
      ruleset: () => rules,
      channels: () => new Map(),
      storePersonalData: false,
    };
    /** Ticks every five minutes of the hour at ten, and tells how many minutes passed until the first firing. */
    async function listen(monday: number): Promise<number | undefined> {
      for (let minute = 0; minute < 60; minute += 5) {
        clock.set(monday + TEN + minute * MINUTE);
        await tickSchedules(processing, orgId);
        const rows = await database.db.select().from(decisions).where(eq(decisions.orgId, orgId));
        if (rows.some(({ outcome }) => outcome === 'fired')) return minute;
      }
      return undefined;
    }
    // A message every four minutes, around ten o'clock of three Mondays; then silence from ten on.
    const busy = (monday: number) => Array.from({ length: 30 }, (_, index) => monday + TEN - HOUR + index * 4 * MINUTE);
    for (const week of [0, 1, 2]) await heard(...busy(MONDAY + week * WEEK));
    await heard(MONDAY + 3 * WEEK + TEN - MINUTE, MONDAY + 3 * WEEK + TEN);
    clock.set(MONDAY + 3 * WEEK + TEN - HOUR);
    await learnAll();
    expect(await listen(MONDAY + 3 * WEEK)).toBeUndefined();
    // The fourth was silent for the whole hour, which counts as it is: three weeks were no measure yet.
    await heard(...busy(MONDAY + 4 * WEEK), MONDAY + 5 * WEEK + TEN - MINUTE, MONDAY + 5 * WEEK + TEN);
    clock.set(MONDAY + 5 * WEEK + TEN - HOUR);
    await learnAll();
    expect(await silencesAt(10)).toEqual([4, 4, 4, 60, 4]);
    // So the bar stands at ninety minutes, until that week and the next are forgotten.
    expect(await listen(MONDAY + 5 * WEEK)).toBeUndefined();
    for (const week of [6, 7, 8, 9, 10, 11, 12, 13]) await heard(...busy(MONDAY + week * WEEK));
    await heard(MONDAY + 14 * WEEK + TEN);
    clock.set(MONDAY + 14 * WEEK + TEN - HOUR);
    await learnAll();
    expect(await listen(MONDAY + 14 * WEEK)).toBe(15);
  });
});
