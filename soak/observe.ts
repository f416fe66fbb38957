import { readFile } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../src/store/database.ts';

/** What is seen of a running service, from outside. */
export interface Sample {
  /** Seconds since the start of the traffic. */
  second: number;
  /** Resident memory of the service and, of it, the JavaScript heap, MB, both just after a collection of garbage. */
  memoryMb: number;
  heapMb: number;
  /** Events that wait to be judged, and for how long the oldest has. */
  waitingEvents: number;
  waitingSeconds: number;
  /** Actions that are not finished. */
  openActions: number;
  runningHolds: number;
  /** Finished jobs that pg-boss still keeps; absent where only the service can look. */
  finishedJobs?: number;
}

/** Resident memory of a process in MB, from Linux's /proc. */
export async function readMemoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status tells no resident memory`);
  return Number(kilobytes) / 1_024;
}

export interface Gauges {
  waitingEvents: number;
  waitingSeconds: number;
  openActions: number;
  runningHolds: number;
}

/** What the service's own /metrics say of its backlog. */
export function parseGauges(text: string): Gauges {
  const sum = (name: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    waitingEvents: sum('vigia_inbox_events'),
    waitingSeconds: sum('vigia_inbox_oldest_seconds'),
    openActions: sum('vigia_actions_unfinished'),
    runningHolds: sum('vigia_holds_running'),
  };
}

export async function countFinishedJobs(db: Db): Promise<number> {
  const rows = await db.execute(sql`
    select count(*)::int as n from pgboss.job where name = 'deliver' and state not in ('created', 'retry', 'active')`);
  return rowsOf<{ n: number }>(rows)[0]?.n ?? 0;
}

/**
 * Makes every finished job as old as pg-boss may keep it, as if an hour had passed.
 * @returns how many there were
 */
export async function ageFinishedJobs(db: Db): Promise<number> {
  const rows = await db.execute(sql`
    with aged as (
      update pgboss.job set completed_on = completed_on - interval '1 hour'
      where name = 'deliver' and state = 'completed' returning 1
    ) select count(*)::int as n from aged`);
  return rowsOf<{ n: number }>(rows)[0]?.n ?? 0;
}

export interface TableSize {
  name: string;
  rows: number;
  megabytes: number;
}

/** Every table of the service and of its queue with what it holds, the largest first. */
export async function readTableSizes(db: Db): Promise<TableSize[]> {
  const tables = rowsOf<{ schema: string; name: string; bytes: number }>(
    await db.execute(sql`
      select schemaname as schema, relname as name, pg_total_relation_size(relid)::float8 as bytes
      from pg_stat_user_tables where schemaname in ('public', 'pgboss')`),
  );
  const sizes: TableSize[] = [];
  for (const { schema, name, bytes } of tables) {
    const counted = await db.execute(
      sql`select count(*)::int as n from ${sql.identifier(schema)}.${sql.identifier(name)}`,
    );
    const rows = rowsOf<{ n: number }>(counted)[0]?.n ?? 0;
    if (rows > 0)
      sizes.push({ name: schema === 'public' ? name : `${schema}.${name}`, rows, megabytes: bytes / 2 ** 20 });
  }
  return sizes.sort((a, b) => b.megabytes - a.megabytes);
}

/** What has become of events and actions, read from the database at the end. */
export interface Outcome {
  /** Items that are stored, repeats and rejected ones among them. */
  items: { stored: number; repeats: number; rejected: number };
  /** Actions that did not come through, by rule and state. */
  failures: { rule: string; state: string; count: number; reason: string }[];
  /** Actions of doomed rules that came through all the same, and those of all rules that did. */
  delivered: Record<string, number>;
  finishedJobs: number;
  /** Of these, how many are older than pg-boss may keep them: an hour, and two rounds of its maintenance. */
  overdueJobs: number;
}

export async function readOutcome(db: Db): Promise<Outcome> {
  const [items] = rowsOf<Outcome['items']>(
    await db.execute(sql`
      select count(*)::int as stored, coalesce(sum(repeats), 0)::int as repeats,
        (select count(*)::int from rejected_items) as rejected from events`),
  );
  const actions = rowsOf<Outcome['failures'][number]>(
    await db.execute(sql`
      select rule_id as rule, state, count(*)::int as count, coalesce(min(reason), '') as reason
      from actions group by 1, 2 order by 1, 2`),
  );
  const [overdue] = rowsOf<{ n: number }>(
    await db.execute(sql`
      select count(*)::int as n from pgboss.job
      where name = 'deliver' and completed_on < now() - interval '1 hour' - interval '2 minutes'`),
  );
  return {
    items: items ?? { stored: 0, repeats: 0, rejected: 0 },
    failures: actions.filter(({ state }) => state !== 'delivered' && state !== 'skipped'),
    delivered: Object.fromEntries(
      actions.filter(({ state }) => state === 'delivered').map(({ rule, count }) => [rule, count]),
    ),
    finishedJobs: await countFinishedJobs(db),
    overdueJobs: overdue?.n ?? 0,
  };
}
