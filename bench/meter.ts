import type { Database } from '../src/store/database.ts';
import { readServerCpu } from './server-cpu.ts';

/** What a stretch of work cost, for each of `count` things. */
export interface Cost {
  perSecond: number;
  /** CPU of this process, µs. */
  cpuUs: number;
  /** CPU of PostgreSQL, µs; absent where it cannot be read. */
  databaseCpuUs?: number;
}

/** Starts to measure; the function that it resolves to says what it was until then. */
export async function startMeter(database: Pick<Database, 'db' | 'kind'>): Promise<(count: number) => Promise<Cost>> {
  const databaseBefore = await readServerCpu(database);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  return async (count) => {
    const tookMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    const databaseAfter = await readServerCpu(database);
    const cost: Cost = { perSecond: (count * 1_000) / tookMs, cpuUs: (user + system) / count };
    if (databaseBefore !== undefined && databaseAfter !== undefined) {
      cost.databaseCpuUs = ((databaseAfter - databaseBefore) * 1_000) / count;
    }
    return cost;
  };
}
