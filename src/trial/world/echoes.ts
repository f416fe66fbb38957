import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import { type DeskEvent, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { toDeskEvent } from '../../ingress/zoho-desk/desk-event.ts';

/** The events by which Zoho Desk tells of what our own actions have changed in chats. */
export interface Echoes {
  add(before: ZohoSession, after: ZohoSession, now: number): void;
  /** Takes out those that come at `now` or before. */
  take(now: number): DeskEvent[];
  /** Epoch ms. */
  nextAt(): number | undefined;
}

export interface EchoesOptions {
  orgId: string;
  directory: () => Directory;
  /** How long after the change; undefined: never. */
  afterMs: () => number | undefined;
}

export function createEchoes({ orgId, directory, afterMs }: EchoesOptions): Echoes {
  let coming: DeskEvent[] = [];
  return {
    add(before, after, now) {
      const ms = afterMs();
      if (ms === undefined) return;
      coming.push(toEcho(before, after, { orgId, directory: directory(), changedAt: now, receivedAt: now + ms }));
    },
    take(now) {
      const due = coming.filter(({ receivedAt }) => receivedAt <= now);
      coming = coming.filter(({ receivedAt }) => receivedAt > now);
      return due;
    },
    nextAt: () => (coming.length === 0 ? undefined : Math.min(...coming.map(({ receivedAt }) => receivedAt))),
  };
}

/** As Zoho Desk sends it: agents by their ZUID, and nothing of who has caused it. */
export function toEcho(
  before: ZohoSession,
  { id, status, assignee, channelId, replyStatus }: ZohoSession,
  {
    orgId,
    directory,
    changedAt,
    receivedAt,
  }: { orgId: string; directory: Directory; changedAt: number; receivedAt: number },
): DeskEvent {
  const payload: JsonObject = {
    sessionId: id,
    sessionOldStatus: before.status ?? null,
    sessionStatus: status ?? null,
    currentAssigneeId: assignee === undefined ? null : zuidOf(directory, assignee.id),
    assigneeType: assignee?.type ?? null,
    channelId: channelId ?? null,
    replyStatus: replyStatus ?? null,
  };
  const envelope = { eventType: SESSION_STATUS_EVENT, eventTime: String(changedAt), orgId, payload };
  const reading = toDeskEvent(envelope, { orgId, receivedAt });
  if (!reading.ok) throw new RangeError(`the echo of a change is no event: ${reading.reason}`);
  return reading.event;
}

function zuidOf({ agents, agentIdByZuid }: Directory, agentId: string): string {
  return agents.get(agentId)?.zuid ?? [...agentIdByZuid].find(([, id]) => id === agentId)?.[0] ?? agentId;
}
