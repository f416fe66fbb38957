import type { Action } from '../domain/action.ts';
import type { AlertCard } from '../domain/alert.ts';
import {
  type AlertGroup,
  type GroupCounts,
  type GroupState,
  isWorthACard,
  OVERFLOW,
  spanOf,
} from '../domain/alert-group.ts';
import { sha256Hex, uuidOf } from '../domain/hash.ts';
import { toGroupCard } from './emit-actions.ts';

/**
 * What is decided about cards that share one: whether a card may be posted by itself, which group it opens else, and what
 * looking at a group makes of its card. The service keeps what follows in its tables, a trial in memory.
 */
const MINUTE_MS = 60_000;
/** A card that is right is looked at again after its interval, but neither at once nor for ever. */
const LOOK_AGAIN_MS = { least: 5_000, most: 60_000 } as const;

/**
 * @param counted when the channel got its latest cards, epoch ms
 * @returns the same with one more, or undefined when there is no place left
 */
export function takePlace(
  counted: readonly number[],
  { perMinute, now }: { perMinute: number; now: number },
): number[] | undefined {
  // What lies ahead was counted by a clock that has been set back since.
  const lately = counted.filter((at) => at > now - MINUTE_MS && at <= now + MINUTE_MS);
  return lately.length >= perMinute ? undefined : [...lately, now].sort((a, b) => a - b);
}

/** A card that could be posted now. */
export interface OpeningCard {
  action: Action;
  /** As the rule renders it. */
  channel: string;
  /** As it is kept. */
  card: AlertCard;
}

/** The group that a card would open. */
export function toGroup({ action, channel, card }: OpeningCard, now: number): AlertGroup {
  const { orgId, ruleId, rulesetHash, grouping, firing, path } = action;
  const place = grouping?.place ?? `${firing.slice(firing.lastIndexOf('/') + 1)}/${path}`;
  const by = grouping === undefined ? 'overflow' : grouping.by;
  const key = sha256Hex(JSON.stringify([ruleId, place, channel, by]));
  const waitMs = grouping?.waitMs ?? OVERFLOW.waitMs;
  return {
    orgId,
    id: uuidOf(`${orgId}/group/${key}/${action.id}`),
    ruleId,
    rulesetHash,
    key,
    overflow: grouping === undefined,
    openedAt: now,
    takesUntil: now + (grouping === undefined ? OVERFLOW.spanMs : spanOf(grouping)),
    nextAt: now + waitMs,
    intervalMs: grouping?.intervalMs ?? OVERFLOW.intervalMs,
    shownTotal: 0,
    shownOpen: 0,
    shownAcknowledged: 0,
    version: 0,
    edits: 0,
    slackChannel: channel,
    card,
  };
}

/** Whether new alerts should open another group. */
export function isAtItsEnd({ takesUntil }: AlertGroup, counts: GroupCounts, now: number): boolean {
  return now >= takesUntil || !isWorthACard(counts);
}

interface Change {
  group: AlertGroup;
  state: GroupState;
  action?: ReturnType<typeof toGroupCard>;
  /** All were over before there was a card. */
  isOver: boolean;
}

/** What looking at a group makes of it: its card is posted or edited, looked at again later, or done with. */
export function toChange(
  group: AlertGroup,
  counts: GroupCounts,
  { now, closing }: { now: number; closing: boolean },
): Change {
  const { orgId, id, slackTs, version } = group;
  const closedAt = closing ? now : group.closedAt;
  const posted = slackTs !== undefined;
  const base = { orgId, id, ...(closedAt === undefined ? {} : { closedAt }) };
  const wanted = posted ? !isShown(group, counts) : isWorthACard(counts);
  if (wanted) {
    const action = toGroupCard(group, version + 1, now);
    // Without a time until it is settled: one post or edit at a time.
    return { group, state: { ...base, version: version + 1 }, action, isOver: false };
  }
  if (closedAt !== undefined && counts.open === 0) return { group, state: { ...base, version }, isOver: !posted };
  const restMs = Math.min(LOOK_AGAIN_MS.most, Math.max(LOOK_AGAIN_MS.least, group.intervalMs));
  return { group, state: { ...base, version, nextAt: now + restMs }, isOver: false };
}

/** Whether the card says so already. */
export function isShown(group: AlertGroup, { total, open, acknowledged }: GroupCounts): boolean {
  return group.shownTotal === total && group.shownOpen === open && group.shownAcknowledged === acknowledged;
}
