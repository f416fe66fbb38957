import { readParams } from '../delivery/rendered-params.ts';
import { alertSchema, toAlertCard } from '../delivery/slack/slack-params.ts';
import type { Action } from '../domain/action.ts';
import type { AlertCard } from '../domain/alert.ts';
import type { AlertGroup } from '../domain/alert-group.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Directory } from '../domain/rule.ts';
import { toGroup } from '../engine/card-groups.ts';
import { findOpenGroups, lockKeysToJoin, openGroups } from '../store/alert-groups.ts';
import type { Db } from '../store/database.ts';
import { admitCards } from './card-budget.ts';

/**
 * Which cards are posted by themselves and which join a group, whose one card stands for all. A card of a rule with
 * `groupAlerts` always joins; any other is posted by itself while its channel's budget lasts, and then joins an overflow
 * group of its rule. Joining ends in our own tables: it is done in the transaction that decides or settles the action.
 */
export interface CardOptions {
  /** Cards of their own that a Slack channel gets in a minute. */
  perMinute: number;
  /** For the links of the cards; without a slash at the end. */
  publicUrl: string | undefined;
}

/** A card that could be posted now. */
export interface ReadyCard {
  action: Action;
  /** As the rule renders it. */
  channel: string;
  /** As it is kept. */
  card: AlertCard;
  /** The params as they are kept. */
  stored: JsonObject;
}

/** Undefined for params that Slack's own checks refuse: they are told by the delivery. */
export function toReadyCard(
  action: Action,
  { params, stored }: { params: JsonObject; stored: JsonObject },
  context: { directory: Directory; publicUrl: string | undefined },
): ReadyCard | undefined {
  const rule = action.context['rule'] ?? {};
  const [asSent, asKept] = [readParams(alertSchema, { ...params, rule }), readParams(alertSchema, { ...stored, rule })];
  if (!asSent.ok || !asKept.ok) return undefined;
  return { action, channel: asSent.params.channel, card: toAlertCard(action, asKept.params, context), stored };
}

/** The id of the group that each card has joined, by action id; of those that are to be posted by themselves there is none. */
export async function joinGroups(
  tx: Db,
  cards: readonly ReadyCard[],
  { budget, now }: { budget: CardOptions | undefined; now: number },
): Promise<Map<string, string>> {
  const free = cards.filter(({ action }) => action.grouping === undefined);
  const admitted = budget === undefined ? new Set(free) : await admitFree(tx, free, budget.perMinute, now);
  const joining = cards.filter((card) => !admitted.has(card)).map((card) => ({ card, group: toGroup(card, now) }));
  const groups = joining.map(({ group }) => group);
  await lockKeysToJoin(tx, groups);
  await openGroups(tx, firstOfEachKey(groups));
  const open = new Map((await findOpenGroups(tx, groups)).map(({ orgId, key, id }) => [`${orgId} ${key}`, id]));
  return new Map(
    joining.flatMap(({ card, group }) => {
      const id = open.get(`${group.orgId} ${group.key}`);
      return id === undefined ? [] : [[card.action.id, id] as const];
    }),
  );
}

async function admitFree(tx: Db, free: readonly ReadyCard[], perMinute: number, now: number): Promise<Set<ReadyCard>> {
  const asked = free.map((card) => ({ orgId: card.action.orgId, channel: card.channel, card }));
  return new Set([...(await admitCards(tx, asked, { perMinute, now }))].map(({ card }) => card));
}

function firstOfEachKey(groups: readonly AlertGroup[]): AlertGroup[] {
  return [...new Map([...groups].reverse().map((group) => [`${group.orgId} ${group.key}`, group])).values()];
}
