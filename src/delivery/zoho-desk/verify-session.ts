import type { Delivery, DeliveryOutcome } from '../../domain/action.ts';
import type { DeskNames } from './desk-names.ts';
import type { ZohoClient } from './zoho-client.ts';
import { toZohoOutcome } from './zoho-outcome.ts';
import type { ZohoSession } from './zoho-records.ts';

/**
 * Before anything is changed in Zoho the session is read again: webhooks are late, their bodies are not signed, and a
 * person may have been quicker. What no longer applies is skipped, with the reason.
 */
export interface Verification {
  client: ZohoClient;
  names: DeskNames;
  /**
   * After an attempt whose answer was lost: the outcome when the session already shows what was wanted, else undefined.
   */
  findDone: (session: ZohoSession) => DeliveryOutcome | undefined | Promise<DeliveryOutcome | undefined>;
}

/** The session as it stands now, or how the delivery ends instead. */
export async function verifySession(
  delivery: Delivery,
  { client, names, findDone }: Verification,
  signal: AbortSignal,
): Promise<{ session: ZohoSession } | { outcome: DeliveryOutcome }> {
  // A change of ours that went through may itself have ended the episode: then it is looked at before that counts.
  if (delivery.episodeOver && !delivery.mayHaveHappened) return { outcome: episodeOver() };
  if (delivery.sessionId === undefined) return refused('the rule fired for no chat: this action needs one');
  const read = await client.getSession(delivery.sessionId, signal);
  if (!read.ok) {
    if (read.kind === 'not_found') return skipped('the chat was not found in Zoho Desk');
    return { outcome: toZohoOutcome(read, signal) };
  }
  const session = read.value;
  const done = delivery.mayHaveHappened ? await findDone(session) : undefined;
  if (done !== undefined) return { outcome: done };
  if (delivery.episodeOver) return { outcome: episodeOver() };
  const before = delivery.session?.status;
  if (before !== undefined && session.status !== undefined && before !== session.status) {
    return skipped(`the chat is ${session.status} by now; it was ${before} when the rule fired`);
  }
  const moved = await findAssigneeChange(delivery, session, names, signal);
  return moved === undefined ? { session } : { outcome: moved };
}

/**
 * A change of hands since the firing, as far as both sides are known by their Desk ids; a failure to find that out is
 * tried again. A chat that was OPEN and nobody's, and is somebody's by now, has changed hands too.
 */
async function findAssigneeChange(
  delivery: Delivery,
  session: ZohoSession,
  names: DeskNames,
  signal: AbortSignal,
): Promise<DeliveryOutcome | undefined> {
  const changed: DeliveryOutcome = { kind: 'skipped', reason: 'the chat has another assignee since the rule fired' };
  const before = delivery.session?.assigneeId;
  const now = session.assignee;
  if (before === undefined) return delivery.session?.status === 'OPEN' && session.assigned ? changed : undefined;
  if (now === undefined || now.id === before) return undefined;
  const resolved = await names.agentId(before, signal);
  if (!resolved.ok) return isTransient(resolved.kind) ? toZohoOutcome(resolved, signal) : undefined;
  return resolved.value !== undefined && resolved.value !== now.id ? changed : undefined;
}

function isTransient(kind: string): boolean {
  return kind === 'unavailable' || kind === 'rate_limited' || kind === 'credits_exhausted';
}

function episodeOver(): DeliveryOutcome {
  return { kind: 'skipped', reason: 'the episode was over before the change was made' };
}

function skipped(reason: string): { outcome: DeliveryOutcome } {
  return { outcome: { kind: 'skipped', reason } };
}

function refused(reason: string): { outcome: DeliveryOutcome } {
  return { outcome: { kind: 'refused', reason } };
}
