import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { systemClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { startJudgingLoop } from '../../src/runtime/judging-loop.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../../src/services/process.ts';
import { rowsOf } from '../../src/store/database.ts';
import { claimSubjects, findNextDueAt } from '../../src/store/subjects.ts';
import { postgresKind, type TestDatabase } from '../../test/support/databases.ts';
import { type Cost, startMeter } from '../meter.ts';
import { loadTexts } from '../rules/rule-sets.ts';
import { formatNumber, formatTable, quantile } from '../statistics.ts';
import { fillChats, filledChat, HOLD_RULE, ORG } from './fill.ts';

/** What running holds cost, when there are few and when there are very many: to start, to end, to look for, to fire. */
export interface HoldsFigures {
  rows: HoldsRow[];
  /** How late holds are judged while `perSecond` of them fall due, with all of them pending; ms. */
  firing: { perSecond: number; pending: number; count: number; p50: number; p99: number; max: number };
}

export interface HoldsRow {
  pending: number;
  /** Chats that go on hold, and that come back: from the event until it is judged. */
  arm: Cost;
  cancel: Cost;
  /** The look-up of what is due and of what is due next, when nothing is; ms. */
  lookUp: { p50: number; p99: number };
}

const BATCH = 200;
const LOOK_UPS = 200;
const DUE_PER_SECOND = 500;

/** One rule, so that each event does one thing. It records, as that is done by the judging transaction itself. */
const RULESET = {
  [`${HOLD_RULE}.rule.json`]: {
    name: 'On hold',
    for: '15m',
    maxLate: '365d',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [{ type: 'record', params: { dataset: 'held', fields: { chat: '{{ session.id }}' } } }],
  },
};

/** @param sizes how many holds are pending, rising */
export async function measureHolds(seconds: number, sizes: readonly number[]): Promise<HoldsFigures> {
  const database = await postgresKind.open();
  try {
    const desk = createDesk(database);
    const rows: HoldsRow[] = [];
    let filled = 0;
    for (const pending of sizes) {
      await fillChats(database, { from: filled, to: pending, holds: true, now: Date.now() });
      filled = pending;
      if (rows.length === 0) await desk.measureChanges(500);
      const { arm, cancel } = await desk.measureChanges((seconds * 1_000) / 4 / sizes.length);
      rows.push({ pending, arm, cancel, lookUp: await measureLookUp(database) });
    }
    return { rows, firing: { ...(await desk.measureFiring(Math.max(2, seconds / 2))), pending: filled } };
  } finally {
    await database.close();
  }
}

function createDesk(database: TestDatabase) {
  const ruleset = loadTexts(RULESET);
  const deps = { database, clock: systemClock, storePersonalData: false };
  const processing: ProcessDeps = { ...deps, queue: database.queue, ruleset: () => ruleset, channels: () => new Map() };
  const ingest = createIngest(deps);
  const processor = createProcessor(processing);
  let wave = 0;

  async function judge(events: readonly DeskEvent[]): Promise<void> {
    await ingest(events.map((event) => ({ ok: true, event })));
    await processor.processAll();
  }

  /** New chats go on hold, batch by batch, and then come back. */
  async function measureChanges(ms: number): Promise<{ arm: Cost; cancel: Cost }> {
    const first = wave;
    const armed = await startMeter(database);
    const until = performance.now() + ms;
    do {
      await judge(changes(wave, 'ON_PROGRESS', 'ON_HOLD'));
      wave += 1;
    } while (performance.now() < until);
    const arm = await armed((wave - first) * BATCH);
    const cancelled = await startMeter(database);
    for (let number = first; number < wave; number += 1) await judge(changes(number, 'ON_HOLD', 'ON_PROGRESS'));
    return { arm, cancel: await cancelled((wave - first) * BATCH) };
  }

  async function measureFiring(seconds: number): Promise<Omit<HoldsFigures['firing'], 'pending'>> {
    const count = Math.round(DUE_PER_SECOND * seconds);
    const firstAt = Date.now() + 1_500;
    // Chats that were filled first fall due one after the other, as if they had been put on hold so.
    await database.db.execute(sql`
      update holds set due_at = d.due_at, next_at = d.due_at
      from (select ${HOLD_RULE} || ':f' || n as id, ${new Date(firstAt).toISOString()}::timestamptz
        + n * ${1_000 / DUE_PER_SECOND}::float8 * interval '1 ms' as due_at from generate_series(0, ${count - 1}::int) as n) d
      where holds.org_id = ${ORG} and holds.id = d.id`);
    const loops = [0, 1].map((index) => startJudgingLoop({ processing, mayJudge: async () => true, index }));
    const fired = async () =>
      rowsOf<{ late: number }>(
        await database.db.execute(
          sql`select (extract(epoch from decided_at - at) * 1000)::float8 as late from decisions
            where org_id = ${ORG} and outcome = 'fired' and subject like ${`${filledChat(0).slice(0, 1)}%`}`,
        ),
      );
    await sleep(1_500 + seconds * 1_000);
    let late = await fired();
    while (late.length < count) {
      await sleep(200);
      late = await fired();
    }
    for (const loop of loops) await loop.stop();
    const values = late.map((row) => row.late);
    return {
      perSecond: DUE_PER_SECOND,
      count,
      p50: quantile(values, 0.5),
      p99: quantile(values, 0.99),
      max: quantile(values, 1),
    };
  }

  return { measureChanges, measureFiring };
}

function changes(wave: number, from: string, to: string): DeskEvent[] {
  const at = Date.now();
  return Array.from({ length: BATCH }, (_, index) => {
    const sessionId = `w${wave}-${index}`;
    const payload = { sessionId, channelId: 'c1', sessionOldStatus: from, sessionStatus: to };
    const key = `${sessionId}-${to}`.padEnd(64, '0');
    const type = 'IM_Session_Status';
    return { orgId: ORG, source: 'bench', type, key, subject: sessionId, sessionId, at, receivedAt: at, payload };
  });
}

async function measureLookUp(database: TestDatabase): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let index = 0; index < LOOK_UPS; index += 1) {
    const startedAt = performance.now();
    await database.transaction((tx) => claimSubjects(tx, { now: Date.now(), limit: BATCH, window: 1_000 }));
    await findNextDueAt(database.db);
    times.push(performance.now() - startedAt);
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

export function formatHolds({ rows, firing }: HoldsFigures): string {
  const cpu = ({ cpuUs, databaseCpuUs }: Cost) =>
    `${formatNumber(cpuUs)} + ${databaseCpuUs === undefined ? '-' : formatNumber(databaseCpuUs)}`;
  const table = formatTable([
    ['pending', 'start/s', 'CPU, µs', 'end/s', 'CPU, µs', 'look-up p50, ms', 'p99'],
    ...rows.map(({ pending, arm, cancel, lookUp }) => [
      pending.toLocaleString('en-US'),
      formatNumber(arm.perSecond),
      cpu(arm),
      formatNumber(cancel.perSecond),
      cpu(cancel),
      formatNumber(lookUp.p50),
      formatNumber(lookUp.p99),
    ]),
  ]);
  const { perSecond, pending, count, p50, p99, max } = firing;
  return [
    'Holds on PostgreSQL (CPU of Vigia + of PostgreSQL, for each)',
    '',
    table,
    '',
    `${formatNumber(count)} holds fall due, ${perSecond} a second, with ${pending.toLocaleString('en-US')} pending: judged`,
    `${formatNumber(p50)} ms after their time (median), ${formatNumber(p99)} ms (p99), ${formatNumber(max)} ms at the most.`,
  ].join('\n');
}
