import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { systemClock } from '../src/domain/clock.ts';
import type { DeskEvent } from '../src/domain/event.ts';
import { createIngest } from '../src/services/ingest.ts';
import { createProcessor } from '../src/services/process.ts';
import type { Database } from '../src/store/database.ts';
import { databases, type TestDatabase } from '../test/support/databases.ts';
import { deskEvent, deskRules } from './chat-events.ts';
import { readServerCpu } from './server-cpu.ts';
import { formatNumber, formatTable, median } from './statistics.ts';

/**
 * How many events a second come in and are judged, on each database, beside a bare insert of one row per event on the
 * same database in the same run. The database is made for it and dropped.
 */
export interface Pace {
  /** Events a second. */
  perSecond: number;
  /** CPU of this process, µs an event. */
  cpuUs: number;
  /** CPU of PostgreSQL, µs an event, where it can be read. */
  serverCpuUs?: number;
}

export interface IngestFigures {
  database: Database['kind'];
  bare: Pace;
  /** Stored, judged and saved, until the last event of the run is. */
  judged: Pace;
  /** Durable, which is what the answer to a webhook waits for; judging goes on beside it. */
  storedPerSecond: number;
}

/** Requests under way at once, of one event each: the least favourable way in which events come. */
const REQUESTS = 64;
/** As in the service: two workers on PostgreSQL, one on PGlite. */
const WORKERS = { postgres: 2, pglite: 1 } as const;
const ROUNDS = 3;

/** @param seconds how long to measure, in all and roughly */
export async function measureIngest(seconds: number): Promise<IngestFigures[]> {
  const figures: IngestFigures[] = [];
  for (const { open } of databases) {
    const database = await open();
    try {
      figures.push(await measureOn(database, (seconds * 1_000) / databases.length));
    } finally {
      await database.close();
    }
  }
  return figures;
}

async function measureOn(database: TestDatabase, ms: number): Promise<IngestFigures> {
  await database.db.execute(sql`create table bare (key text primary key, at bigint not null, payload jsonb not null)`);
  const nextEvent = createEvents();
  const bare = () => insertBare(database, nextEvent, ms / ROUNDS / 2);
  const full = createFullRun(database, nextEvent, ms / ROUNDS / 2);
  // Once unmeasured: connections are made, statements prepared, code compiled.
  await insertBare(database, nextEvent, ms / 20);
  await createFullRun(database, nextEvent, ms / 20)();
  const rounds: { bare: Pace; judged: Pace; storedPerSecond: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push({ bare: await bare(), ...(await full()) });
  return {
    database: database.kind,
    bare: medianPace(rounds.map((round) => round.bare)),
    judged: medianPace(rounds.map((round) => round.judged)),
    storedPerSecond: median(rounds.map((round) => round.storedPerSecond)),
  };
}

/** Each event once, however many runs there are. */
function createEvents(): () => DeskEvent {
  const startAt = Date.now();
  let count = 0;
  return () => {
    count += 1;
    return deskEvent(count - 1, startAt);
  };
}

async function insertBare(database: Database, nextEvent: () => DeskEvent, ms: number): Promise<Pace> {
  const meter = await startMeter(database);
  const count = await sendFor(ms, async () => {
    const { key, at, payload } = nextEvent();
    await database.db.execute(
      sql`insert into bare (key, at, payload) values (${key}, ${at}, ${JSON.stringify(payload)}::jsonb)`,
    );
  });
  return meter(count);
}

function createFullRun(database: TestDatabase, nextEvent: () => DeskEvent, ms: number) {
  const ruleset = deskRules();
  const deps = { database, clock: systemClock, storePersonalData: false };
  const ingest = createIngest(deps);
  const processors = Array.from({ length: WORKERS[database.kind] }, () =>
    createProcessor({ ...deps, queue: database.queue, ruleset: () => ruleset, channels: () => new Map() }),
  );
  return async (): Promise<{ judged: Pace; storedPerSecond: number }> => {
    const meter = await startMeter(database);
    const startedAt = performance.now();
    let judged = 0;
    let sent: number | undefined;
    const working = processors.map(async (processor) => {
      while (sent === undefined || judged < sent) {
        const { events } = await processor.processBatch();
        judged += events;
        if (events === 0) await sleep(1);
      }
    });
    sent = await sendFor(ms, async () => {
      const { stored } = await ingest([{ ok: true, event: nextEvent() }]);
      if (stored !== 1) throw new Error('an event was taken for another');
    });
    const storedPerSecond = (sent * 1_000) / (performance.now() - startedAt);
    await Promise.all(working);
    return { judged: await meter(sent), storedPerSecond };
  };
}

/** Keeps `REQUESTS` under way for a while. @returns how many were answered */
async function sendFor(ms: number, send: () => Promise<void>): Promise<number> {
  const until = performance.now() + ms;
  let count = 0;
  const senders = Array.from({ length: REQUESTS }, async () => {
    do {
      await send();
      count += 1;
    } while (performance.now() < until);
  });
  await Promise.all(senders);
  return count;
}

async function startMeter(database: Database): Promise<(count: number) => Promise<Pace>> {
  const serverBefore = await readServerCpu(database);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  return async (count) => {
    const tookMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    const serverAfter = await readServerCpu(database);
    const pace: Pace = { perSecond: (count * 1_000) / tookMs, cpuUs: (user + system) / count };
    if (serverBefore !== undefined && serverAfter !== undefined) {
      pace.serverCpuUs = ((serverAfter - serverBefore) * 1_000) / count;
    }
    return pace;
  };
}

function medianPace(paces: readonly Pace[]): Pace {
  const server = paces.flatMap(({ serverCpuUs }) => (serverCpuUs === undefined ? [] : [serverCpuUs]));
  return {
    perSecond: median(paces.map(({ perSecond }) => perSecond)),
    cpuUs: median(paces.map(({ cpuUs }) => cpuUs)),
    ...(server.length === 0 ? {} : { serverCpuUs: median(server) }),
  };
}

export function formatIngest(figures: readonly IngestFigures[]): string {
  const cpu = ({ cpuUs, serverCpuUs }: Pace) => [
    formatNumber(cpuUs),
    serverCpuUs === undefined ? '-' : formatNumber(serverCpuUs),
  ];
  const table = formatTable([
    ['', 'events/s', 'CPU here, µs/event', 'CPU of PostgreSQL, µs/event'],
    ...figures.flatMap(({ database, bare, judged, storedPerSecond }) => [
      [`${database}: bare insert of a row`, formatNumber(bare.perSecond), ...cpu(bare)],
      [`${database}: stored and judged`, formatNumber(judged.perSecond), ...cpu(judged)],
      [`${database}: stored, judged beside it`, formatNumber(storedPerSecond), '', ''],
      [`${database}: judged to bare`, `${formatNumber(judged.perSecond / bare.perSecond)} ×`, '', ''],
    ]),
  ]);
  return `Taking events, 30 rules, ${REQUESTS} requests of one event at once (median of ${ROUNDS} rounds)\n\n${table}`;
}
