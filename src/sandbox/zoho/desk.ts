/**
 * The portal itself: chats, agents' presence, channels, tickets, and the events that their changes cause. The HTTP
 * handlers and the traffic act on this one state, so what an API call shows and what the webhooks said agree.
 *
 * Changes take the instant at which they happen. Within a chat time never runs back: a change that claims to be older
 * than the last one gets its instant.
 */
import { AppError } from '../../domain/errors.ts';
import type { World, WorldAgent, WorldChannel } from '../world.ts';
import { createDeskIds } from './desk-ids.ts';
import {
  type Assignee,
  assigneeActor,
  contactActor,
  type DeskMessage,
  type DeskSession,
  type DeskTicket,
  type NewSession,
  newSession,
} from './desk-session.ts';
import {
  DEFAULT_EVENT_SHAPE,
  type EventShape,
  messageEvent,
  sessionStatusEvent,
  type WebhookEvent,
} from './webhook-event.ts';

/** Who caused a change: the desk's own life, or a call to the API. */
export type Cause = 'desk' | 'api';

export interface SessionChange {
  status?: string;
  /** null takes the assignee away. */
  assignee?: Assignee | null;
  /** null lets the reply status follow from the rest again. */
  replyStatus?: string | null;
}

export interface NewMessage {
  direction: 'IN' | 'OUT';
  text: string;
  at: number;
  type?: string;
  status?: string;
}

export type EventListener = (event: WebhookEvent, cause: Cause) => void;
export type ApiChangeListener = (session: DeskSession, at: number) => void;

export interface Desk {
  readonly world: World;
  readonly sessions: ReadonlyMap<string, DeskSession>;
  getSession(id: string): DeskSession;
  getChannel(id: string): WorldChannel;
  /** Opens a chat with a ticket of its own; causes IM_Session_Status. */
  createSession(input: NewSession): DeskSession;
  /** Changes status, assignee or reply status; causes IM_Session_Status, unless an API call shall cause none. */
  changeSession(id: string, change: SessionChange, at: number, cause?: Cause): DeskSession;
  /** Adds a message; causes IM_Message_Add. A message to the customer comes from the assignee. */
  addMessage(id: string, message: NewMessage, cause?: Cause): DeskMessage;
  /** Changes a message's status; causes IM_Message_Status. */
  setMessageStatus(id: string, messageId: string, status: string, at: number): void;
  forgetSession(id: string): void;
  isOnline(agentId: string): boolean;
  setOnline(agentId: string, online: boolean): void;
  /** Agents of a department who are online. */
  onlineIn(departmentId: string): WorldAgent[];
  isRevoked(channelId: string): boolean;
  /** Takes a channel's token away, or gives it back; causes IM_Session_Status for each of its open chats. */
  setRevoked(channelId: string, revoked: boolean, at: number): void;
  replyStatusOf(session: DeskSession): string;
  findTicket(id: string): { ticket: DeskTicket; session: DeskSession } | undefined;
  /** Sends an event as it is: what the desk never sends by itself. */
  emit(event: WebhookEvent, cause?: Cause): void;
  /** Hears every event; returns what ends it. */
  onEvent(listener: EventListener): () => void;
  /** Hears of every chat that an API call changed; returns what ends it. */
  onApiChange(listener: ApiChangeListener): () => void;
}

export interface DeskOptions {
  world: World;
  shape?: Partial<EventShape>;
  /** Whether changes made through the API cause events too (unknown of the real desk); default true. */
  echo?: boolean;
}

const FINAL = ['ENDED', 'BLOCKED', 'MISSED'];

