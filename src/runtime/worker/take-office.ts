import { getLogger } from '@logtape/logtape';
import { activateRuleset } from '../../services/activate-ruleset.ts';
import { findRulesetInForce } from '../../store/rulesets.ts';
import type { Invocation } from './invocation.ts';

const log = getLogger(['vigia', 'worker']);

/**
 * Brings the bundled rules into force when they are not, and says whether this version may judge (see office.ts).
 *
 * While a new version spreads, isolates of the old one still start somewhere. So whoever comes first brings its rules
 * into force only if they were uploaded after those that are; an older version does not take them back. A rollback is an
 * older version too: the cron, which only runs on what is deployed, insists, so it takes at most a minute.
 */
export async function takeOffice({ isolate, parts }: Invocation, { insist }: { insist: boolean }): Promise<boolean> {
  const { config, clock, database } = parts;
  const { orgId } = config.zoho;
  if (orgId === undefined) return false;
  const inForce = await findRulesetInForce(database.db, orgId);
  if (inForce?.hash === isolate.ruleset.hash) return true;
  const isNewer = inForce === undefined || inForce.activatedAt < isolate.versionAt;
  if (!insist && !isNewer) {
    log.warn('other rules are in force ({latest}): this version only receives', { latest: inForce.hash.slice(0, 12) });
    return false;
  }
  const changed = await activateRuleset({ database, clock }, orgId, isolate.ruleset);
  log.info('ruleset {hash} is in force; {count} rules are new, changed or gone', {
    hash: isolate.ruleset.hash.slice(0, 12),
    count: changed.length,
  });
  return true;
}
