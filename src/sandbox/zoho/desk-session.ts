/** What the portal of the stand-in holds: chats, their messages and tickets. Times are epoch milliseconds. */
import type { JsonObject } from '../../domain/json.ts';
import type { World } from '../world.ts';
import type { DeskIds } from './desk-ids.ts';

export interface Assignee {
  type: 'AGENT' | 'BOT';
  /** Desk agent id, or IM bot id. */
  id: string;
}

export interface Contact {
  /** Id as an end user of the channel. */
  id: string;
  /** Id as a Desk contact. */
  contactId: string;
  name: string;
  /** Phone number, handle or such. */
  externalId: string;
}

export interface DeskSession {
  id: string;
  channelId: string;
  /** An open vocabulary: the traffic also plays statuses that nobody has heard of. */
  status: string;
  assignee?: Assignee;
  /** Set where the reply status does not follow from the rest, such as SESSION_EXPIRED. */
  replyStatus?: string;
  contact: Contact;
  subject: string;
  messagesCount: number;
  createdAt: number;
  modifiedAt: number;
  agentLastActiveAt?: number;
  contactLastActiveAt?: number;
  ticket: DeskTicket;
  messages: DeskMessage[];
}

export interface DeskMessage {
  id: string;
  direction: 'IN' | 'OUT';
  type: string;
  status: string;
  text: string;
  actor: JsonObject;
  createdAt: number;
}

export interface DeskTicket {
  id: string;
  number: string;
  /** Whatever `PATCH /tickets/{id}` may set. */
  fields: JsonObject;
  createdAt: number;
  modifiedAt: number;
  comments: { id: string; content: string; isPublic: boolean; contentType: string; at: number }[];
}

export interface NewSession {
  channelId: string;
  at: number;
  id?: string;
  /** Default CREATED. */
  status?: string;
  assignee?: Assignee;
  contact?: Partial<Contact>;
  subject?: string;
}

/** A chat as it begins, with a ticket of its own. */
export function newSession(input: NewSession, ids: DeskIds): DeskSession {
  const id = input.id ?? ids.next('session');
  const contact: Contact = {
    id: ids.next('endUser'),
    contactId: ids.next('contact'),
    name: 'Cliente de exemplo',
    externalId: '+5511955550100',
    ...input.contact,
  };
  return {
    id,
    channelId: input.channelId,
    status: input.status ?? 'CREATED',
    ...(input.assignee === undefined ? {} : { assignee: input.assignee }),
    contact,
    subject: input.subject ?? 'Nova conversa',
    messagesCount: 0,
    createdAt: input.at,
    modifiedAt: input.at,
    messages: [],
    ticket: {
      id: ids.next('ticket'),
      number: ids.ticketNumber(),
      fields: {
        subject: input.subject ?? 'Nova conversa',
        status: 'Open',
        assigneeId: null,
        teamId: null,
        priority: null,
      },
      createdAt: input.at,
      modifiedAt: input.at,
      comments: [],
    },
  };
}

/** The customer as an event's actor. */
export function contactActor(contact: Contact): JsonObject {
  return { contactId: contact.contactId, name: contact.name, externalId: contact.externalId, type: 'ENDUSER' };
}

/** Whoever is assigned as an event's actor. */
export function assigneeActor(world: World, assignee: Assignee | undefined): JsonObject {
  const agent = world.agents.find((one) => one.id === assignee?.id);
  if (agent !== undefined) {
    return { contactId: '', name: `${agent.firstName} ${agent.lastName}`, externalId: agent.zuid, type: 'AGENT' };
  }
  const bot = world.bots.find((one) => one.id === assignee?.id);
  return { contactId: '', name: bot?.name ?? '', externalId: assignee?.id ?? '', type: 'BOT' };
}
