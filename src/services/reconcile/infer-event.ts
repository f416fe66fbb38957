import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import { type DeskEvent, RECONCILE_SOURCE, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { sha256Hex } from '../../domain/hash.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { KnownSession } from '../../store/compare-sessions.ts';

export interface Inference {
  orgId: string;
  zoho: ZohoSession;
  ours: KnownSession;
  /** As events name the assignee; null for nobody. */
  assignee: { id: string; type: string | null } | null;
  /** A moment by Zoho's clock at which the chat stood as it is shown, epoch ms. */
  at: number;
  now: number;
}

/**
 * The event that would have told of a chat's state, had it come. It names no old status: which one it was in Zoho nobody
 * said, and ours may be another that was left since. Its key is made of what we knew and of what Zoho shows, so
 * that finding the same difference twice stores one event.
 */
export function inferEvent({ orgId, zoho, ours, assignee, at, now }: Inference): DeskEvent {
  const payload: JsonObject = {
    sessionId: zoho.id,
    ...withValue('sessionStatus', zoho.status ?? ours.status),
    currentAssigneeId: assignee?.id ?? null,
    assigneeType: assignee?.type ?? null,
    ...withValue('channelId', zoho.channelId),
    ...withValue('replyStatus', zoho.replyStatus),
    ...(zoho.messagesCount === undefined ? {} : { messagesCount: zoho.messagesCount }),
  };
  const { messagesCount: _, ...state } = payload;
  return {
    orgId,
    source: RECONCILE_SOURCE,
    type: SESSION_STATUS_EVENT,
    key: sha256Hex(canonicalJson([RECONCILE_SOURCE, ours.lastEventAt, state])),
    subject: zoho.id,
    sessionId: zoho.id,
    at,
    receivedAt: now,
    payload,
  };
}

function withValue(name: string, value: string | null | undefined): JsonObject {
  return value === null || value === undefined ? {} : { [name]: value };
}
