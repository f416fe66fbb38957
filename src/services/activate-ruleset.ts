import type { Clock } from '../domain/clock.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import type { Database } from '../store/database.ts';
import { findRulesetFiles, insertActivation, lockLastActivation, saveRuleset } from '../store/rulesets.ts';

/**
 * A ruleset comes into force: it is stored by its hash, and when it differs from the one before, its activation
 * names the rules that are new, edited or gone, for the sweep that makes existing chats known to them. The same
 * ruleset loaded again, after a restart or by another process, changes nothing.
 * @returns ids of the changed rules
 */
export async function activateRuleset(
  { database, clock }: { database: Database; clock: Clock },
  orgId: string,
  ruleset: Ruleset,
): Promise<string[]> {
  return database.transaction(async (tx) => {
    const now = clock.now();
    await saveRuleset(tx, orgId, ruleset, now);
    const last = await lockLastActivation(tx, orgId);
    if (last?.hash === ruleset.hash) return [];
    const files = last === undefined ? undefined : await findRulesetFiles(tx, orgId, last.hash);
    const changedRules = changesBetween(
      contentsOf(files),
      new Map(ruleset.rules.map(({ id, contentHash }) => [id, contentHash])),
    );
    await insertActivation(tx, { orgId, hash: ruleset.hash, activatedAt: now, changedRules });
    return changedRules;
  });
}

/** Content hashes of a stored ruleset; none when this version cannot read it any more: then every rule counts as changed. */
function contentsOf(files: Record<string, string> | undefined): Map<string, string> {
  const loaded = files === undefined ? undefined : loadRuleset(new Map(Object.entries(files)));
  return new Map(loaded?.ok === true ? loaded.ruleset.rules.map(({ id, contentHash }) => [id, contentHash]) : []);
}

function changesBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].filter((id) => before.get(id) !== after.get(id)).sort();
}
