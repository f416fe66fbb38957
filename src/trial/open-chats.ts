import type { Session } from '../domain/session.ts';

/**
 * The open chats of a desk in memory, by channel and status, and how many each assignee has: what queues, channels and agents
 * are computed of. Beside them the channels and agents that were ever seen, which schedule rules are judged for.
 */
export interface OpenChats {
  /** A chat was in one state and is in another; undefined: it was not known before. */
  move(before: Session | undefined, after: Session): void;
  /** Those in one of these statuses, on one of these channels; absent: whichever. */
  list(filter: { statuses?: readonly string[] | undefined; channelIds?: readonly string[] | undefined }): Session[];
  countOfAssignee(assigneeId: string): number;
  /** Of a channel, by status. */
  countsOfChannel(channelId: string): Record<string, number>;
  /** The channels of all chats that were seen. */
  channelIds(): Iterable<string>;
  /** The agents who have an open chat, or had one last that began since then (epoch ms); bots are none. */
  agentIds(since: number): Iterable<string>;
}

/** Stands for no status and for no channel. */
const NONE = '';

export function createOpenChats(): OpenChats {
  /** By channel, status and id. */
  const open = new Map<string, Map<string, Map<string, Session>>>();
  const byAssignee = new Map<string, number>();
  /** How many chats, ended ones too, have it. */
  const channels = new Map<string, number>();
  const agents = new Map<string, number>();
  /** When the last chat of an agent began. */
  const lastBegun = new Map<string, number>();

  function add(chat: Session): void {
    const { id, channelId = NONE, status = NONE, assigneeId } = chat;
    let ofChannel = open.get(channelId);
    if (ofChannel === undefined) {
      ofChannel = new Map();
      open.set(channelId, ofChannel);
    }
    let ofStatus = ofChannel.get(status);
    if (ofStatus === undefined) {
      ofStatus = new Map();
      ofChannel.set(status, ofStatus);
    }
    ofStatus.set(id, chat);
    if (assigneeId !== undefined) count(byAssignee, assigneeId, 1);
  }

  function remove({ id, channelId = NONE, status = NONE, assigneeId }: Session): void {
    open.get(channelId)?.get(status)?.delete(id);
    if (assigneeId !== undefined) count(byAssignee, assigneeId, -1);
  }

  return {
    move(before, after) {
      if (before !== undefined && isAlike(before, after)) {
        // Most events leave a chat where it is.
        if (isOpen(after))
          open
            .get(after.channelId ?? NONE)
            ?.get(after.status ?? NONE)
            ?.set(after.id, after);
        return;
      }
      if (before !== undefined && isOpen(before)) remove(before);
      if (isOpen(after)) add(after);
      if (before?.channelId !== after.channelId) {
        if (before?.channelId !== undefined) count(channels, before.channelId, -1);
        if (after.channelId !== undefined) count(channels, after.channelId, 1);
      }
      const [had, has] = [before && agentOf(before), agentOf(after)];
      if (had !== has) {
        if (had !== undefined) count(agents, had, -1);
        if (has !== undefined) count(agents, has, 1);
      }
      if (has !== undefined) lastBegun.set(has, Math.max(after.createdAt, lastBegun.get(has) ?? 0));
    },
    list({ statuses, channelIds }) {
      const places = channelIds === undefined ? [...open.values()] : channelIds.flatMap((id) => open.get(id) ?? []);
      return places.flatMap((place) => {
        const lists = statuses === undefined ? [...place.values()] : statuses.flatMap((one) => place.get(one) ?? []);
        return lists.flatMap((chats) => [...chats.values()]);
      });
    },
    countOfAssignee: (assigneeId) => byAssignee.get(assigneeId) ?? 0,
    countsOfChannel(channelId) {
      const counts: Record<string, number> = {};
      for (const [status, { size }] of open.get(channelId) ?? []) {
        if (status !== NONE && size > 0) counts[status] = size;
      }
      return counts;
    },
    channelIds: () => channels.keys(),
    agentIds: (since) => agents.keys().filter((id) => byAssignee.has(id) || (lastBegun.get(id) ?? 0) >= since),
  };
}

/** Whether it is kept and counted at the same places. */
function isAlike(a: Session, b: Session): boolean {
  return (
    a.status === b.status &&
    a.channelId === b.channelId &&
    a.assigneeId === b.assigneeId &&
    a.assigneeType === b.assigneeType &&
    a.createdAt === b.createdAt
  );
}

function isOpen({ status }: Session): boolean {
  return status !== 'ENDED';
}

function agentOf({ assigneeId, assigneeType }: Session): string | undefined {
  return assigneeType === 'BOT' ? undefined : assigneeId;
}

function count(counts: Map<string, number>, name: string, more: number): void {
  const next = (counts.get(name) ?? 0) + more;
  if (next === 0) counts.delete(name);
  else counts.set(name, next);
}
