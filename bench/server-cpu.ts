import { readFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from '../src/store/database.ts';

/** Linux counts the CPU of a process in hundredths of a second. */
const TICK_MS = 10;

/**
 * CPU that the PostgreSQL processes of this database have used so far, ms; undefined where it cannot be known (another
 * machine, another system, PGlite, whose work is done in our own process).
 */
export async function readServerCpu(database: Database): Promise<number | undefined> {
  if (database.kind === 'pglite') return undefined;
  const rows = await database.db.execute(sql`select pid from pg_stat_activity where datname = current_database()`);
  try {
    const times = await Promise.all(rowsOf<{ pid: number }>(rows).map(({ pid }) => readProcessCpu(pid)));
    return times.reduce((sum, ms) => sum + ms, 0);
  } catch {
    return undefined;
  }
}

async function readProcessCpu(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  if (!stat.includes('(postgres)')) throw new Error(`${pid} is no process of PostgreSQL on this machine`);
  // After the name come the fields from the third on; the fourteenth and fifteenth are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
