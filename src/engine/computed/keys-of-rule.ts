import type { ComputedKey, HistoryKey, QueueKey } from '../../domain/computed.ts';
import { findDepartmentId } from '../../domain/directory.ts';
import { getDuration } from '../../domain/duration.ts';
import type { Directory } from '../../domain/rule.ts';
import type { KnownChannel } from '../facts.ts';
import type { About } from './about.ts';
import type { ComputedRead, RuleReads } from './rule-reads.ts';

/** Whom a rule is judged for and when: what its computed facts are computed of. */
export interface Judged extends About {
  /** The moment of judging, epoch ms: the event's or the tick's. */
  at: number;
  /** The moment of the desk as it stands, epoch ms: what the database tells is of now. */
  now: number;
  directory: Directory;
  channels: ReadonlyMap<string, KnownChannel>;
}

/** The computed values of one evaluation, before they are loaded; undefined where there is nothing to compute of. */
export interface RuleKeys {
  byRead: readonly { read: ComputedRead; key: ComputedKey | undefined }[];
  agent: ComputedKey | undefined;
  channel: ComputedKey | undefined;
}

export function keysOfRule(reads: RuleReads, judged: Judged): RuleKeys {
  const { now: at, channelId, agentId } = judged;
  return {
    byRead: reads.computed.map((read) => ({
      read,
      key: read.fact === 'queue' ? queueKey(read.params, judged) : historyKey(read.params, judged),
    })),
    agent: reads.agent && agentId !== undefined ? { kind: 'agent', at, id: agentId } : undefined,
    channel: reads.channel && channelId !== undefined ? { kind: 'channel', at, id: channelId } : undefined,
  };
}

type Params = ComputedRead['params'];

function queueKey({ status, unassigned, olderThan, ...place }: Params, judged: Judged): QueueKey {
  const key: QueueKey = { kind: 'queue', at: judged.now };
  if (status !== undefined) key.statuses = [...new Set([status].flat().map(String))].sort();
  if (typeof unassigned === 'boolean') key.unassigned = unassigned;
  if (typeof olderThan === 'string') key.olderThanMs = getDuration(olderThan);
  const channelIds = channelsOf(place, judged);
  if (channelIds !== undefined) key.channelIds = channelIds;
  return key;
}

function channelsOf(
  { channelId, departmentId }: Params,
  { queueOf, directory, channels }: Judged,
): string[] | undefined {
  if (typeof channelId === 'string') return [channelId];
  if (typeof departmentId !== 'string') return queueOf === undefined ? undefined : [queueOf];
  const department = findDepartmentId(directory, departmentId) ?? departmentId;
  const ids = new Set([...directory.channels.keys(), ...channels.keys()]);
  return [...ids]
    .filter((id) => (directory.channels.get(id)?.departmentId ?? channels.get(id)?.departmentId) === department)
    .sort();
}

function historyKey({ by, within, status, event }: Params, judged: Judged): HistoryKey | undefined {
  const ids = { session: judged.sessionId, channel: judged.channelId, assignee: judged.assigneeId };
  // The check has seen to it that `by` is one of these and that `within` is a duration.
  if (by !== 'session' && by !== 'channel' && by !== 'assignee') return undefined;
  const id = ids[by];
  if (id === undefined || typeof within !== 'string') return undefined;
  const key: HistoryKey = { kind: 'history', at: judged.at, withinMs: getDuration(within), by, id };
  if (typeof status === 'string') key.status = status;
  if (typeof event === 'string') key.event = event;
  return key;
}
