/**
 * The events of Zoho Desk's webhooks, built in the shapes of its own samples: `eventTime`, ids and counts are strings,
 * and a session's event carries no ticket, department, contact or channel type.
 */
import type { JsonObject } from '../../domain/json.ts';
import type { World } from '../world.ts';
import type { Assignee, DeskMessage, DeskSession } from './desk-session.ts';

/** One item of a webhook's array. */
export interface WebhookEvent {
  payload: JsonObject;
  /** Of `*_Update` events only. */
  prevState?: JsonObject;
  /** Epoch milliseconds, as a string. */
  eventTime: string;
  eventType: string;
  orgId: string;
}

/** What nobody knows of Zoho's events without a live account, so that a receiver can be tried on each answer. */
export interface EventShape {
  /** Which id `currentAssigneeId` carries: the nine-digit ZUID (as the samples suggest) or the Desk agent id. */
  assigneeIdKind: 'zuid' | 'desk';
  /** How an event says that nobody is assigned. */
  unassignedAs: 'null' | 'empty' | 'absent';
}

export const DEFAULT_EVENT_SHAPE: EventShape = { assigneeIdKind: 'zuid', unassignedAs: 'null' };

/** `IM_Session_Status`: the session's status, assignee or reply status changed. */
export function sessionStatusEvent(
  world: World,
  shape: EventShape,
  session: DeskSession,
  oldStatus: string | null,
  replyStatus: string,
  at: number,
): WebhookEvent {
  return {
    payload: {
      ...assigneeFields(world, shape, session.assignee),
      sessionStatus: session.status,
      replyStatus,
      sessionOldStatus: oldStatus,
      sessionId: session.id,
      messagesCount: String(session.messagesCount),
      channelId: session.channelId,
    },
    eventTime: String(at),
    eventType: 'IM_Session_Status',
    orgId: world.orgId,
  };
}

function assigneeFields(world: World, shape: EventShape, assignee: Assignee | undefined): JsonObject {
  if (assignee === undefined) {
    if (shape.unassignedAs === 'absent') return {};
    const nobody = shape.unassignedAs === 'null' ? null : '';
    return { currentAssigneeId: nobody, assigneeType: nobody };
  }
  const agent = world.agents.find((one) => one.id === assignee.id);
  const zuid = shape.assigneeIdKind === 'zuid' ? agent?.zuid : undefined;
  return { currentAssigneeId: zuid ?? assignee.id, assigneeType: assignee.type };
}

/**
 * `IM_Message_Add` and, with another type and the message's new status, `IM_Message_Status` (whose payload Zoho does not
 * document: the same fields without the text are assumed).
 */
export function messageEvent(
  world: World,
  session: DeskSession,
  message: DeskMessage,
  eventType: 'IM_Message_Add' | 'IM_Message_Status',
  at: number,
): WebhookEvent {
  return {
    payload: {
      actor: message.actor,
      messageType: message.type,
      meta: { DESK_TICKET_ID: session.ticket.id, DESK_TICKET_NUMBER: session.ticket.number },
      integration: world.channels.find((one) => one.id === session.channelId)?.integration ?? '',
      createdTime: String(message.createdAt),
      sessionId: session.id,
      id: message.id,
      ...(eventType === 'IM_Message_Add' ? { text: message.text } : {}),
      channelId: session.channelId,
      direction: message.direction,
      status: message.status,
    },
    eventTime: String(at),
    eventType,
    orgId: world.orgId,
  };
}
