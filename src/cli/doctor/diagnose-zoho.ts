import type { Config } from '../../config.ts';
import type { StoredToken, TokenStore } from '../../delivery/zoho-desk/access-tokens.ts';
import { createZohoClient } from '../../delivery/zoho-desk/zoho-client.ts';
import { destinationOf } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { RECONCILIATION_JOB } from '../../services/reconcile/reconcile.ts';
import { fromJson } from '../../services/reconcile/reconciliation-state.ts';
import { createSpending } from '../../services/reconcile/spending.ts';
import { createTokenStore } from '../../services/share-tokens.ts';
import type { Database } from '../../store/database.ts';
import { readJobState } from '../../store/job-states.ts';
import { actionsOf, count } from './diagnose-rules.ts';
import type { Reporter } from './finding.ts';

/** Whether Zoho gives an access token and lets us read chats. */
export async function diagnoseZoho(
  { config, clock, database }: { config: Config; clock: Clock; database: Pick<Database, 'db'> | undefined },
  ruleset: Ruleset | undefined,
  report: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const { orgId, credentials, deskUrl, accountsUrl } = config.zoho;
  if (orgId === undefined || credentials === undefined) {
    const waiting =
      ruleset === undefined ? [] : actionsOf(ruleset).filter(({ type }) => destinationOf(type) === 'zoho-desk');
    if (waiting.length === 0) return report.ok('not connected, and no rule acts there');
    const remedy = 'Set ZOHO_ORG_ID, ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET and ZOHO_REFRESH_TOKEN.';
    return report.warn(`not connected, though the rules have ${count(waiting.length, 'action')} for it`, remedy);
  }
  // Zoho gives ten tokens in ten minutes: the one that the servers share serves here too, where it can be read.
  const tokens = database === undefined ? createOwnTokenStore() : createTokenStore({ ...database, clock, orgId });
  const client = createZohoClient({ deskUrl, accountsUrl, orgId, ...credentials, clock, tokens });
  if (database !== undefined) await diagnoseReconciliation({ config, clock, database }, orgId, report);
  const read = await client.listSessions({ limit: 1 }, signal);
  if (read.ok) report.ok(`connected to portal ${orgId} at ${deskUrl}: chats can be read`);
  else if (read.kind === 'rate_limited' || read.kind === 'credits_exhausted')
    report.warn(read.reason, 'Try again later.');
  else report.fail(read.reason, REMEDIES[read.kind] ?? 'Check ZOHO_DC, ZOHO_ORG_ID and the credentials.');
}

/** How reading chats again stands. A database without our tables is told elsewhere. */
async function diagnoseReconciliation(
  { config, clock, database }: { config: Config; clock: Clock; database: Pick<Database, 'db'> },
  orgId: string,
  report: Reporter,
): Promise<void> {
  const { everyMs, creditsPerDay } = config.reconcile;
  if (everyMs === undefined) return report.ok('chats are not read again: RECONCILE_EVERY is off');
  const stored = await readJobState(database.db, orgId, RECONCILIATION_JOB).catch(() => undefined);
  const { spent, last, inferred } = fromJson(stored ?? {}, clock.now());
  if (last === undefined) return report.ok('chats have not been read again yet');
  const { credits } = createSpending(spent, creditsPerDay, clock.now());
  const cost = `${credits} of ${creditsPerDay} credits spent today, ${count(inferred, 'change')} found so far`;
  const when = new Date(last.at).toISOString();
  if (last.outcome === 'failed') {
    report.warn(
      `chats could not be read again at ${when}: ${last.reason ?? 'no reason given'}`,
      'Its next run tries again.',
    );
  } else if (last.outcome === 'over_budget') {
    report.warn(`chats are not read again today: ${cost}`, 'Raise ZOHO_CREDIT_BUDGET, or RECONCILE_EVERY.');
  } else report.ok(`chats were read again at ${when}: ${cost}`);
}

const REMEDIES: Partial<Record<string, string>> = {
  forbidden: 'Give the user of the refresh token the right to see chats.',
  unavailable: 'Check the network, ZOHO_DC, ZOHO_DESK_URL and ZOHO_ACCOUNTS_URL.',
};

/** For this one process and run. */
function createOwnTokenStore(): TokenStore {
  let held: StoredToken | undefined;
  return {
    read: async () => held,
    async withRefreshLock(_key, work) {
      const done = await work(held);
      held = done.token ?? held;
      return done.value;
    },
  };
}
