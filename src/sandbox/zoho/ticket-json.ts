/** A ticket of the stand-in, for the API's answers and the webhooks' events. */
import type { JsonObject } from '../../domain/json.ts';
import type { Desk } from './desk.ts';
import type { DeskSession } from './desk-session.ts';
import { isoTime } from './session-json.ts';

/** A ticket as the API shows it: the fields that Zoho's examples have and a chat's ticket can fill. */
export function toTicketJson(desk: Desk, session: DeskSession, baseUrl: string): JsonObject {
  const { ticket } = session;
  const channel = desk.getChannel(session.channelId);
  return {
    ...ticketSummary(desk, session),
    ...ticket.fields,
    channel: channel.name,
    channelCode: channel.code,
    createdTime: isoTime(ticket.createdAt),
    contactId: session.contact.contactId,
    commentCount: String(ticket.comments.length),
    source: { extId: session.id, appName: channel.name, appPhotoURL: null, permalink: null, type: 'INSTANT_MESSAGE' },
    webUrl: `${baseUrl}/support/sandbox/ShowHomePage.do#Cases/dv/${ticket.id}`,
  };
}

/** The part of a ticket that its webhook events carry. */
export function ticketSummary(desk: Desk, session: DeskSession): JsonObject {
  const { ticket } = session;
  const closed = ticket.fields.status === 'Closed';
  return {
    id: ticket.id,
    ticketNumber: ticket.number,
    departmentId: ticket.fields.departmentId ?? desk.getChannel(session.channelId).departmentId,
    status: ticket.fields.status ?? 'Open',
    statusType: closed ? 'Closed' : 'Open',
    closedTime: closed ? isoTime(ticket.modifiedAt) : null,
    modifiedTime: isoTime(ticket.modifiedAt),
  };
}
