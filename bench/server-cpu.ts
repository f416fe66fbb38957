import { readdir } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from '../src/store/database.ts';
import { type ProcessFigures, readProcess } from './process-cpu.ts';

/**
 * CPU that the PostgreSQL server has used so far, ms: its processes that live and those that have ended. Undefined where it
 * cannot be known (another machine, another system, PGlite, whose work is done in our own process). Of the whole server,
 * so nobody else may use it meanwhile.
 */
export async function readServerCpu(database: Pick<Database, 'db' | 'kind'>): Promise<number | undefined> {
  if (database.kind === 'pglite') return undefined;
  const [own] = rowsOf<{ pid: number }>(await database.db.execute(sql`select pg_backend_pid() as pid`));
  try {
    const backend = await readProcess(own?.pid ?? 0);
    if (backend.name !== 'postgres') return undefined;
    const server = await readProcess(backend.parentPid);
    const all = await readProcesses();
    const children = all.filter(({ parentPid }) => parentPid === backend.parentPid);
    return children.reduce((sum, { cpuMs }) => sum + cpuMs, server.cpuMs + server.endedChildrenMs);
  } catch {
    return undefined;
  }
}

async function readProcesses(): Promise<ProcessFigures[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = await Promise.all(pids.map((pid) => readProcess(Number(pid)).catch(() => undefined)));
  return read.filter((one) => one !== undefined);
}
