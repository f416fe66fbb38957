import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { RECONCILE_SOURCE } from '../../src/domain/event.ts';
import { createCalendar } from '../../src/engine/calendars/create-calendar.ts';
import { checkSilence, type DeadManDeps, findSilence } from '../../src/services/dead-man.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { actions } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

const HOUR = 60 * MINUTE;
let portals = 0;

describe.each(databases)('the dead-man check on $kind', ({ open }) => {
  let database: TestDatabase;
  let clock: ManualClock;
  let deps: DeadManDeps;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    portals += 1;
    clock = createManualClock(START);
    deps = {
      database,
      clock,
      queue: database.queue,
      orgId: `silent-${portals}`,
      afterMs: 6 * HOUR,
      ownerChannel: '#vigia',
      rulesetHash: () => 'h',
    };
  });

  async function receive(at: number, source = 'zoho-desk'): Promise<void> {
    clock.set(at);
    const ingest = createIngest({ database, clock, storePersonalData: false, groupMs: 0 });
    const event = { ...statusEvent(at, 'OPEN'), orgId: deps.orgId, source, receivedAt: at };
    await ingest([{ ok: true, event }]);
  }

  /** Looks each minute, as the loop does. */
  async function watch(from: number, until: number): Promise<void> {
    for (let at = from; at <= until; at += 4 * MINUTE) {
      clock.set(at);
      await checkSilence(deps);
    }
  }

  async function told(): Promise<string[]> {
    const rows = await database.db
      .select({ context: actions.context, createdAt: actions.createdAt })
      .from(actions)
      .where(and(eq(actions.orgId, deps.orgId), eq(actions.type, 'slack.post')));
    return rows.sort((a, b) => a.createdAt - b.createdAt).map(({ context }) => JSON.stringify(context));
  }

  test('counts only the time in which the calendar is open, if there is one', async () => {
    const calendar = createCalendar('office', { zone: 'UTC', hours: { 'mon-fri': ['09:00-18:00'] } });
    deps.calendar = () => calendar;
    // Monday, 13:00 UTC: five hours until it closes.
    await receive(START);
    await watch(START, START + 20 * HOUR + 56 * MINUTE);
    expect(await told()).toEqual([]);
    await watch(START + 21 * HOUR, START + 21 * HOUR + 4 * MINUTE);
    expect(await told()).toHaveLength(1);
  });

  test('tells once when no event has come for long, and once when events come again', async () => {
    await receive(START);
    await watch(START, START + 5 * HOUR);
    expect(await told()).toEqual([]);
    expect(await findSilence(database.db, deps.orgId)).toBeUndefined();
    await watch(START + 5 * HOUR, START + 9 * HOUR);
    expect(await told()).toHaveLength(1);
    expect((await told())[0]).toContain('No event has come from Zoho Desk for 6h, since 2026-03-02 13:00 UTC');
    expect(await findSilence(database.db, deps.orgId)).toBe(START);
    await receive(START + 9 * HOUR);
    await watch(START + 9 * HOUR, START + 10 * HOUR);
    expect(await told()).toHaveLength(2);
    expect((await told())[1]).toContain('Events come from Zoho Desk again');
    expect(await findSilence(database.db, deps.orgId)).toBeUndefined();
  });

  test('does not tell on a fresh install, nor for what reconciliation finds', async () => {
    await watch(START, START + 7 * HOUR);
    await receive(START + 7 * HOUR, RECONCILE_SOURCE);
    await watch(START + 7 * HOUR, START + 14 * HOUR);
    expect(await told()).toEqual([]);
  });

  test('an inferred event does not end a silence', async () => {
    await receive(START);
    await watch(START, START + 7 * HOUR);
    await receive(START + 7 * HOUR, RECONCILE_SOURCE);
    await watch(START + 7 * HOUR, START + 8 * HOUR);
    expect(await told()).toHaveLength(1);
    expect(await findSilence(database.db, deps.orgId)).toBe(START);
  });

  test('does not count the time in which nobody was there to receive events', async () => {
    await receive(START);
    await watch(START, START + HOUR);
    const back = START + 12 * HOUR;
    await watch(back, back + 5 * HOUR);
    expect(await told()).toEqual([]);
    await watch(back + 5 * HOUR, back + 7 * HOUR);
    expect(await told()).toHaveLength(1);
  });

  test('two processes tell once', async () => {
    await receive(START);
    await watch(START, START + 5 * HOUR);
    await watch(START + 5 * HOUR, START + 6 * HOUR - 4 * MINUTE);
    clock.set(START + 6 * HOUR);
    await Promise.all([checkSilence(deps), checkSilence(deps), checkSilence(deps)]);
    expect(await told()).toHaveLength(1);
  });
});
