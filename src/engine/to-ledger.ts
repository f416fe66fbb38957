import { type DeskEvent, MESSAGE_ADD_EVENT, RECONCILE_SOURCE, SESSION_STATUS_EVENT } from '../domain/event.ts';
import { isAbsent, isJsonObject, type JsonObject } from '../domain/json.ts';
import type { Message, Session, Transition } from '../domain/session.ts';
import { findCause, type OwnChange } from './own-changes.ts';

/**
 * From an event to its entry in the ledger. What an entry says of the session comes from the event alone; only
 * `known`, `gap`, `late`, `assigneeChanged` and `causedBy` tell how it arrived.
 */
export function changesSession(event: DeskEvent): boolean {
  return event.sessionId !== undefined && (event.type === SESSION_STATUS_EVENT || event.type === MESSAGE_ADD_EVENT);
}

function textOf(payload: JsonObject, name: string): string | undefined {
  const value = payload[name];
  if (isAbsent(value)) return undefined;
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

function countOf(payload: JsonObject, name: string): number | undefined {
  const count = Number(textOf(payload, name));
  return Number.isSafeInteger(count) && count >= 0 && count <= 2_147_483_647 ? count : undefined;
}

/** A copy without undefined members, as `exactOptionalPropertyTypes` wants them. */
function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  const copy: Partial<T> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) copy[name] = value;
  }
  return copy as T;
}

export function toTransition(
  event: DeskEvent,
  sessionId: string,
  session: Session | undefined,
  ownChanges: readonly OwnChange[] = [],
): Transition {
  const { payload } = event;
  const from = textOf(payload, 'sessionOldStatus');
  const assigneeId = textOf(payload, 'currentAssigneeId');
  const late = session !== undefined && event.at < session.lastEventAt;
  const transition = defined<Transition>({
    orgId: event.orgId,
    sessionId,
    eventKey: event.key,
    at: event.at,
    from,
    to: textOf(payload, 'sessionStatus'),
    replyStatus: textOf(payload, 'replyStatus'),
    assigneeId,
    assigneeType: textOf(payload, 'assigneeType'),
    channelId: textOf(payload, 'channelId'),
    messagesCount: countOf(payload, 'messagesCount'),
    known: session?.status,
    gap: !late && session?.status !== undefined && from !== undefined && from !== session.status,
    late,
    assigneeChanged: session?.assigneeId !== assigneeId,
    inferred: event.source === RECONCILE_SOURCE ? true : undefined,
  });
  const causedBy = findCause(ownChanges, transition, session);
  return causedBy === undefined ? transition : { ...transition, causedBy };
}

export function toMessage(event: DeskEvent, sessionId: string): Message {
  const { payload } = event;
  const actor = isJsonObject(payload['actor']) ? payload['actor'] : {};
  const meta = isJsonObject(payload['meta']) ? payload['meta'] : {};
  return defined<Message>({
    orgId: event.orgId,
    sessionId,
    eventKey: event.key,
    at: event.at,
    messageId: textOf(payload, 'id'),
    direction: textOf(payload, 'direction'),
    actorType: textOf(actor, 'type'),
    messageType: textOf(payload, 'messageType'),
    integration: textOf(payload, 'integration'),
    channelId: textOf(payload, 'channelId'),
    contactId: textOf(actor, 'contactId'),
    ticketId: textOf(meta, 'DESK_TICKET_ID'),
    length: textOf(payload, 'text')?.length ?? 0,
  });
}
