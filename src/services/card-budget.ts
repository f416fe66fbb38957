import { takePlace } from '../engine/card-groups.ts';
import type { Db } from '../store/database.ts';
import { lockLimits, saveLimits } from '../store/limits.ts';

/**
 * How many cards of their own a Slack channel gets in a minute, across all processes: its latest cards are counted in a
 * limit's window of a rule that nobody can write.
 */
const BUDGET_RULE = '~cards';

export interface BudgetedCard {
  orgId: string;
  /** The Slack channel as the rule renders it. */
  channel: string;
}

/**
 * Takes a place in the budget of its channel for each card, in their order. The windows stay locked until the end of the
 * transaction.
 * @returns those that got one
 */
export async function admitCards<T extends BudgetedCard>(
  tx: Db,
  cards: readonly T[],
  { perMinute, now }: { perMinute: number; now: number },
): Promise<Set<T>> {
  const admitted = new Set<T>();
  if (cards.length === 0) return admitted;
  const locked = await lockLimits(
    tx,
    cards.map(({ orgId, channel }) => ({ orgId, ruleId: BUDGET_RULE, scope: channel })),
  );
  const windows = new Map(locked.map((window) => [JSON.stringify([window.orgId, window.scope]), { ...window }]));
  for (const card of cards) {
    const window = windows.get(JSON.stringify([card.orgId, card.channel]));
    if (window === undefined) continue;
    const counted = takePlace(window.firedAt, { perMinute, now });
    if (counted === undefined) continue;
    window.firedAt = counted;
    admitted.add(card);
  }
  await saveLimits(tx, [...windows.values()]);
  return admitted;
}
