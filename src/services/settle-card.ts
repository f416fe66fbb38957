import { nextInterval } from '../domain/alert-group.ts';
import type { JsonObject } from '../domain/json.ts';
import { changeGroup, findGroup, lockKeysToClose, markMember } from '../store/alert-groups.ts';
import type { Db } from '../store/database.ts';
import type { Settlement, StoredAction } from '../store/deliveries.ts';
import { insertAlerts } from '../store/save-effects.ts';
import { lockSubjects } from '../store/subjects.ts';
import { type CardOptions, joinGroups, type ReadyCard } from './join-groups.ts';
import { toNoticeMember } from './place-cards.ts';

/**
 * What becomes of cards when an action is settled: one that had waited for another action joins a group, or is let go to
 * be posted by itself; and a group learns what its card shows by now.
 */

/** @returns how the action ends when its card joins a group; undefined when it is to be posted by itself */
export async function settleCard(
  tx: Db,
  ready: ReadyCard,
  options: { budget: CardOptions | undefined; now: number },
): Promise<Settlement | undefined> {
  const { action, card, stored } = ready;
  const { orgId, id, subject } = action;
  // The lane first, as everybody does who changes a subject's alerts: processing takes the budget's lock while it holds lanes.
  await lockSubjects(tx, [{ orgId, subject }]);
  const groupId = (await joinGroups(tx, [ready], options)).get(id);
  if (groupId === undefined) return undefined;
  if (!(await markMember(tx, { orgId, id, groupId, card }))) {
    await insertAlerts(tx, [toNoticeMember({ action, card, groupId })]);
  }
  return { state: 'delivered', finishedAt: options.now, params: stored, result: { group: groupId } };
}

/** A post or an edit of a group's card has ended: well, and the next is due after the interval; or for good without success. */
export async function settleGroupCard(tx: Db, action: StoredAction & Settlement, now: number): Promise<void> {
  const { orgId, state, result = {} } = action;
  const { groupId } = action.spec.params;
  const group = typeof groupId === 'string' ? await findGroup(tx, orgId, groupId) : undefined;
  if (group === undefined) return;
  if (state === 'delivered') {
    const { channel, ts, total, open, acknowledged } = toShown(result);
    await changeGroup(tx, orgId, group.id, {
      ...(channel === undefined ? {} : { slackChannel: channel }),
      ...(ts === undefined ? {} : { slackTs: ts }),
      shownTotal: total,
      shownOpen: open,
      shownAcknowledged: acknowledged,
      edits: group.edits + (group.slackTs === undefined ? 0 : 1),
      nextAt: now + group.intervalMs,
      intervalMs: nextInterval(group),
    });
  } else if (state === 'skipped') {
    // There was nothing to tell any more: the group is looked at again, and closed if that is so.
    await changeGroup(tx, orgId, group.id, { nextAt: now + group.intervalMs });
  } else if (state === 'refused' || state === 'dead') {
    // Slack did not take it. Whoever fires next opens another group, which is tried anew.
    await lockKeysToClose(tx, [group]);
    await changeGroup(tx, orgId, group.id, { closedAt: group.closedAt ?? now, nextAt: null });
  }
}

interface Shown {
  channel?: string;
  ts?: string;
  total: number;
  open: number;
  acknowledged: number;
}

function toShown({ channel, ts, total, open, acknowledged }: JsonObject): Shown {
  const count = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    ...(typeof channel === 'string' && { channel }),
    ...(typeof ts === 'string' && { ts }),
    total: count(total),
    open: count(open),
    acknowledged: count(acknowledged),
  };
}
