import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPostgresDatabase } from '../../test/support/databases.ts';
import { startServer } from '../../test/support/server-process.ts';
import { readMemory } from '../process-cpu.ts';
import { formatNumber, formatTable, median } from '../statistics.ts';

/** How long a server takes from its start until /readyz says so, and what memory it has then. */
export interface StartRow {
  what: string;
  /** Median, ms. */
  readyMs: number;
  /** Median, MB. */
  residentMb: number;
}

const RULES = fileURLToPath(new URL('../../rules', import.meta.url));

export async function measureStart(rounds: number): Promise<StartRow[]> {
  const samples = new Map<string, { readyMs: number; residentMb: number }[]>();
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = await mkdtemp(join(tmpdir(), 'vigia-start-'));
    const { url, drop } = await createPostgresDatabase();
    try {
      for (const [kind, env] of Object.entries({ PGlite: { DATA_DIR: dataDir }, PostgreSQL: { DATABASE_URL: url } })) {
        for (const state of ['an empty database', 'one that is there']) {
          const what = `${kind}, ${state}`;
          samples.set(what, [...(samples.get(what) ?? []), await start(env)]);
        }
      }
    } finally {
      await drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }
  return [...samples].map(([what, of]) => ({
    what,
    readyMs: median(of.map(({ readyMs }) => readyMs)),
    residentMb: median(of.map(({ residentMb }) => residentMb)),
  }));
}

async function start(env: Record<string, string>): Promise<{ readyMs: number; residentMb: number }> {
  const startedAt = performance.now();
  const server = await startServer({ ...env, RULES_DIR: RULES, ZOHO_ORG_ID: '1', LOG_LEVEL: 'warning' });
  try {
    const readyMs = performance.now() - startedAt;
    return { readyMs, residentMb: (await readMemory(server.pid)).residentMb };
  } finally {
    await server.kill('SIGTERM');
  }
}

export function formatStart(rows: readonly StartRow[]): string {
  const table = formatTable([
    ['start with', 'ready after, ms', 'memory, MB'],
    ...rows.map(({ what, readyMs, residentMb }) => [what, formatNumber(readyMs), formatNumber(residentMb)]),
  ]);
  return `From the start of the process until it is ready (median)\n\n${table}`;
}
