import { getLogger } from '@logtape/logtape';
import type { ZohoClient } from '../../delivery/zoho-desk/zoho-client.ts';
import type { Clock } from '../../domain/clock.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import type { Db } from '../../store/database.ts';
import { saveJobState, takeDueJob } from '../../store/job-states.ts';
import type { Ingest } from '../ingest.ts';
import { readChanges } from './read-changes.ts';
import { fromJson, type ReconciliationState, toJson } from './reconciliation-state.ts';
import { createSpending, toStored } from './spending.ts';

/**
 * Reconciliation: chats that Zoho Desk says have changed are read again, and what no webhook told becomes an inferred
 * event that is stored and judged like any other. One process at a time; what it costs is bounded by a budget.
 */
export interface ReconcileDeps {
  db: Db;
  clock: Clock;
  orgId: string;
  client: Pick<ZohoClient, 'listSessions' | 'getAgent'>;
  /** Completed by what Zoho told. */
  directory: () => Directory;
  ingest: Ingest;
  everyMs: number;
  /** Credits that it may spend in a day (UTC). */
  creditsPerDay: number;
}

export const RECONCILIATION_JOB = 'reconciliation';
/** A run that was cut off is taken over after this. */
const LEASE_MS = 600_000;
/** There was more than one run takes: it goes on soon. */
const GO_ON_MS = 5_000;

const log = getLogger(['vigia', 'reconcile']);

/** Runs when it is due, and no other process does. @returns whether it ran */
export async function reconcileWhenDue(deps: ReconcileDeps, signal: AbortSignal): Promise<boolean> {
  const { db, clock, orgId, everyMs } = deps;
  const name = RECONCILIATION_JOB;
  const now = clock.now();
  const first = toJson({ readUpTo: now, spent: {}, inferred: 0 });
  const stored = await takeDueJob(db, orgId, name, { now, everyMs, leaseMs: LEASE_MS, first });
  if (stored === undefined) return false;
  const { state, nextInMs } = await run(deps, fromJson(stored, now), signal).catch(async (error: unknown) => {
    // The state is as it was: the next run does all of it again. Nothing is stored twice.
    await saveJobState(db, orgId, name, withTimes(stored, now + everyMs), clock.now());
    throw error;
  });
  await saveJobState(db, orgId, name, withTimes(toJson(state), clock.now() + nextInMs), clock.now());
  return true;
}

function withTimes(state: JsonObject, nextAt: number): JsonObject {
  const { leasedUntil: _, ...rest } = state;
  return { ...rest, nextAt };
}

async function run(
  deps: ReconcileDeps,
  before: ReconciliationState,
  signal: AbortSignal,
): Promise<{ state: ReconciliationState; nextInMs: number }> {
  const { clock, everyMs, creditsPerDay } = deps;
  const at = clock.now();
  const spending = createSpending(before.spent, creditsPerDay, at);
  const credits = spending.credits;
  const { reading, inferred } = await readChanges({ ...deps, directory: deps.directory() }, before, spending, signal);
  const { chats, differing, deferred, outcome } = reading;
  const reason = outcome.kind === 'failed' ? { reason: outcome.reason } : {};
  const state: ReconciliationState = {
    readUpTo: outcome.kind === 'complete' ? outcome.readUpTo : before.readUpTo,
    spent: toStored(spending),
    inferred: before.inferred + inferred,
    last: {
      at,
      outcome: outcome.kind,
      ...reason,
      chats,
      differing,
      inferred,
      deferred,
      credits: spending.credits - credits,
    },
  };
  if (outcome.kind === 'unfinished' || outcome.kind === 'over_budget') state.unfinished = outcome.goOn;
  if (inferred > 0) log.warn('{inferred} changes of chats that no webhook told were found', { inferred });
  if (outcome.kind === 'failed') log.warn('chats could not be read again: {reason}', { reason: outcome.reason });
  if (outcome.kind === 'over_budget' && before.last?.outcome !== 'over_budget') {
    log.warn('the {creditsPerDay} credits of ZOHO_CREDIT_BUDGET are spent for today: changes are read again tomorrow', {
      creditsPerDay,
    });
  }
  if (outcome.kind === 'unfinished') return { state, nextInMs: Math.min(GO_ON_MS, everyMs) };
  return { state, nextInMs: Math.max(everyMs, outcome.kind === 'failed' ? (outcome.retryAfterMs ?? 0) : 0) };
}
