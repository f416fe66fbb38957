import type { Action, RuleActionType } from '../../domain/action.ts';
import { destinationOf } from '../../domain/action.ts';
import { createRate, type RateSummary } from './rates.ts';
import { costOf, PROFESSIONAL_CREDITS } from './zoho-credits.ts';

/** What the actions of a ruleset would cost of Zoho Desk's credits. */
export interface ZohoLoad {
  /** Credits by day (UTC); `over` counts days with more than a portal of the edition Professional has at the least. */
  days: RateSummary;
  actions: { type: RuleActionType; count: number; credits: number }[];
}

const DAY_MS = 86_400_000;

export function createZohoCounter() {
  const days = createRate(DAY_MS, PROFESSIONAL_CREDITS);
  const actions = new Map<RuleActionType, { count: number; credits: number }>();
  return {
    add({ spec: { type, params } }: Action, now: number): void {
      if (type === 'slack.alertUpdate' || type === 'slack.groupCard' || destinationOf(type) !== 'zoho-desk') return;
      const credits = costOf(type, params) ?? 0;
      days.add(now, credits);
      const known = actions.get(type) ?? { count: 0, credits: 0 };
      actions.set(type, { count: known.count + 1, credits: known.credits + credits });
    },
    load: (): ZohoLoad => ({
      days: days.summary(),
      actions: [...actions].map(([type, counts]) => ({ type, ...counts })).sort((a, b) => b.credits - a.credits),
    }),
  };
}
