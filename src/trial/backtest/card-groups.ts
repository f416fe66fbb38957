import type { Action } from '../../domain/action.ts';
import { type AlertGroup, type GroupCounts, nextInterval } from '../../domain/alert-group.ts';
import { isAtItsEnd, toChange, toGroup } from '../../engine/card-groups.ts';

/**
 * Cards that share one, counted: which group a card opens, and when its own card is posted and edited, is decided by the
 * functions that the service uses. Of a member nothing is kept but whom it is about, and of a group nothing once it is over.
 */
export interface CardGroups {
  join(action: Action, channel: string, now: number): void;
  /** Whether an alert that is not resolved shares a card. */
  isMember(alertId: string): boolean;
  resolve(alertId: string): void;
  /** Posts and edits of the groups whose time has come. */
  tend(now: number): { channel: string; isPost: boolean }[];
  /** When a group is looked at next, epoch ms. */
  nextAt(): number | undefined;
}

interface Group {
  group: AlertGroup;
  /** By alert id: those that are not resolved. */
  open: Map<string, string>;
  subjects: Set<string>;
  notices: number;
}

/** What a card says has no part in it. */
const NO_CARD = { text: '', ruleName: '' };

export function createCardGroups(): CardGroups {
  const groups = new Map<string, Group>();
  /** Ids of the groups that take members, by key. */
  const taking = new Map<string, string>();
  /** Ids of groups, by the alerts that are not resolved. */
  const memberOf = new Map<string, string>();
  let nextAt: number | undefined;

  function findNext(): number | undefined {
    let next: number | undefined;
    for (const { group } of groups.values()) {
      if (group.nextAt !== undefined && (next === undefined || group.nextAt < next)) next = group.nextAt;
    }
    return next;
  }

  function look(one: Group, now: number): { channel: string; isPost: boolean } | undefined {
    const counts = countsOf(one);
    const closing = one.group.closedAt === undefined && isAtItsEnd(one.group, counts, now);
    const { state, action } = toChange(one.group, counts, { now, closing });
    const { nextAt: _, ...standing } = one.group;
    one.group = { ...standing, ...state };
    if (one.group.closedAt !== undefined) taking.delete(one.group.key);
    const isPost = one.group.slackTs === undefined;
    if (action !== undefined) one.group = asShown(one.group, counts, now);
    else if (one.group.nextAt === undefined) groups.delete(one.group.id);
    return action === undefined ? undefined : { channel: one.group.slackChannel, isPost };
  }

  return {
    join(action, channel, now) {
      const fresh = toGroup({ action, channel, card: NO_CARD }, now);
      const id = taking.get(fresh.key) ?? fresh.id;
      const one: Group = groups.get(id) ?? { group: fresh, open: new Map(), subjects: new Set(), notices: 0 };
      groups.set(id, one);
      taking.set(fresh.key, id);
      one.subjects.add(action.subject);
      if (action.episodeId === undefined) one.notices += 1;
      else {
        one.open.set(action.id, action.subject);
        memberOf.set(action.id, id);
      }
      nextAt = findNext();
    },
    isMember: (alertId) => memberOf.has(alertId),
    resolve(alertId) {
      groups.get(memberOf.get(alertId) ?? '')?.open.delete(alertId);
      memberOf.delete(alertId);
    },
    tend(now) {
      if (nextAt === undefined || nextAt > now) return [];
      const due = [...groups.values()].filter(({ group }) => (group.nextAt ?? Number.POSITIVE_INFINITY) <= now);
      const changes = due.flatMap((one) => look(one, now) ?? []);
      nextAt = findNext();
      return changes;
    },
    nextAt: () => nextAt,
  };
}

function countsOf({ open, subjects, notices }: Group): GroupCounts {
  return { total: subjects.size, open: new Set(open.values()).size, acknowledged: 0, notices, areChats: true };
}

/** Its card says so at once: nothing is slow here. */
function asShown(group: AlertGroup, { total, open, acknowledged }: GroupCounts, now: number): AlertGroup {
  return {
    ...group,
    slackTs: group.slackTs ?? String(now),
    shownTotal: total,
    shownOpen: open,
    shownAcknowledged: acknowledged,
    nextAt: now + group.intervalMs,
    intervalMs: nextInterval(group),
  };
}
