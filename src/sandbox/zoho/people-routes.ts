/** `/agents`, and who is available. */
import type { Hono } from 'hono';
import type { JsonObject } from '../../domain/json.ts';
import type { StandInEnv } from '../http/stand-in-app.ts';
import type { WorldAgent } from '../world.ts';
import type { Desk } from './desk.ts';
import { invalidQuery, readCount, readIds, readQuery } from './query.ts';
import { ZohoRefusal, zohoErrors } from './refusals.ts';
import type { RouteDeps } from './route-deps.ts';

export function addPeopleRoutes(app: Hono<StandInEnv>, { desk, baseUrl }: RouteDeps): void {
  const { world } = desk;
  const notFound = () => new ZohoRefusal(zohoErrors.notFound());

  app.get('/api/v1/agents', (c) => {
    const query = readQuery(c, ['departmentIds', 'status', 'searchStr', 'include', 'sortOrder', 'from', 'limit']);
    const from = readCount('from', query.from, 0, 0, 100_000);
    const limit = readCount('limit', query.limit, 10, 1, 200);
    const departments = readIds('departmentIds', query.departmentIds);
    const search = query.searchStr?.toLowerCase();
    const data = world.agents
      .filter((one) => departments?.some((id) => one.departmentIds.includes(id)) ?? true)
      .filter((one) => search === undefined || `${fullName(one)} ${one.email}`.toLowerCase().includes(search))
      .slice(from, from + limit);
    return data.length === 0 ? c.body(null, 204) : c.json({ data: data.map((one) => toAgentJson(one, baseUrl())) });
  });

  app.get('/api/v1/agents/:id', (c) => {
    readQuery(c, ['include']);
    const agent = world.agents.find((one) => one.id === c.req.param('id'));
    if (agent === undefined) throw notFound();
    return c.json(toAgentJson(agent, baseUrl()));
  });

  // An unknown ZUID or address is "no content" in Zoho's OpenAPI file, not 404.
  app.get('/api/v1/agents/zuid/:zuid', (c) => {
    const agent = world.agents.find((one) => one.zuid === c.req.param('zuid'));
    return agent === undefined ? c.body(null, 204) : c.json(toAgentJson(agent, baseUrl()));
  });

  app.get('/api/v1/agents/email/:email', (c) => {
    const agent = world.agents.find((one) => one.email === c.req.param('email').toLowerCase());
    return agent === undefined ? c.body(null, 204) : c.json(toAgentJson(agent, baseUrl()));
  });

  app.get('/api/v1/agentAvailability', (c) => {
    const query = readQuery(c, ['departmentId', 'include', 'from', 'limit']);
    const from = readCount('from', query.from, 0, 0, 5999);
    const limit = readCount('limit', query.limit, 50, 1, 50);
    const found = agentsOf(desk, query.departmentId);
    return c.json(availability(desk, found, query.include, from, limit));
  });

  app.get('/api/v1/onlineAgents', (c) => {
    const query = readQuery(c, ['departmentId', 'include', 'limit']);
    const limit = readCount('limit', query.limit, 20, 1, 6000);
    const found = agentsOf(desk, query.departmentId).filter((agent) => desk.isOnline(agent.id));
    return c.json(availability(desk, found, query.include, 0, limit));
  });
}

/** The agents of a department; `-1` means all that the token may see. */
function agentsOf(desk: Desk, departmentId: string | undefined): WorldAgent[] {
  if (departmentId === '-1') return desk.world.agents.filter((agent) => agent.departmentIds.length > 0);
  if (!desk.world.departments.some((one) => one.id === departmentId)) throw invalidQuery('departmentId');
  return desk.world.agents.filter((agent) => agent.departmentIds.includes(departmentId ?? ''));
}

const INCLUDABLE = ['chatStatus', 'mailStatus', 'phoneStatus', 'presenceStatus', 'phoneMode'];

function availability(
  desk: Desk,
  agents: WorldAgent[],
  include: string | undefined,
  from: number,
  limit: number,
): JsonObject {
  const extra = include?.split(',') ?? [];
  if (extra.some((name) => !INCLUDABLE.includes(name))) throw invalidQuery('include');
  const data = agents.slice(from, from + limit).map((agent) => {
    const status = desk.isOnline(agent.id) ? 'ONLINE' : 'OFFLINE';
    const values: JsonObject = {
      chatStatus: status,
      mailStatus: 'OFFLINE',
      phoneStatus: 'OFFLINE',
      presenceStatus: status,
      phoneMode: 'WEB',
    };
    const row: JsonObject = { agentId: agent.id, status };
    for (const name of extra) row[name] = values[name] ?? null;
    return row;
  });
  return { data, totalAgentsCount: String(agents.length), hasMore: agents.length > from + limit };
}

function fullName(agent: WorldAgent): string {
  return `${agent.firstName} ${agent.lastName}`;
}

function toAgentJson(agent: WorldAgent, baseUrl: string): JsonObject {
  return {
    id: agent.id,
    zuid: agent.zuid,
    firstName: agent.firstName,
    lastName: agent.lastName,
    name: fullName(agent),
    emailId: agent.email,
    status: 'ACTIVE',
    isConfirmed: true,
    rolePermissionType: 'AgentPublic',
    associatedDepartmentIds: agent.departmentIds,
    photoURL: `${baseUrl}/api/v1/agents/${agent.id}/photo`,
  };
}
