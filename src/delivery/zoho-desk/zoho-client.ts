import type * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { Fetch } from '../send-request.ts';
import { createAccessTokens, type TokenStore } from './access-tokens.ts';
import { createZohoHttp, type ZohoCall } from './zoho-http.ts';
import {
  agentSchema,
  availabilitySchema,
  botSchema,
  channelSchema,
  commentSchema,
  listSchema,
  sessionSchema,
  ticketSchema,
  type ZohoAgent,
  type ZohoAvailability,
  type ZohoBot,
  type ZohoChannel,
  type ZohoSession,
  type ZohoTicket,
} from './zoho-records.ts';
import { mapResult, type ZohoResult } from './zoho-result.ts';

/** Zoho Desk's API, as far as Vigia uses it. Results are values; see zoho-result.ts for what a call can come to. */
export interface ZohoClient {
  getSession(id: string, signal: AbortSignal): Promise<ZohoResult<ZohoSession>>;
  /** May be repeated. `agentId` is a Desk agent id, `botId` a `deskBotId`. */
  patchSession(id: string, change: SessionChange, signal: AbortSignal): Promise<ZohoResult<ZohoSession>>;
  /** One page. */
  listSessions(filter: SessionFilter, signal: AbortSignal): Promise<ZohoResult<SessionPage>>;
  /** The tickets of a session, newest first as Zoho lists them. */
  sessionTickets(id: string, signal: AbortSignal): Promise<ZohoResult<ZohoTicket[]>>;
  listChannels(signal: AbortSignal): Promise<ZohoResult<ZohoChannel[]>>;
  getChannel(id: string, signal: AbortSignal): Promise<ZohoResult<ZohoChannel>>;
  listBots(signal: AbortSignal): Promise<ZohoResult<ZohoBot[]>>;
  listAgents(signal: AbortSignal): Promise<ZohoResult<ZohoAgent[]>>;
  getAgent(id: string, signal: AbortSignal): Promise<ZohoResult<ZohoAgent>>;
  getAgentByZuid(zuid: string, signal: AbortSignal): Promise<ZohoResult<ZohoAgent>>;
  /** All agents of a department (`-1`: of all departments), online or not. */
  agentAvailability(departmentId: string, signal: AbortSignal): Promise<ZohoResult<ZohoAvailability[]>>;
  onlineAgents(departmentId: string, signal: AbortSignal): Promise<ZohoResult<ZohoAvailability[]>>;
  getTicket(id: string, signal: AbortSignal): Promise<ZohoResult<ZohoTicket>>;
  patchTicket(id: string, change: Record<string, unknown>, signal: AbortSignal): Promise<ZohoResult<ZohoTicket>>;
  /** Adds a comment at every call: never repeat one whose answer was `lost` unasked. */
  commentTicket(id: string, comment: TicketComment, signal: AbortSignal): Promise<ZohoResult<{ id?: string }>>;
}

export interface SessionChange {
  agentId?: string;
  botId?: string;
  status?: string;
}

export interface SessionFilter {
  statuses?: readonly string[];
  departmentId?: string;
  channelIds?: readonly string[];
  agentId?: string;
  contactId?: string;
  assigneeFilter?: 'MINE' | 'UNASSIGNED' | 'NONE' | 'BOT';
  /** Epoch ms. */
  modifiedAfter?: number;
  createdAfter?: number;
  createdBefore?: number;
  /** Index of the first record, from 0. */
  from?: number;
  limit?: number;
}

export interface SessionPage {
  sessions: ZohoSession[];
  /** `from` of the next page; absent on the last. */
  next?: number;
}

/** Plain text, at most 32,000 characters. */
export interface TicketComment {
  content: string;
  isPublic: boolean;
}

export interface ZohoClientOptions {
  /** Such as https://desk.zoho.eu and https://accounts.zoho.eu, without a slash at the end. */
  deskUrl: string;
  accountsUrl: string;
  orgId: string;
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  clock: Clock;
  tokens: TokenStore;
  /** Calls in flight at once; default 4, one below what the smallest edition allows the whole portal. */
  concurrency?: number;
  fetch?: Fetch;
  timeoutMs?: number;
  random?: () => number;
}

