import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from '../src/store/database.ts';
import { readProcess } from './process-cpu.ts';

/**
 * CPU that the PostgreSQL processes of this database have used so far, ms; undefined where it cannot be known (another
 * machine, another system, PGlite, whose work is done in our own process). Those that have ended are not counted.
 */
export async function readServerCpu(database: Pick<Database, 'db' | 'kind'>): Promise<number | undefined> {
  if (database.kind === 'pglite') return undefined;
  const rows = await database.db.execute(sql`select pid from pg_stat_activity where datname = current_database()`);
  try {
    const processes = await Promise.all(rowsOf<{ pid: number }>(rows).map(({ pid }) => readProcess(pid)));
    if (processes.some(({ name }) => name !== 'postgres')) return undefined;
    return processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  } catch {
    return undefined;
  }
}
