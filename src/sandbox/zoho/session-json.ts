/** A chat as `GET /im/sessions/{id}` shows it: the fields and their spelling are those of Zoho's own example. */
import type { JsonObject } from '../../domain/json.ts';
import type { Desk } from './desk.ts';
import type { Assignee, DeskMessage, DeskSession } from './desk-session.ts';

/** `yyyy-MM-ddThh:mm:ss.SSSZ`, or "" for never. */
export function isoTime(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString();
}

export function toSessionJson(desk: Desk, session: DeskSession, baseUrl: string): JsonObject {
  const { world } = desk;
  const channel = world.channels.find((one) => one.id === session.channelId);
  const agent = world.agents.find((one) => one.id === session.assignee?.id);
  const lastActiveAt = Math.max(session.agentLastActiveAt ?? 0, session.contactLastActiveAt ?? 0, session.createdAt);
  return {
    id: session.id,
    channelId: session.channelId,
    channel: channel?.code ?? '',
    integrationService: channel?.integration ?? '',
    status: session.status,
    replyStatus: desk.replyStatusOf(session),
    // Another kind of id than deskAssignee.id, as in Zoho's example: whoever compares the two is wrong.
    agentId: agent?.imAgentId ?? '',
    botId: session.assignee?.type === 'BOT' ? session.assignee.id : '',
    deskAssignee: assigneeJson(desk, session.assignee, baseUrl),
    contactId: session.contact.contactId,
    actor: {
      name: session.contact.name,
      type: 'ENDUSER',
      photoURL: '',
      externalId: session.contact.externalId,
      id: session.contact.id,
      email: '',
      contactId: session.contact.contactId,
      botType: '',
      contactName: session.contact.name,
    },
    subject: session.subject,
    messagesCount: String(session.messagesCount),
    unreadMessagesCount: '0',
    createdTime: isoTime(session.createdAt),
    agentLastActiveTime: isoTime(session.agentLastActiveAt),
    contactLastActiveTime: isoTime(session.contactLastActiveAt),
    lastActiveTime: isoTime(lastActiveAt),
    meta: { DESK_TICKET_ID: session.ticket.id, DESK_TICKET_NUMBER: session.ticket.number },
  };
}

function assigneeJson(desk: Desk, assignee: Assignee | undefined, baseUrl: string): JsonObject | null {
  if (assignee === undefined) return null;
  const empty = { externalId: '', contactId: '', contactName: '', email: '', photoURL: '', botType: '' };
  if (assignee.type === 'BOT') {
    const bot = desk.world.bots.find((one) => one.id === assignee.id);
    return { ...empty, id: bot?.deskBotId ?? assignee.id, type: 'BOT', name: bot?.name ?? '', botType: 'GC' };
  }
  const agent = desk.world.agents.find((one) => one.id === assignee.id);
  return {
    ...empty,
    id: assignee.id,
    type: 'AGENT',
    name: agent === undefined ? '' : `${agent.firstName} ${agent.lastName}`,
    email: agent?.email ?? '',
    photoURL: `${baseUrl}/api/v1/agents/${assignee.id}/photo?orgId=${desk.world.orgId}`,
  };
}

/** A message as `POST /im/sessions/{id}/messages` answers it. */
export function toMessageJson(desk: Desk, session: DeskSession, message: DeskMessage, baseUrl: string): JsonObject {
  return {
    id: message.id,
    sessionId: session.id,
    direction: message.direction,
    status: message.status,
    type: message.type,
    displayMessage: message.text,
    contentType: 'text/plain',
    createdTime: isoTime(message.createdAt),
    statusUpdatedTime: isoTime(message.createdAt),
    index: String(session.messagesCount - 1),
    isRead: true,
    actor: assigneeJson(desk, session.assignee, baseUrl),
    meta: { DESK_TICKET_ID: session.ticket.id, DESK_TICKET_NUMBER: session.ticket.number },
  };
}