export const ZOHO_TIMEOUT_MS = 10_000;
/** Zoho documents no maximum for sessions; the lists beside it end at 50. */
export const SESSION_PAGE = 50;
const AVAILABILITY_PAGE = 50;
const BOT_PAGE = 50;
const AGENT_PAGE = 200;
const MAX_ONLINE_AGENTS = 6_000;
/** A list that never ends is a fault of the other side; no portal has this many pages. */
const MAX_PAGES = 60;

/** The id of a record in a path. */
const part = encodeURIComponent;

export function createZohoClient(options: ZohoClientOptions): ZohoClient {
  const { clock, fetch = globalThis.fetch, timeoutMs = ZOHO_TIMEOUT_MS, random = Math.random } = options;
  const tokens = createAccessTokens({ ...options, store: options.tokens, fetch, timeoutMs });
  const { deskUrl, orgId, concurrency = 4 } = options;
  const http = createZohoHttp({ deskUrl, orgId, tokens, clock, fetch, concurrency, timeoutMs, random });

  /** A record; an empty or unreadable answer to a read is `not_found` or `unavailable`, to a change `lost`. */
  async function one<T>(call: ZohoCall, schema: z.ZodType<T>, signal: AbortSignal): Promise<ZohoResult<T>> {
    const result = await http.request(call, signal);
    if (!result.ok) return result;
    const isRead = call.method === 'GET';
    if (result.value === undefined && isRead)
      return { ok: false, kind: 'not_found', reason: 'Zoho Desk has no such record' };
    const parsed = schema.safeParse(result.value);
    if (parsed.success) return { ...result, value: parsed.data };
    const reason = `Zoho Desk answered ${call.method} ${call.path.replace(/\d+/g, '…')} with an unknown shape`;
    return { ok: false, kind: isRead ? 'unavailable' : 'lost', reason };
  }

  async function page<S extends z.ZodType>(call: ZohoCall, item: S, signal: AbortSignal) {
    const result = await http.request(call, signal);
    if (!result.ok) return result;
    const parsed = listSchema(item).safeParse(result.value ?? {});
    if (parsed.success) return { ...result, value: parsed.data };
    const reason = `Zoho Desk answered GET ${call.path.replace(/\d+/g, '…')} with an unknown shape`;
    return { ok: false as const, kind: 'unavailable' as const, reason };
  }

  /** All pages of a list. A page that says nothing of more is the last when it is not full. */
  async function all<S extends z.ZodType>(
    path: string,
    query: Record<string, string | number | undefined>,
    limit: number,
    item: S,
    signal: AbortSignal,
  ): Promise<ZohoResult<z.output<S>[]>> {
    const items: z.output<S>[] = [];
    let from = 0;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const result = await page({ method: 'GET', path, query: { ...query, from, limit } }, item, signal);
      if (!result.ok) return result;
      items.push(...result.value.items);
      from += result.value.length;
      if (result.value.length === 0 || !(result.value.hasMore ?? result.value.length === limit)) break;
    }
    return { ok: true, value: items };
  }

  const get = (path: string, query?: ZohoCall['query']): ZohoCall => ({
    method: 'GET',
    path,
    ...(query === undefined ? {} : { query }),
  });

  return {
    getSession: (id, signal) => one(get(`/im/sessions/${part(id)}`), sessionSchema, signal),
    patchSession: (id, body, signal) =>
      one({ method: 'PATCH', path: `/im/sessions/${part(id)}`, body }, sessionSchema, signal),
    listSessions: async (filter, signal) => {
      const { from = 0, limit = SESSION_PAGE } = filter;
      const result = await page(get('/im/sessions', toSessionQuery(filter, from, limit)), sessionSchema, signal);
      return mapResult(result, ({ items, length, hasMore }) => ({
        sessions: items,
        ...(length > 0 && (hasMore ?? length === limit) ? { next: from + length } : {}),
      }));
    },
    sessionTickets: async (id, signal) =>
      mapResult(await page(get(`/im/sessions/${part(id)}/tickets`), ticketSchema, signal), ({ items }) => items),
    // Its OpenAPI file names no paging parameters, and an unknown parameter is refused.
    listChannels: async (signal) =>
      mapResult(await page(get('/im/channels'), channelSchema, signal), ({ items }) => items),
    getChannel: (id, signal) => one(get(`/im/channels/${part(id)}`), channelSchema, signal),
    listBots: (signal) => all('/im/bots', {}, BOT_PAGE, botSchema, signal),
    listAgents: (signal) => all('/agents', {}, AGENT_PAGE, agentSchema, signal),
    getAgent: (id, signal) => one(get(`/agents/${part(id)}`), agentSchema, signal),
    getAgentByZuid: (zuid, signal) => one(get(`/agents/zuid/${part(zuid)}`), agentSchema, signal),
    agentAvailability: (departmentId, signal) =>
      all('/agentAvailability', { departmentId, include: 'chatStatus' }, AVAILABILITY_PAGE, availabilitySchema, signal),
    onlineAgents: async (departmentId, signal) => {
      const query = { departmentId, include: 'chatStatus', limit: MAX_ONLINE_AGENTS };
      return mapResult(await page(get('/onlineAgents', query), availabilitySchema, signal), ({ items }) => items);
    },
    getTicket: (id, signal) => one(get(`/tickets/${part(id)}`), ticketSchema, signal),
    patchTicket: (id, body, signal) =>
      one({ method: 'PATCH', path: `/tickets/${part(id)}`, body }, ticketSchema, signal),
    commentTicket: async (id, { content, isPublic }, signal) => {
      const body = { content, isPublic, contentType: 'plainText' };
      const call: ZohoCall = { method: 'POST', path: `/tickets/${part(id)}/comments`, body };
      // A 2xx means that it was added, whatever its body says.
      return mapResult(await http.request(call, signal), (value) => {
        const commentId = commentSchema.safeParse(value).data?.id;
        return commentId === undefined ? {} : { id: commentId };
      });
    },
  };
}

