import type { Action } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import { type AlertGroup, type GroupCounts, type GroupView, nextInterval } from '../domain/alert-group.ts';
import type { JsonObject } from '../domain/json.ts';
import { isAtItsEnd, takePlace, toChange, toGroup } from '../engine/card-groups.ts';
import type { AlertChange } from '../engine/subject-state.ts';
import type { ReadyCard } from '../services/join-groups.ts';

/**
 * Cards and the groups that share one, in memory: what the service keeps in its tables. What decides (which group a card
 * opens, what looking at a group makes of it, whether a channel's budget lasts) are the service's own functions.
 */
export interface Cards {
  all(): Alert[];
  find(id: string): Alert | undefined;
  /** Adds alerts; one that is there already stays as it is. */
  open(alerts: readonly Alert[]): void;
  /** Puts an alert in the place of the one that has its id. */
  put(alert: Alert): void;
  change(id: string, change: Partial<Alert>): void;
  /** As judging says it: nothing opens a card again that is resolved. */
  apply(change: AlertChange): void;
  /** The id of the group that each card has joined, by action id. */
  join(ready: readonly ReadyCard[], now: number): Map<string, string>;
  view(groupId: string): GroupView | undefined;
  /** The member that opened a group. */
  firstOf(groupId: string): Alert | undefined;
  /** Looks at the groups whose time has come. @returns the posts and edits of their cards, and whose members never got one */
  tend(now: number): { actions: Action[]; over: string[] };
  /** A post or an edit of a group's card has ended. */
  settleGroup(groupId: string, ended: { state: string; result: JsonObject }, now: number): void;
  /** Somebody has acknowledged or resolved a member: its group's card is looked at soon. */
  hasten(groupId: string, now: number): void;
  /** When a group is looked at next, epoch ms. */
  nextAt(): number | undefined;
}

/** Lines of a group's card; the count is beside them. */
const MEMBERS_SHOWN = 10;

/** @param budget cards of their own that a channel gets in a minute; undefined: as many as there are */
export function createCards(budget: () => number | undefined): Cards {
  const alerts = new Map<string, Alert>();
  const groups = new Map<string, AlertGroup>();
  const counted = new Map<string, number[]>();

  function membersOf(groupId: string): Alert[] {
    return [...alerts.values()].filter((alert) => alert.groupId === groupId);
  }

  function change(id: string, changed: Partial<Alert>): void {
    const alert = alerts.get(id);
    if (alert !== undefined) alerts.set(id, { ...alert, ...changed });
  }

  function changeGroup(id: string, changed: Partial<AlertGroup>): void {
    const group = groups.get(id);
    if (group !== undefined) groups.set(id, { ...group, ...changed });
  }

  /** Whether a card may be posted by itself. */
  function isAdmitted({ channel }: ReadyCard, now: number): boolean {
    const perMinute = budget();
    if (perMinute === undefined) return true;
    const times = takePlace(counted.get(channel) ?? [], { perMinute, now });
    if (times !== undefined) counted.set(channel, times);
    return times !== undefined;
  }

  return {
    all: () => [...alerts.values()],
    find: (id) => alerts.get(id),
    open(opened) {
      for (const alert of opened) if (!alerts.has(alert.id)) alerts.set(alert.id, alert);
    },
    put: (alert) => void alerts.set(alert.id, alert),
    change,
    apply({ id, state, at, reason }) {
      const alert = alerts.get(id);
      if (alert === undefined || alert.state === 'resolved') return;
      const { snoozedUntil: _, ...rest } = alert;
      if (state === 'resolved') alerts.set(id, { ...rest, state, resolvedAt: at, resolvedReason: reason });
      else if (alert.state === 'snoozed') alerts.set(id, { ...rest, state });
    },
    join(ready, now) {
      const joined = new Map<string, string>();
      for (const card of ready) {
        if (card.action.grouping === undefined && isAdmitted(card, now)) continue;
        const fresh = toGroup(card, now);
        const open = [...groups.values()].find(({ key, closedAt }) => key === fresh.key && closedAt === undefined);
        if (open === undefined) groups.set(fresh.id, fresh);
        joined.set(card.action.id, (open ?? fresh).id);
      }
      return joined;
    },
    view(groupId) {
      const group = groups.get(groupId);
      if (group === undefined) return undefined;
      const members = membersOf(groupId);
      return { ...group, counts: countMembers(members), latest: members.toSorted(byRecency).slice(0, MEMBERS_SHOWN) };
    },
    firstOf: (groupId) => membersOf(groupId)[0],
    tend(now) {
      const actions: Action[] = [];
      const over: string[] = [];
      const due = [...groups.values()]
        .filter(({ nextAt = Number.POSITIVE_INFINITY }) => nextAt <= now)
        .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0));
      for (const group of due) {
        const members = membersOf(group.id);
        const counts = countMembers(members);
        const closing = group.closedAt === undefined && isAtItsEnd(group, counts, now);
        const { state, action, isOver } = toChange(group, counts, { now, closing });
        const { nextAt: _, ...standing } = group;
        groups.set(group.id, { ...standing, ...state });
        if (action !== undefined) actions.push(action);
        if (isOver) over.push(...members.map(({ id }) => id));
      }
      return { actions, over };
    },
    settleGroup(groupId, { state, result }, now) {
      const group = groups.get(groupId);
      if (group === undefined) return;
      if (state === 'delivered') {
        const { channel = group.slackChannel, ts = group.slackTs, total, open, acknowledged } = result;
        changeGroup(groupId, {
          slackChannel: String(channel),
          slackTs: String(ts),
          shownTotal: Number(total),
          shownOpen: Number(open),
          shownAcknowledged: Number(acknowledged),
          edits: group.edits + (group.slackTs === undefined ? 0 : 1),
          nextAt: now + group.intervalMs,
          intervalMs: nextInterval(group),
        });
      } else if (state === 'skipped') {
        changeGroup(groupId, { nextAt: now + group.intervalMs });
      } else if (state === 'refused' || state === 'dead') {
        const { nextAt: _, ...standing } = group;
        groups.set(groupId, { ...standing, closedAt: group.closedAt ?? now });
      }
    },
    hasten(groupId, now) {
      const group = groups.get(groupId);
      if (group?.nextAt !== undefined) changeGroup(groupId, { nextAt: Math.min(group.nextAt, now) });
    },
    nextAt() {
      const moments = [...groups.values()].flatMap(({ nextAt }) => nextAt ?? []);
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
  };
}

function countMembers(members: readonly Alert[]): GroupCounts {
  const subjects = (some: readonly Alert[]) => new Set(some.map(({ subject }) => subject)).size;
  return {
    total: subjects(members),
    open: subjects(members.filter(({ resolvedAt }) => resolvedAt === undefined)),
    acknowledged: subjects(members.filter(({ state }) => state === 'acknowledged')),
    notices: members.filter(({ episodeId }) => episodeId === undefined).length,
    areChats: members.every(({ sessionId }) => sessionId !== undefined),
  };
}

/** Those that are open first, then the newest. */
function byRecency(a: Alert, b: Alert): number {
  const [isOver, otherIsOver] = [a.resolvedAt !== undefined, b.resolvedAt !== undefined];
  if (isOver !== otherIsOver) return isOver ? 1 : -1;
  return b.openedAt - a.openedAt || (a.id < b.id ? -1 : 1);
}
