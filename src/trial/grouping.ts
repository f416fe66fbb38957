import type { Action } from '../domain/action.ts';
import { isWorthACard, nextInterval, spanOf } from '../domain/alert-group.ts';
import type { Carried } from './deliveries.ts';

/**
 * Groups of cards in memory (`groupAlerts`): a card that joins one is not posted; after the wait one card is, which is then
 * edited no oftener than the interval. What over a channel's budget would be grouped is posted here: a test is no storm.
 */
export interface Groups {
  /** @returns whether the card has joined a group, and is not to be posted */
  join(carried: Carried, now: number): boolean;
  /** Posts and edits what is due. @returns each as something that was carried out, with the number of chats */
  due(now: number): Carried[];
  nextAt(): number | undefined;
}

interface Group {
  first: Carried;
  members: Action[];
  takesUntil: number;
  nextAt: number;
  intervalMs: number;
  shown?: { chats: number; open: number };
}

/** @param isOpen whether an alert is not resolved */
export function createGroups(isOpen: (alertId: string) => boolean): Groups {
  const groups = new Map<string, Group>();

  function count({ members }: Group) {
    const open = members.filter(({ id }) => isOpen(id));
    return {
      chats: new Set(members.map(({ subject }) => subject)).size,
      open: new Set(open.map(({ subject }) => subject)).size,
    };
  }

  function look(key: string, group: Group, now: number): Carried[] {
    const counts = count(group);
    const { shown } = group;
    group.nextAt = now + nextInterval({ overflow: false, intervalMs: group.intervalMs });
    if (counts.open === 0) groups.delete(key);
    if (shown?.chats === counts.chats && shown.open === counts.open) return [];
    if (shown === undefined && !isWorthACard({ open: counts.open, notices: 0 })) return [];
    group.shown = counts;
    const { action, params } = group.first;
    const type = shown === undefined ? 'slack.alert' : 'slack.groupCard';
    return [
      {
        ...group.first,
        action: { ...action, spec: { ...action.spec, type } },
        params: { ...params, ...counts },
        result: {},
      },
    ];
  }

  return {
    join(carried, now) {
      const { action, params } = carried;
      const { grouping } = action;
      if (grouping === undefined || action.spec.type !== 'slack.alert') return false;
      const key = JSON.stringify([action.ruleId, grouping.place, params.channel, grouping.by]);
      const open = groups.get(key);
      if (open !== undefined && now < open.takesUntil) {
        open.members.push(action);
        return true;
      }
      const { waitMs, intervalMs } = grouping;
      groups.set(key, {
        first: { ...carried, state: 'delivered' },
        members: [action],
        takesUntil: now + spanOf(grouping),
        nextAt: now + waitMs,
        intervalMs,
      });
      return true;
    },
    due: (now) => [...groups].flatMap(([key, group]) => (group.nextAt <= now ? look(key, group, now) : [])),
    nextAt: () => (groups.size === 0 ? undefined : Math.min(...[...groups.values()].map((group) => group.nextAt))),
  };
}
