import type { Clock } from '../domain/clock.ts';
import type { Rule } from '../domain/rule.ts';
import { pruneRhythms } from '../store/channel-rhythms.ts';
import type { Db } from '../store/database.ts';
import { pruneLimits } from '../store/limits.ts';
import { pruneTurns } from '../store/pace.ts';
import { REMEMBERED_MS } from './learn-rhythms.ts';

/**
 * Removes what can have no effect any more and would otherwise stay for ever: the windows of limits (with `per: session`
 * there is one for each chat), the turns of channels that nobody posts to any longer, and the rhythms of channels that are heard no more. Nothing that is a record.
 */
export interface PruneDeps {
  db: Db;
  clock: Clock;
  orgId: string;
  rules: () => readonly Rule[];
}

const DAY_MS = 86_400_000;
/** The longest duration that a rule can write: a rule that is gone may come back. */
const LONGEST_MS = 366 * DAY_MS;

/** @returns how many rows were removed */
export async function prune({ db, clock, orgId, rules }: PruneDeps): Promise<number> {
  const now = clock.now();
  const limited = rules().flatMap(({ id, limit }) =>
    limit === undefined ? [] : [{ ruleId: id, withinMs: limit.withinMs }],
  );
  // An event that comes a day late is still counted where it belongs.
  const windows = await pruneLimits(db, orgId, limited, { now, graceMs: DAY_MS, otherwiseMs: LONGEST_MS });
  const rhythms = await pruneRhythms(db, orgId, now - REMEMBERED_MS);
  return windows + rhythms + (await pruneTurns(db, orgId, now - DAY_MS));
}
