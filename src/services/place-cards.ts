import type { Action } from '../domain/action.ts';
import type { Alert, AlertCard } from '../domain/alert.ts';
import type { JsonObject } from '../domain/json.ts';
import { toAlert } from '../engine/emit-actions.ts';
import { renderParams } from '../engine/templates/render-params.ts';
import { findGrouped } from '../store/alert-groups.ts';
import type { Db } from '../store/database.ts';
import type { QueuedAction } from '../store/save-effects.ts';
import { type CardOptions, joinGroups, type ReadyCard, toReadyCard } from './join-groups.ts';
import { type ActionPlan, openSiblings, type PlanOptions, siblingsOf, toJob } from './plan-actions.ts';
import { storedParams, toStorableObject } from './stored-params.ts';

/**
 * The cards of a batch that was judged: those that join a group do so here and need no job, so that ten thousand chats
 * of one storm cost a row each and nothing more. A card that waits for another action is placed when it is delivered.
 */
export interface PlacedCards {
  plan: ActionPlan;
  alerts: Alert[];
}

export function placeCards(
  tx: Db,
  plan: ActionPlan,
  alerts: readonly Alert[],
  options: PlanOptions & { cards?: CardOptions | undefined },
): Promise<PlacedCards> {
  const { now, cards: budget } = options;
  return placeCardsBy(
    { join: (ready) => joinGroups(tx, ready, { budget, now }), findGrouped: (edits) => findGrouped(tx, edits) },
    plan,
    alerts,
    options,
  );
}

/** Where groups are kept: in tables, or in the memory of a trial. */
export interface GroupsKept {
  /** The id of the group that each card has joined, by action id; as in join-groups.ts. */
  join(ready: readonly ReadyCard[]): Promise<Map<string, string>>;
  /** Which of these alerts are members of a group. */
  findGrouped(ids: readonly { orgId: string; id: string }[]): Promise<Set<string>>;
}

export async function placeCardsBy(
  groupsKept: GroupsKept,
  plan: ActionPlan,
  alerts: readonly Alert[],
  options: PlanOptions & { cards?: CardOptions | undefined },
): Promise<PlacedCards> {
  const going = new Set(plan.jobs.map(({ actionId }) => actionId));
  const ready = plan.queued.flatMap((queued) => (going.has(queued.action.id) ? toReady(queued, options) : []));
  const edits = plan.queued.flatMap(({ action }) => toEdited(action));
  if (ready.length === 0 && edits.length === 0) return { plan, alerts: [...alerts] };
  const { now } = options;
  const groups = await groupsKept.join(ready);
  const grouped = await groupsKept.findGrouped(edits);
  const unwanted = (action: Action) => toEdited(action).some(({ id }) => groups.has(id) || grouped.has(id));
  const cards = new Map(ready.map((card) => [card.action.id, card]));
  const placed = plan.queued.map((row) =>
    unwanted(row.action) ? giveUp(row, now) : place(row, cards.get(row.action.id), groups.get(row.action.id), now),
  );
  const { queued, released } = letSiblingsGo(placed);
  const ended = new Set(queued.filter(({ finishedAt }) => finishedAt !== undefined).map(({ action }) => action.id));
  const jobs = [...plan.jobs.filter(({ actionId }) => !ended.has(actionId)), ...released.map(toJob)];
  // An edit that nothing asks for leaves no trace: each change of each member would.
  const needed = namesNeeded(queued);
  const kept = queued.filter(({ action }) => !unwanted(action) || needed.has(`${action.firing}\n${action.spec.id}`));
  return { plan: { ...plan, queued: kept, jobs }, alerts: toMembers(alerts, ready, groups) };
}

/** An edit of a member's card, which it has not. */
function giveUp({ action }: QueuedAction, now: number): QueuedAction {
  return { action, state: 'skipped', reason: 'the card of its group tells of it', attempts: 0, finishedAt: now };
}

/** What has waited for a card that has joined, or for an edit that is not made, waits for it no longer. */
function letSiblingsGo(rows: readonly QueuedAction[]): { queued: QueuedAction[]; released: Action[] } {
  const released: Action[] = [];
  const siblings = Map.groupBy(rows, ({ action }) => action.firing);
  const queued = rows.map((row) => {
    const { action, waitsFor, ...rest } = row;
    if (waitsFor === undefined) return row;
    const standing = (siblings.get(action.firing) ?? []).map(({ action: { firing, path, spec }, state, heldBy }) => ({
      firing,
      path,
      spec,
      state,
      heldBy,
    }));
    const open = openSiblings(action, standing);
    if (open.length > 0) return { ...row, waitsFor: open };
    if (row.heldBy === undefined) released.push(action);
    return { action, ...rest };
  });
  return { queued, released };
}

/** What others of a firing wait for, by firing and id. */
function namesNeeded(rows: readonly QueuedAction[]): Set<string> {
  return new Set(rows.flatMap(({ action }) => siblingsOf(action).map((id) => `${action.firing}\n${id}`)));
}

/** A card that its rule renders to something Slack takes. */
function toReady(
  { action }: QueuedAction,
  { directory, keepPersonal, cards }: PlanOptions & { cards?: CardOptions | undefined },
): ReadyCard[] {
  const { spec, context } = action;
  if (spec.type !== 'slack.alert') return [];
  const render = (facts: JsonObject) => renderParams('slack.alert', spec.params, facts, { directory });
  const rendered = render(context);
  if (!rendered.ok) return [];
  const stored = toStorableObject(storedParams(rendered.params, context, keepPersonal, render));
  const params = { params: rendered.params, stored };
  const ready = toReadyCard(action, params, { directory, publicUrl: cards?.publicUrl });
  return ready === undefined ? [] : [ready];
}

/** The alert whose own card an action edits. */
function toEdited({ orgId, spec }: Action): { orgId: string; id: string }[] {
  const { alertId } = spec.params;
  return spec.type === 'slack.alertUpdate' && typeof alertId === 'string' ? [{ orgId, id: alertId }] : [];
}

function place(row: QueuedAction, card: ReadyCard | undefined, group: string | undefined, now: number): QueuedAction {
  if (card === undefined) return row;
  if (group === undefined) return { ...row, action: { ...row.action, admittedAt: now } };
  return { ...row, state: 'delivered', attempts: 0, finishedAt: now, params: card.stored, result: { group } };
}

function toMembers(
  alerts: readonly Alert[],
  ready: readonly ReadyCard[],
  groups: ReadonlyMap<string, string>,
): Alert[] {
  const joined = new Map(
    ready.flatMap(({ action, card }) => {
      const groupId = groups.get(action.id);
      return groupId === undefined ? [] : [[action.id, { action, card, groupId }] as const];
    }),
  );
  const members = alerts.map((alert) => {
    const member = joined.get(alert.id);
    joined.delete(alert.id);
    return member === undefined ? alert : { ...alert, groupId: member.groupId, card: member.card };
  });
  return [...members, ...[...joined.values()].map(toNoticeMember)];
}

/** A card that belongs to no episode tells of a moment: as a member of a group it is counted, and it is over at once. */
export function toNoticeMember(member: { action: Action; card: AlertCard; groupId: string }): Alert {
  const { action, card, groupId } = member;
  const reason = 'it told of a moment';
  return { ...toAlert(action), state: 'resolved', resolvedAt: action.firedAt, resolvedReason: reason, groupId, card };
}
