import { sql } from 'drizzle-orm';
import type { JsonObject } from '../domain/json.ts';
import { type Db, rowsOf } from './database.ts';

/** What periodic jobs remember between their runs, and the lock that lets one process at a time run each. */

/**
 * Locks a job's state until the end of the transaction; undefined when another process has it. A job that never ran has an
 * empty state.
 */
export async function lockJobState(tx: Db, orgId: string, name: string, now: number): Promise<JsonObject | undefined> {
  const at = new Date(now).toISOString();
  await tx.execute(sql`
    insert into job_states (org_id, name, state, updated_at) values (${orgId}, ${name}, '{}', ${at}::timestamptz)
    on conflict do nothing`);
  const rows = await tx.execute(sql`
    select state from job_states where org_id = ${orgId} and name = ${name} for update skip locked`);
  return rowsOf<{ state: JsonObject }>(rows)[0]?.state;
}

export async function saveJobState(tx: Db, orgId: string, name: string, state: JsonObject, now: number): Promise<void> {
  await tx.execute(sql`
    update job_states set state = ${JSON.stringify(state)}::text::jsonb, updated_at = ${new Date(now).toISOString()}::timestamptz
    where org_id = ${orgId} and name = ${name}`);
}

export async function readJobState(db: Db, orgId: string, name: string): Promise<JsonObject | undefined> {
  const rows = await db.execute(sql`select state from job_states where org_id = ${orgId} and name = ${name}`);
  return rowsOf<{ state: JsonObject }>(rows)[0]?.state;
}

/** How far the clocks of two processes may differ. */
const SKEW_MS = 30_000;

/**
 * Takes a job that calls other systems, when it is due: with a lease in its state, not a lock, since no transaction waits
 * for a call over the network. `nextAt` and `leasedUntil` (epoch ms) in the state are ours. The first time it only becomes due
 * after `everyMs`. A due time or a lease that lies further ahead than one set now is of a clock that has been set back since:
 * it counts no more.
 * @returns its state, or undefined when it is not due or another process has it
 */
export async function takeDueJob(
  db: Db,
  orgId: string,
  name: string,
  { now, everyMs, leaseMs, first }: { now: number; everyMs: number; leaseMs: number; first: JsonObject },
): Promise<JsonObject | undefined> {
  const at = new Date(now).toISOString();
  const state = JSON.stringify({ ...first, nextAt: now + everyMs });
  await db.execute(sql`
    insert into job_states (org_id, name, state, updated_at)
    values (${orgId}, ${name}, ${state}::text::jsonb, ${at}::timestamptz) on conflict do nothing`);
  const result = await db.execute(sql`
    update job_states set state = state || jsonb_build_object('leasedUntil', ${now + leaseMs}::float8), updated_at = ${at}::timestamptz
    where org_id = ${orgId} and name = ${name}
      and ((state->>'nextAt')::float8 <= ${now}::float8 or (state->>'nextAt')::float8 > ${now + everyMs + SKEW_MS}::float8)
      and (coalesce((state->>'leasedUntil')::float8, 0) <= ${now}::float8
        or (state->>'leasedUntil')::float8 > ${now + leaseMs + SKEW_MS}::float8)
    returning state`);
  return rowsOf<{ state: JsonObject }>(result)[0]?.state;
}
