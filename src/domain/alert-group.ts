import type { Alert, AlertCard } from './alert.ts';

/**
 * Many alerts, one Slack card: those of a rule with `groupAlerts`, and those that are over the budget of their channel.
 * One row of `alert_groups`; its members are the alerts that name it. Times are epoch ms.
 */
export interface AlertGroup {
  orgId: string;
  id: string;
  ruleId: string;
  rulesetHash: string;
  /** Of its rule, place in the firing, Slack channel and values of `groupAlerts.by`: what new members look for. */
  key: string;
  /** The rule did not ask for it: its cards were over the budget of their channel. */
  overflow: boolean;
  openedAt: number;
  /** From then on new alerts open another group, so that people are told anew. */
  takesUntil: number;
  /** When its card is looked at next; absent while a post or an edit is under way, and when nothing is left to do. */
  nextAt?: number;
  intervalMs: number;
  /** No member joins any more. */
  closedAt?: number;
  /** What the card says now. */
  shownTotal: number;
  shownOpen: number;
  shownAcknowledged: number;
  /** How many posts and edits were queued. */
  version: number;
  edits: number;
  /** As the rule renders it; once the card is posted, Slack's id. */
  slackChannel: string;
  /** Absent until the card is posted. */
  slackTs?: string;
  /** The card of the first member. */
  card: AlertCard;
}

/** How a group stands after it was looked at: without `nextAt` nothing is due of it. */
export type GroupState = Pick<AlertGroup, 'orgId' | 'id' | 'version' | 'closedAt' | 'nextAt'>;

/** A group's members, counted by what they are about: a chat that fired twice is one chat. */
export interface GroupCounts {
  total: number;
  /** Not resolved. */
  open: number;
  /** Of the open ones, those that somebody has acknowledged. */
  acknowledged: number;
  /** Members that tell of a moment and belong to no episode: nothing will ever resolve them. */
  notices: number;
  /** Whether all of them are chats. */
  areChats: boolean;
}

/** What a group's card is made of at one moment. */
export interface GroupView extends AlertGroup {
  counts: GroupCounts;
  /** A few members, those that are open first, then the newest. */
  latest: Alert[];
}

/** How a firing's cards are grouped, worked out from the facts of the firing. */
export interface Grouping {
  /** Step and place of the action: the card of a ladder's step is another than that of the firing. */
  place: string;
  /** Values of `groupAlerts.by`. */
  by: (string | null)[];
  waitMs: number;
  intervalMs: number;
}

/** Whether there is anything that a card not yet posted would tell of. */
export function isWorthACard({ open, notices }: Pick<GroupCounts, 'open' | 'notices'>): boolean {
  return open > 0 || notices > 0;
}

const LEAST_SPAN_MS = 3_600_000;
const SPAN_INTERVALS = 4;

/** For how long a group that a rule asks for takes members, ms from its opening. */
export function spanOf({ waitMs, intervalMs }: Pick<Grouping, 'waitMs' | 'intervalMs'>): number {
  return waitMs + Math.max(LEAST_SPAN_MS, SPAN_INTERVALS * intervalMs);
}

/**
 * What is over a channel's budget: the card comes soon, is edited fast while a storm begins and ever slower while it
 * lasts (some ten edits in the first two minutes), and after ten minutes people are told anew.
 */
export const OVERFLOW = {
  waitMs: 5_000,
  intervalMs: 5_000,
  spanMs: 600_000,
  slowestMs: 30_000,
  slowing: 1.25,
} as const;

/** How long after an edit the next one may come, ms. */
export function nextInterval({ overflow, intervalMs }: Pick<AlertGroup, 'overflow' | 'intervalMs'>): number {
  return overflow ? Math.min(OVERFLOW.slowestMs, Math.round(intervalMs * OVERFLOW.slowing)) : intervalMs;
}
