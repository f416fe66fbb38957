import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { Clock } from '../../domain/clock.ts';
import { errorText } from '../../domain/errors.ts';
import { invariantSchema } from '../../http/api/invariants.ts';
import { findServer } from '../../runtime/data-dir-lock.ts';
import type { OpenDatabase } from '../../runtime/open-database.ts';
import {
  allowLongStatements,
  type CheckedInvariant,
  checkInvariants,
} from '../../store/read/invariants/check-invariants.ts';
import { count } from './diagnose-rules.ts';
import type { Reporter } from './finding.ts';

/** A server with a large embedded database takes its time. */
const TIMEOUT_MS = 600_000;

export interface InvariantDeps {
  config: Pick<Config, 'database' | 'adminToken'>;
  clock: Clock;
  /** Absent when it cannot be used, or when a server has it open. */
  database: OpenDatabase | undefined;
}

/**
 * Whether the stored data is consistent: in the database itself, or by the server that has the embedded one open.
 * @returns every invariant as it stands; none when they could not be looked at
 */
export async function diagnoseInvariants(deps: InvariantDeps, report: Reporter): Promise<readonly CheckedInvariant[]> {
  const checked = await findInvariants(deps, report);
  if (checked === undefined) return [];
  const violated = checked.filter(({ violations }) => violations > 0);
  for (const { name, says, violations, examples, remedy } of violated) {
    const shown = `${examples.join(', ')}${violations > examples.length ? ', …' : ''}`;
    report.fail(`${name}: violated ${count(violations, 'time')} (${shown}), though ${says}`, remedy);
  }
  if (violated.length === 0) report.ok(`${count(checked.length, 'invariant')} hold`);
  return checked;
}

/** Undefined when they cannot be looked at; that has been reported. */
async function findInvariants(deps: InvariantDeps, report: Reporter): Promise<CheckedInvariant[] | undefined> {
  const { config, clock, database } = deps;
  if (database !== undefined) {
    return database.transaction(async (tx) => {
      await allowLongStatements(tx);
      return checkInvariants(tx, clock.now());
    });
  }
  const holder = config.database.kind === 'pglite' ? await findServer(config.database.dataDir) : undefined;
  if (holder !== undefined) return askServer(holder, config.adminToken, report);
  report.warn('not looked at: there is no database that could be', 'See what is said of the database above.');
  return undefined;
}

const answerSchema = z.object({ data: z.array(invariantSchema) });

async function askServer(
  url: string,
  token: string | undefined,
  report: Reporter,
): Promise<CheckedInvariant[] | undefined> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(`${url}/api/v1/invariants`, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return answerSchema.parse(await response.json()).data;
    const remedy = response.status === 401 ? 'Set ADMIN_TOKEN to the one of that server.' : 'Its log says more.';
    report.fail(`the server at ${url} did not look at them: it answered ${response.status}`, remedy);
  } catch (error) {
    report.fail(`the server at ${url} did not look at them: ${errorText(error)}`, 'Its log says more.');
  }
  return undefined;
}
