/** `/im/sessions`: read, list, change, its tickets, and messages to the customer. */
import type { Hono } from 'hono';
import { isJsonObject } from '../../domain/json.ts';
import type { StandInEnv } from '../http/stand-in-app.ts';
import type { Desk } from './desk.ts';
import type { DeskSession } from './desk-session.ts';
import { invalidQuery, readCount, readIds, readQuery, readTime } from './query.ts';
import { invalidField, ZohoRefusal, zohoErrors } from './refusals.ts';
import { type RouteDeps, readBody } from './route-deps.ts';
import { toMessageJson, toSessionJson } from './session-json.ts';
import { readSessionPatch } from './session-patch.ts';
import { toTicketJson } from './ticket-json.ts';

const LIST_PARAMETERS = [
  'status',
  'assigneeFilter',
  'departmentId',
  'channelId',
  'agentId',
  'botIds',
  'contactId',
  'profileId',
  'modifiedAfter',
  'createdAfter',
  'createdBefore',
  'excludeSyncingChannels',
  'from',
  'limit',
] as const;
const LISTED_STATUSES = ['OPEN', 'ENDED', 'ON_PROGRESS', 'ON_HOLD', 'BLOCKED'];
const MAX_MESSAGE = 5000;

export function addSessionRoutes(app: Hono<StandInEnv>, { clock, desk, baseUrl, assignAlone }: RouteDeps): void {
  const find = (id: string): DeskSession => {
    const session = desk.sessions.get(id);
    if (session === undefined) throw new ZohoRefusal(zohoErrors.notFound());
    return session;
  };

  app.get('/api/v1/im/sessions', (c) => {
    const query = readQuery(c, LIST_PARAMETERS);
    const matches = sessionFilter(desk, query);
    const from = readCount('from', query.from, 0, 0, 100_000);
    const limit = readCount('limit', query.limit, 50, 1, 100);
    const found = [...desk.sessions.values()].filter(matches).sort((a, b) => b.modifiedAt - a.modifiedAt);
    const page = found.slice(from, from + limit);
    if (page.length === 0) return c.body(null, 204);
    return c.json({
      data: page.map((session) => toSessionJson(desk, session, baseUrl())),
      hasMore: found.length > from + limit,
    });
  });

  app.get('/api/v1/im/sessions/:id', (c) => {
    readQuery(c, []);
    return c.json(toSessionJson(desk, find(c.req.param('id')), baseUrl()));
  });

  app.patch('/api/v1/im/sessions/:id', async (c) => {
    readQuery(c, []);
    const session = find(c.req.param('id'));
    const change = readSessionPatch(desk, session, await readBody(c.req.text()), assignAlone);
    return c.json(toSessionJson(desk, desk.changeSession(session.id, change, clock.now(), 'api'), baseUrl()));
  });

  app.get('/api/v1/im/sessions/:id/tickets', (c) => {
    readQuery(c, ['from', 'limit', 'include']);
    const session = find(c.req.param('id'));
    return c.json({ data: [toTicketJson(desk, session, baseUrl())] });
  });

  app.post('/api/v1/im/sessions/:id/messages', async (c) => {
    const session = find(c.req.param('id'));
    const body = await readBody(c.req.text());
    const text = isJsonObject(body) ? body.message : undefined;
    if (typeof text !== 'string' || text === '' || text.length > MAX_MESSAGE) {
      throw invalidField('/message', '1 to 5000 characters.');
    }
    // Only the assignee may write to the customer, and the token acts for one agent.
    if (session.assignee?.id !== desk.world.tokenAgentId) throw new ZohoRefusal(zohoErrors.forbidden());
    const at = clock.now();
    const message = desk.addMessage(session.id, { direction: 'OUT', text, at }, 'api');
    if (session.status === 'ON_HOLD') desk.changeSession(session.id, { status: 'ON_PROGRESS' }, at, 'api');
    return c.json(toMessageJson(desk, session, message, baseUrl()));
  });
}

type ListQuery = Partial<Record<(typeof LIST_PARAMETERS)[number], string>>;

function sessionFilter(desk: Desk, query: ListQuery): (session: DeskSession) => boolean {
  const statuses = query.status?.split(',');
  if (statuses?.some((status) => !LISTED_STATUSES.includes(status))) throw invalidQuery('status');
  const channels = readIds('channelId', query.channelId);
  const bots = readIds('botIds', query.botIds);
  const agents = readIds('agentId', query.agentId, 1);
  const departments = readIds('departmentId', query.departmentId, 1);
  const contacts = readIds('contactId', query.contactId, 1);
  const profiles = readIds('profileId', query.profileId, 1);
  const modifiedAfter = readTime('modifiedAfter', query.modifiedAfter) ?? Number.NEGATIVE_INFINITY;
  const createdAfter = readTime('createdAfter', query.createdAfter) ?? Number.NEGATIVE_INFINITY;
  const createdBefore = readTime('createdBefore', query.createdBefore) ?? Number.POSITIVE_INFINITY;
  const assigned = assigneeFilter(desk, query.assigneeFilter);
  return (session) =>
    (statuses?.includes(session.status) ?? true) &&
    (channels?.includes(session.channelId) ?? true) &&
    (bots === undefined || (session.assignee?.type === 'BOT' && bots.includes(session.assignee.id))) &&
    (agents === undefined || (session.assignee?.type === 'AGENT' && agents.includes(session.assignee.id))) &&
    (departments?.includes(desk.getChannel(session.channelId).departmentId) ?? true) &&
    (contacts?.includes(session.contact.contactId) ?? true) &&
    (profiles?.includes(session.contact.id) ?? true) &&
    session.modifiedAt > modifiedAfter &&
    session.createdAt > createdAfter &&
    session.createdAt < createdBefore &&
    assigned(session);
}

function assigneeFilter(desk: Desk, name: string | undefined): (session: DeskSession) => boolean {
  switch (name) {
    case undefined:
    case 'NONE':
      return () => true;
    case 'MINE':
      return (session) => session.assignee?.id === desk.world.tokenAgentId;
    case 'UNASSIGNED':
      return (session) => session.assignee === undefined;
    case 'BOT':
      return (session) => session.assignee?.type === 'BOT';
    default:
      throw invalidQuery('assigneeFilter');
  }
}
