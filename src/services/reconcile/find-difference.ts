import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import { findAgentId } from '../../domain/directory.ts';
import type { Directory } from '../../domain/rule.ts';
import type { KnownSession } from '../../store/compare-sessions.ts';

/** In what a chat as Zoho shows it differs from ours; none when they agree as far as they can be compared. */
export type Difference = 'unknown' | 'status' | 'assignee' | 'channel' | 'replyStatus';

export function findDifference(zoho: ZohoSession, ours: KnownSession, directory: Directory): Difference | undefined {
  if (!ours.known) return 'unknown';
  if (zoho.status !== undefined && zoho.status !== ours.status) return 'status';
  if (hasOtherAssignee(zoho, ours, directory)) return 'assignee';
  if (zoho.channelId !== undefined && zoho.channelId !== ours.channelId) return 'channel';
  // Where one side says nothing, it may be that it never does.
  const bothSay = zoho.replyStatus !== undefined && ours.replyStatus !== null;
  return bothSay && zoho.replyStatus !== ours.replyStatus ? 'replyStatus' : undefined;
}

/**
 * Events name an assignee by another kind of id than the API (the Zoho user id, or the agent's own): they are compared as
 * far as either is known as an agent of Zoho Desk by both ids. Where neither is, there is no difference that could be told.
 */
export function hasOtherAssignee(
  { assigned, assignee, botId }: ZohoSession,
  ours: Pick<KnownSession, 'assigneeId' | 'assigneeType'>,
  directory: Directory,
): boolean {
  if (assigned && assignee === undefined) return false;
  if (assignee === undefined || ours.assigneeId === null) return assigned !== (ours.assigneeId !== null);
  const { id, type } = assignee;
  if (type !== undefined && ours.assigneeType !== null && type !== ours.assigneeType) return true;
  if (ours.assigneeId === id || ours.assigneeId === botId || type === 'BOT') return false;
  const resolved = findAgentId(directory, ours.assigneeId);
  if (resolved !== undefined) return resolved !== id;
  const zuid = directory.agents.get(id)?.zuid;
  return zuid !== undefined && zuid !== ours.assigneeId;
}