function toSessionQuery(filter: SessionFilter, from: number, limit: number): NonNullable<ZohoCall['query']> {
  return {
    status: filter.statuses?.join(','),
    departmentId: filter.departmentId,
    channelId: filter.channelIds?.join(','),
    agentId: filter.agentId,
    contactId: filter.contactId,
    assigneeFilter: filter.assigneeFilter,
    modifiedAfter: toIso(filter.modifiedAfter),
    createdAfter: toIso(filter.createdAfter),
    createdBefore: toIso(filter.createdBefore),
    from,
    limit,
  };
}

/** `yyyy-MM-ddThh:mm:ss.SSSZ`, as Zoho wants it. */
function toIso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/**
 * All sessions that match, page by page. Chats move between pages while they are read: each counts once, as it was seen
 * first. `complete` is false when `maxPages` were not enough.
 */
export async function listAllSessions(
  client: Pick<ZohoClient, 'listSessions'>,
  filter: SessionFilter,
  signal: AbortSignal,
  maxPages = MAX_PAGES,
): Promise<ZohoResult<{ sessions: ZohoSession[]; complete: boolean }>> {
  const byId = new Map<string, ZohoSession>();
  let from: number | undefined = 0;
  for (let pages = 0; from !== undefined && pages < maxPages; pages += 1) {
    const result: ZohoResult<SessionPage> = await client.listSessions({ ...filter, from }, signal);
    if (!result.ok) return result;
    for (const session of result.value.sessions) if (!byId.has(session.id)) byId.set(session.id, session);
    from = result.value.next;
  }
  return { ok: true, value: { sessions: [...byId.values()], complete: from === undefined } };
}
