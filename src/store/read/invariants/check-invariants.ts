import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../database.ts';
import { actionInvariants } from './actions.ts';
import { alertInvariants } from './alerts.ts';
import { deliveryJobInvariants } from './delivery-jobs.ts';
import { episodeInvariants } from './episodes.ts';
import { eventInvariants } from './events.ts';
import type { Invariant } from './invariant.ts';
import { ruleInvariants } from './rules.ts';
import { sessionInvariants } from './sessions.ts';

/** How one invariant stands. */
export interface CheckedInvariant extends Pick<Invariant, 'name' | 'says' | 'remedy'> {
  violations: number;
  /** Ids or keys of the first of them, at most five. */
  examples: string[];
}

const EXAMPLES = 5;

const OF_OUR_TABLES: readonly Invariant[] = [
  ...eventInvariants,
  ...sessionInvariants,
  ...episodeInvariants,
  ...actionInvariants,
  ...alertInvariants,
  ...ruleInvariants,
];

/**
 * Checks everything that must be true of the tables, of all portals. A statement for each invariant, so each sees one
 * moment, and on PGlite other work gets its turn in between. They read whole tables: see docs/performance.md for what a
 * million events cost.
 * @param now the service's time, epoch ms
 */
export async function checkInvariants(db: Db, now: number): Promise<CheckedInvariant[]> {
  const at = sql`${new Date(now).toISOString()}::timestamptz`;
  const checked: CheckedInvariant[] = [];
  for (const { name, says, remedy, violations } of await listInvariants(db)) {
    const result = await db.execute(sql`
      select count(*)::int as violations, to_jsonb((array_agg(example order by example))[1:${sql.raw(String(EXAMPLES))}]) as examples
      from (${violations(at)}) violated`);
    const [row] = rowsOf<{ violations: number; examples: string[] | null }>(result);
    checked.push({ name, says, remedy, violations: row?.violations ?? 0, examples: row?.examples ?? [] });
    // Sockets and timers get their turn too: on PGlite a query may be a matter of microtasks alone.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return checked;
}

/** Those of the delivery jobs where there are jobs: a server that never started has made no queue. */
async function listInvariants(db: Db): Promise<readonly Invariant[]> {
  const result = await db.execute(sql`select to_regclass('pgboss.job') is not null as "hasJobs"`);
  const [row] = rowsOf<{ hasJobs: boolean }>(result);
  return row?.hasJobs === true ? [...OF_OUR_TABLES, ...deliveryJobInvariants] : OF_OUR_TABLES;
}

/** Lifts the time limit of statements for the rest of this transaction: the checks of a large database take their time. */
export async function allowLongStatements(tx: Db): Promise<void> {
  await tx.execute(sql`set local statement_timeout = 0`);
}
