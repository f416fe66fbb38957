import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatNumber, formatTable } from '../statistics.ts';
import { type BenchOptions, type DatabaseKind, type HttpFigures, type Load, openBench } from './measure.ts';
import { readShares, type Share } from './profile.ts';

/**
 * Events from the request until they are judged and their messages are delivered, over HTTP with tokens verified,
 * beside a bare handler that inserts one row per request; each server on a database of its own.
 */
export interface ThroughputFigures {
  rows: { database: DatabaseKind; what: string; figures: HttpFigures }[];
  /** Where the CPU of the server goes under single events on PostgreSQL. */
  shares: Share[];
}

const CONNECTIONS = 64;
const EVENTS_TOGETHER = 20;
const STEADY_PER_SECOND = 1_000;
const WARM_UP_SECONDS = 2;

/**
 * @param seconds of each load; the first, the mix of single events, lasts three times as long
 * @param quick only shows that it works: one load on each database
 */
export async function measureThroughput(seconds: number, quick: boolean): Promise<ThroughputFigures> {
  const single: Load = { connections: CONNECTIONS, eventsPerRequest: 1, seconds };
  const together: Load = { ...single, eventsPerRequest: EVENTS_TOGETHER, connections: CONNECTIONS / 4 };
  const steady: Load = { ...single, perSecond: STEADY_PER_SECOND };
  const rows: ThroughputFigures['rows'] = [];
  for (const database of ['postgres', 'pglite'] as const) {
    const bare = await runLoads({ database, what: 'bare' }, { 'bare handler, a row a request': single });
    const vigia = await runLoads(
      { database, what: 'vigia' },
      {
        ...(quick || database === 'pglite' ? {} : { [`${STEADY_PER_SECOND} requests a second`]: steady }),
        'single events': { ...single, seconds: quick ? seconds : seconds * 3 },
        ...(quick ? {} : { 'each with a new token': { ...single, freshTokens: true } }),
        ...(quick ? {} : { [`${EVENTS_TOGETHER} events a request`]: together }),
      },
    );
    rows.push(...[...bare, ...vigia].map((row) => ({ database, ...row })));
  }
  return { rows, shares: await measureShares(single) };
}

async function runLoads(
  options: BenchOptions,
  loads: Record<string, Load>,
): Promise<{ what: string; figures: HttpFigures }[]> {
  const bench = await openBench(options);
  try {
    // Once unmeasured: connections are made, code is compiled.
    await bench.run({ connections: CONNECTIONS, eventsPerRequest: 1, seconds: WARM_UP_SECONDS });
    const rows: { what: string; figures: HttpFigures }[] = [];
    for (const [what, load] of Object.entries(loads)) rows.push({ what, figures: await bench.run(load) });
    return rows;
  } finally {
    await bench.close();
  }
}

async function measureShares(load: Load): Promise<Share[]> {
  const profileDir = await mkdtemp(join(tmpdir(), 'vigia-profile-'));
  try {
    await runLoads({ database: 'postgres', what: 'vigia', profileDir }, { profiled: load });
    return await readShares(profileDir);
  } finally {
    await rm(profileDir, { recursive: true, force: true });
  }
}

export function formatThroughput({ rows, shares }: ThroughputFigures): string {
  const bareOf = (kind: DatabaseKind) =>
    rows.find(({ database, what }) => database === kind && what.startsWith('bare'))?.figures;
  const table = formatTable([
    [
      'over HTTP',
      'events/s',
      'to bare',
      'judged/s',
      'p50, ms',
      'p99',
      'CPU of the server, µs',
      'of PostgreSQL',
      'of the sender',
      'memory, MB',
    ],
    ...rows.map(({ database, what, figures }) => {
      const perSecond = figures.events / figures.seconds;
      const bare = bareOf(database);
      return [
        `${database}: ${what}`,
        formatNumber(perSecond),
        bare === undefined ? '-' : `${formatNumber(perSecond / (bare.events / bare.seconds))} ×`,
        what.startsWith('bare') ? '-' : formatNumber(figures.judgedPerSecond),
        formatNumber(figures.latencyMs.p50),
        formatNumber(figures.latencyMs.p99),
        formatNumber(figures.serverCpuUs),
        figures.databaseCpuUs === undefined ? '-' : formatNumber(figures.databaseCpuUs),
        formatNumber((figures.cpuUs * figures.requests) / figures.events),
        `${formatNumber(figures.memory.atRest)} to ${formatNumber(figures.memory.peak)}`,
      ];
    }),
  ]);
  const parts = formatTable([
    ["the server's CPU, single events on PostgreSQL", '%'],
    ...shares.map(({ part, share }) => [part, formatNumber(share * 100)]),
  ]);
  return `Events over HTTP (CPU for each event; memory at rest to its highest)\n\n${table}\n\n${parts}`;
}
