import type { SessionChange, SessionFilter, ZohoClient } from '../../delivery/zoho-desk/zoho-client.ts';
import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import type { ZohoResult } from '../../delivery/zoho-desk/zoho-result.ts';
import { findAgentId } from '../../domain/directory.ts';
import { type DeskEvent, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { Directory } from '../../domain/rule.ts';
import type { Session } from '../../domain/session.ts';
import { isSettable } from '../simulation/dimensions.ts';

/**
 * The Zoho Desk of a trial, behind the client that the service calls the real one by: its chats are what events have told
 * of them, and what our actions have changed since. Every chat has a ticket.
 */
export interface TrialDesk {
  client: ZohoClient;
  /** An event tells how a chat stands: from here on that counts, and not what we changed before. */
  heard(event: DeskEvent): void;
  /** A bot that a rule names by an id: bots are not listed in a world. */
  expectBot(id: string): void;
}

export interface TrialDeskOptions {
  now: () => number;
  directory: () => Directory;
  agents: () => Iterable<DeskAgent>;
  departmentOfChannel: (channelId: string) => string | undefined;
  sessions: () => Iterable<Session>;
  sessionOf: (id: string) => Session | undefined;
  /** After a chat was changed: how it stood, and how it stands. */
  onChanged: (before: ZohoSession, after: ZohoSession) => void;
}

export interface DeskAgent {
  id: string;
  name?: string | undefined;
  zuid: string;
  online: boolean;
  /** Open chats beside those of the trial. */
  sessions: number;
  departments: readonly string[];
}

type Change = Pick<ZohoSession, 'status' | 'assignee'>;

export function createTrialDesk(options: TrialDeskOptions): TrialDesk {
  const { now, directory, sessionOf } = options;
  const changes = new Map<string, Partial<Change> & { at: number }>();
  const bots = new Set<string>();
  let comments = 0;

  function find(id: string): ZohoSession | undefined {
    const session = sessionOf(id);
    if (session === undefined) return undefined;
    const { at: _, ...changed } = changes.get(id) ?? { at: 0 };
    const stored = toZohoSession(session, directory());
    const assignee = changed.assignee ?? stored.assignee;
    return { ...stored, ...changed, assigned: assignee !== undefined };
  }

  /** The open chats that agents have beside those of the trial, as far as a list of chats shows them. */
  function* others(): Iterable<ZohoSession> {
    for (const { id, sessions, name } of options.agents()) {
      for (let number = 0; number < sessions; number += 1) {
        yield {
          ...NOTHING,
          id: `${id}/${number}`,
          status: 'OPEN',
          assigned: true,
          assignee: { id, type: 'AGENT', name },
        };
      }
    }
  }

  function list({ statuses, contactId }: SessionFilter): ZohoSession[] {
    const own = [...options.sessions()].flatMap(({ id }) => find(id) ?? []);
    return [...own, ...others()].filter(
      (session) =>
        (statuses?.includes(session.status ?? '') ?? true) &&
        (contactId === undefined || session.contactId === contactId),
    );
  }

  function patch(id: string, { status, agentId, botId }: SessionChange): ZohoResult<ZohoSession> {
    const before = find(id);
    if (before === undefined) return notFound();
    const wrong = wrongField(before, { status, agentId });
    if (wrong !== undefined) return refuse(wrong);
    const assignee = agentId === undefined ? toBot(botId) : { id: agentId, type: 'AGENT', name: nameOf(agentId) };
    const change = {
      ...(status === undefined ? {} : { status }),
      ...(assignee === undefined ? {} : { assignee }),
    };
    changes.set(id, { ...changes.get(id), ...change, at: now() });
    const after = { ...before, ...change, assigned: before.assigned || assignee !== undefined };
    options.onChanged(before, after);
    return { ok: true, value: after };
  }

  /** The field by which Zoho Desk says no to a change, if it does. */
  function wrongField(
    before: ZohoSession,
    { status, agentId }: { status: string | undefined; agentId: string | undefined },
  ): string | undefined {
    const agent = [...options.agents()].find(({ id }) => id === agentId);
    if (agent !== undefined && !canTake(agent, before)) return 'agentId';
    if (status === undefined)
      return agentId !== undefined && UNASSIGNABLE.has(before.status ?? '') ? 'agentId' : undefined;
    if (!isSettable(before.status ?? '', status)) return 'status';
    return status === 'ON_HOLD' && !before.assigned && agentId === undefined ? 'agentId' : undefined;
  }

  /** Online, and in the department of the chat's channel, where both are known. */
  function canTake({ online, departments }: DeskAgent, { channelId }: ZohoSession): boolean {
    const department = channelId === undefined ? undefined : departmentOf(channelId);
    return online && (department === undefined || departments.length === 0 || departments.includes(department));
  }

  function departmentOf(channelId: string): string | undefined {
    return directory().channels.get(channelId)?.departmentId ?? options.departmentOfChannel(channelId);
  }

  function nameOf(agentId: string): string | undefined {
    return [...options.agents()].find(({ id }) => id === agentId)?.name ?? directory().agents.get(agentId)?.name;
  }

  const ok = async <T>(value: T): Promise<ZohoResult<T>> => ({ ok: true, value });
  const orNotFound = async <T>(value: T | undefined): Promise<ZohoResult<T>> =>
    value === undefined ? notFound() : { ok: true, value };
  const agentsOf = (departmentId: string) =>
    [...options.agents()]
      .filter(({ departments }) => departmentId === ALL_DEPARTMENTS || departments.includes(departmentId))
      .map(({ id: agentId, online }) => ({ agentId, online, status: undefined, chatStatus: toStatus(online) }));
  const toAgent = ({ id, name, zuid, departments }: DeskAgent) => ({
    id,
    name,
    zuid,
    status: 'ACTIVE',
    departmentIds: [...departments],
  });
  const findAgent = (isOne: (agent: DeskAgent) => boolean) => [...options.agents()].filter(isOne).map(toAgent)[0];

  return {
    client: {
      getSession: (id) => orNotFound(find(id)),
      patchSession: async (id, change) => patch(id, change),
      listSessions: (filter) => ok({ sessions: list(filter) }),
      sessionTickets: () => ok([]),
      listChannels: () => ok([]),
      getChannel: (id) =>
        ok({
          id,
          departmentId: options.departmentOfChannel(id),
          name: undefined,
          integration: undefined,
          isActive: true,
          isDeleted: false,
        }),
      listBots: () =>
        ok([...bots].map((id) => ({ id, deskBotId: id, name: undefined, departmentId: undefined, status: undefined }))),
      listAgents: () => ok([...options.agents()].map(toAgent)),
      // An id that the world does not name is taken for that of an agent whom Zoho Desk knows.
      getAgent: (id) => orNotFound(findAgent((agent) => agent.id === id) ?? toUnlisted(id)),
      getAgentByZuid: (zuid) => orNotFound(findAgent((agent) => agent.zuid === zuid)),
      agentAvailability: (departmentId) => ok(agentsOf(departmentId)),
      onlineAgents: (departmentId) => ok(agentsOf(departmentId).filter(({ online }) => online)),
      getTicket: () => Promise.resolve(notFound()),
      patchTicket: (id) => ok(toTicket(id)),
      commentTicket() {
        comments += 1;
        return ok({ id: String(comments) });
      },
    },
    heard({ type, sessionId, at }) {
      const change = sessionId === undefined ? undefined : changes.get(sessionId);
      if (type !== SESSION_STATUS_EVENT || sessionId === undefined || change === undefined) return;
      if (at >= change.at) changes.delete(sessionId);
    },
    expectBot: (id) => bots.add(id),
  };
}

/** Chats that nobody can be given, but together with a status. */
const UNASSIGNABLE = new Set(['ENDED', 'BLOCKED', 'MISSED', 'CREATED']);

/** Zoho's word for "all departments that I may see". */
const ALL_DEPARTMENTS = '-1';

const NOTHING: Omit<ZohoSession, 'id'> = {
  status: undefined,
  channelId: undefined,
  assigned: false,
  assignee: undefined,
  botId: undefined,
  ticketId: undefined,
  contactId: undefined,
  replyStatus: undefined,
  integration: undefined,
  messagesCount: undefined,
  createdAt: undefined,
  modifiedAt: undefined,
  lastActiveAt: undefined,
  agentLastActiveAt: undefined,
  contactLastActiveAt: undefined,
};

/** Events name an agent by the ZUID, the API by the Desk id. */
function toZohoSession(session: Session, directory: Directory): ZohoSession {
  const { id, status, channelId, assigneeId, assigneeType, ticketId, contactId, replyStatus, integration } = session;
  const agentId = assigneeId === undefined ? undefined : (findAgentId(directory, assigneeId) ?? assigneeId);
  const { lastInboundAt = 0, lastOutboundAt = 0 } = session;
  return {
    ...NOTHING,
    id,
    status,
    channelId,
    assigned: agentId !== undefined,
    assignee: agentId === undefined ? undefined : { id: agentId, type: assigneeType, name: undefined },
    ticketId: ticketId ?? `ticket-of-${id}`,
    contactId,
    replyStatus,
    integration,
    lastActiveAt: Math.max(lastInboundAt, lastOutboundAt),
  };
}

function toBot(botId: string | undefined): ZohoSession['assignee'] {
  return botId === undefined ? undefined : { id: botId, type: 'BOT', name: undefined };
}

function toStatus(online: boolean): string {
  return online ? 'ONLINE' : 'OFFLINE';
}

function toUnlisted(id: string) {
  return { id, name: undefined, zuid: undefined, status: 'ACTIVE', departmentIds: [] };
}

function toTicket(id: string) {
  return {
    id,
    ticketNumber: undefined,
    status: undefined,
    priority: undefined,
    assigneeId: undefined,
    teamId: undefined,
    departmentId: undefined,
    contactId: undefined,
  };
}

/** In the words of Zoho's own answer. */
function refuse<T>(field: string): ZohoResult<T> {
  const reason = `Zoho answered INVALID_DATA: The data does not comply to the validation restrictions defined.: fields: ${field}`;
  return { ok: false, kind: 'invalid', reason, fields: [field] };
}

function notFound<T>(): ZohoResult<T> {
  return { ok: false, kind: 'not_found', reason: 'there is no such record in this test' };
}