export function createDesk({ world, shape: shapeOptions, echo = true }: DeskOptions): Desk {
  const shape = { ...DEFAULT_EVENT_SHAPE, ...shapeOptions };
  const sessions = new Map<string, DeskSession>();
  const ticketOwners = new Map<string, string>();
  const offline = new Set<string>();
  const revoked = new Set<string>();
  const listeners = new Set<EventListener>();
  const apiListeners = new Set<ApiChangeListener>();
  const ids = createDeskIds();

  const desk: Desk = {
    world,
    sessions,
    getSession: (id) => {
      const session = sessions.get(id);
      if (session === undefined) throw new AppError('not_found', `The stand-in has no session ${id}.`);
      return session;
    },
    getChannel: (id) => {
      const channel = world.channels.find((one) => one.id === id);
      if (channel === undefined) throw new AppError('not_found', `The stand-in has no channel ${id}.`);
      return channel;
    },
    createSession: (input) => {
      desk.getChannel(input.channelId);
      const session = newSession(input, ids);
      sessions.set(session.id, session);
      ticketOwners.set(session.ticket.id, session.id);
      desk.emit(sessionStatusEvent(world, shape, session, null, desk.replyStatusOf(session), input.at));
      return session;
    },
    changeSession: (id, change, at, cause = 'desk') => {
      const session = desk.getSession(id);
      const oldStatus = session.status;
      if (change.status !== undefined) session.status = change.status;
      if (change.assignee === null) delete session.assignee;
      else if (change.assignee !== undefined) session.assignee = change.assignee;
      if (change.replyStatus === null) delete session.replyStatus;
      else if (change.replyStatus !== undefined) session.replyStatus = change.replyStatus;
      const instant = touch(session, at);
      if (cause === 'desk' || echo) {
        desk.emit(sessionStatusEvent(world, shape, session, oldStatus, desk.replyStatusOf(session), instant), cause);
      }
      if (cause === 'api') for (const listener of apiListeners) listener(session, instant);
      return session;
    },
    addMessage: (id, input, cause = 'desk') => {
      const session = desk.getSession(id);
      const instant = touch(session, input.at);
      const message: DeskMessage = {
        id: ids.next('message'),
        direction: input.direction,
        type: input.type ?? 'TEXT',
        status: input.status ?? (input.direction === 'IN' ? 'SAVED' : 'QUEUED'),
        text: input.text,
        actor: input.direction === 'IN' ? contactActor(session.contact) : assigneeActor(world, session.assignee),
        createdAt: instant,
      };
      session.messages.push(message);
      session.messagesCount += 1;
      if (input.direction === 'IN') session.contactLastActiveAt = instant;
      else session.agentLastActiveAt = instant;
      if (cause === 'desk' || echo) desk.emit(messageEvent(world, session, message, 'IM_Message_Add', instant), cause);
      return message;
    },
    setMessageStatus: (id, messageId, status, at) => {
      const session = desk.getSession(id);
      const message = session.messages.find((one) => one.id === messageId);
      if (message === undefined) throw new AppError('not_found', `Session ${id} has no message ${messageId}.`);
      message.status = status;
      desk.emit(messageEvent(world, session, message, 'IM_Message_Status', touch(session, at)));
    },
    forgetSession: (id) => {
      const session = sessions.get(id);
      if (session !== undefined) ticketOwners.delete(session.ticket.id);
      sessions.delete(id);
    },
    isOnline: (agentId) => world.agents.some((agent) => agent.id === agentId) && !offline.has(agentId),
    setOnline: (agentId, online) => {
      if (online) offline.delete(agentId);
      else offline.add(agentId);
    },
    onlineIn: (departmentId) =>
      world.agents.filter((agent) => agent.departmentIds.includes(departmentId) && desk.isOnline(agent.id)),
    isRevoked: (channelId) => revoked.has(channelId),
    setRevoked: (channelId, gone, at) => {
      if (gone === revoked.has(channelId)) return;
      if (gone) revoked.add(channelId);
      else revoked.delete(channelId);
      for (const session of sessions.values()) {
        if (session.channelId === channelId && !FINAL.includes(session.status)) desk.changeSession(session.id, {}, at);
      }
    },
    replyStatusOf: (session) => {
      if (session.replyStatus !== undefined) return session.replyStatus;
      if (revoked.has(session.channelId)) return 'CHANNEL_REVOKED';
      if (session.status === 'BLOCKED') return 'SESSION_BLOCKED';
      if (FINAL.includes(session.status)) return 'SESSION_ENDED';
      return session.assignee === undefined ? 'UNASSIGNED' : 'ACCEPTED';
    },
    findTicket: (id) => {
      const session = sessions.get(ticketOwners.get(id) ?? '');
      return session === undefined ? undefined : { ticket: session.ticket, session };
    },
    emit: (event, cause = 'desk') => {
      for (const listener of listeners) listener(event, cause);
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onApiChange: (listener) => {
      apiListeners.add(listener);
      return () => apiListeners.delete(listener);
    },
  };
  return desk;
}

/** Moves the chat's time on and returns the instant of the change. */
function touch(session: DeskSession, at: number): number {
  session.modifiedAt = Math.max(session.modifiedAt, at);
  return session.modifiedAt;
}
