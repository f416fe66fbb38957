import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/domain/clock.ts';
import { startJudgingLoop } from '../../src/runtime/judging-loop.ts';
import { createIngest } from '../../src/services/ingest.ts';
import type { ProcessDeps } from '../../src/services/process.ts';
import { postgresKind, type TestDatabase } from '../../test/support/databases.ts';
import { type Cost, startMeter } from '../meter.ts';
import { formatNumber, formatTable, quantile } from '../statistics.ts';
import { deskEvent, deskRules } from './chat-events.ts';

/**
 * What the two waits for company are chosen by: how long the first request of a group waits for others before they are
 * stored, and how far apart batches are judged. Events come one by one at even distances, as fast as a busy desk's.
 */
export interface BatchingRow {
  groupMs: number;
  gapMs: number;
  cost: Cost;
  /** From the call until the event is durable, ms. */
  stored: { p50: number; p99: number };
  /** From the call until the transaction that judged it is committed, ms. */
  judged: { p50: number; p99: number };
}

export interface BatchingFigures {
  perSecond: number;
  rows: BatchingRow[];
}

const PER_SECOND = 1_000;
const WORKERS = 2;
/** One of them varies while the other is as in the service. */
const SETTINGS = [
  ...[0, 2, 5, 10, 20].map((groupMs) => ({ groupMs, gapMs: 50 })),
  ...[0, 10, 25, 100].map((gapMs) => ({ groupMs: 5, gapMs })),
];

/** @param seconds how long to measure, in all and roughly */
export async function measureBatching(seconds: number): Promise<BatchingFigures> {
  const database = await postgresKind.open();
  try {
    const run = createRun(database);
    await run({ groupMs: 5, gapMs: 50 }, 1_000);
    const rows: BatchingRow[] = [];
    for (const setting of SETTINGS) rows.push(await run(setting, (seconds * 1_000) / SETTINGS.length));
    return { perSecond: PER_SECOND, rows };
  } finally {
    await database.close();
  }
}

function createRun(database: TestDatabase) {
  const ruleset = deskRules();
  const deps = { database, clock: systemClock, storePersonalData: false };
  const startAt = Date.now();
  let number = 0;
  return async ({ groupMs, gapMs }: { groupMs: number; gapMs: number }, ms: number): Promise<BatchingRow> => {
    const sentAt = new Map<string, number>();
    const stored: number[] = [];
    const judged: number[] = [];
    const processing: ProcessDeps = {
      ...deps,
      queue: database.queue,
      ruleset: () => ruleset,
      channels: () => new Map(),
      onJudged(batch) {
        const now = performance.now();
        const events = batch.judged.flatMap(({ waiting }) => waiting.map(({ event }) => event.key));
        for (const key of events) judged.push(now - (sentAt.get(key) ?? now));
      },
    };
    const loops = Array.from({ length: WORKERS }, (_, index) =>
      startJudgingLoop({ processing, mayJudge: async () => true, index, gapMs }),
    );
    const ingest = createIngest({
      ...deps,
      groupMs,
      onStored: () => {
        for (const loop of loops) loop.wake();
      },
    });
    const meter = await startMeter(database);
    const total = Math.round((PER_SECOND * ms) / 1_000);
    await sendEvenly(total, async () => {
      const event = deskEvent(number, startAt);
      number += 1;
      const at = performance.now();
      sentAt.set(event.key, at);
      await ingest([{ ok: true, event }]);
      stored.push(performance.now() - at);
    });
    while (judged.length < total) await sleep(5);
    const cost = await meter(total);
    for (const loop of loops) await loop.stop();
    return { groupMs, gapMs, cost, stored: spread(stored), judged: spread(judged) };
  };
}

async function sendEvenly(total: number, send: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const open: Promise<void>[] = [];
  while (open.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * PER_SECOND) / 1_000) + 1);
    while (open.length < due) open.push(send());
    await sleep(1);
  }
  await Promise.all(open);
}

function spread(values: readonly number[]): { p50: number; p99: number } {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}

export function formatBatching({ perSecond, rows }: BatchingFigures): string {
  const table = formatTable([
    ['group, ms', 'gap, ms', 'CPU here, µs', 'of PostgreSQL, µs', 'durable p50, ms', 'p99', 'judged p50, ms', 'p99'],
    ...rows.map(({ groupMs, gapMs, cost, stored, judged }) => [
      String(groupMs),
      String(gapMs),
      formatNumber(cost.cpuUs),
      cost.databaseCpuUs === undefined ? '-' : formatNumber(cost.databaseCpuUs),
      ...[stored.p50, stored.p99, judged.p50, judged.p99].map(formatNumber),
    ]),
  ]);
  return `Waiting for company, ${formatNumber(perSecond)} single events a second on PostgreSQL\n\n${table}`;
}
