/** What the portal is made of: `/departments`, `/im/channels`, `/im/bots`. */
import type { Hono } from 'hono';
import type { JsonObject } from '../../domain/json.ts';
import type { StandInEnv } from '../http/stand-in-app.ts';
import type { WorldBot, WorldChannel, WorldDepartment } from '../world.ts';
import type { Desk } from './desk.ts';
import { readCount, readQuery } from './query.ts';
import { ZohoRefusal, zohoErrors } from './refusals.ts';
import type { RouteDeps } from './route-deps.ts';

export function addPortalRoutes(app: Hono<StandInEnv>, { desk, baseUrl }: RouteDeps): void {
  const { world } = desk;
  const notFound = () => new ZohoRefusal(zohoErrors.notFound());

  app.get('/api/v1/departments', (c) => {
    const query = readQuery(c, ['chatStatus', 'searchStr', 'isEnabled', 'from', 'limit']);
    const from = readCount('from', query.from, 0, 0, 10_000);
    const limit = readCount('limit', query.limit, 10, 1, 200);
    const data = query.isEnabled === 'false' ? [] : world.departments.slice(from, from + limit);
    return data.length === 0 ? c.body(null, 204) : c.json({ data: data.map(toDepartmentJson) });
  });

  app.get('/api/v1/departments/:id', (c) => {
    readQuery(c, []);
    const department = world.departments.find((one) => one.id === c.req.param('id'));
    if (department === undefined) throw notFound();
    return c.json(toDepartmentJson(department));
  });

  app.get('/api/v1/im/channels', (c) => {
    const query = readQuery(c, ['departmentId', 'integrationServiceId', 'include', 'isActive', 'isSandBox']);
    const data = world.channels
      .filter((one) => query.departmentId === undefined || one.departmentId === query.departmentId)
      .filter((one) => query.integrationServiceId === undefined || one.integration === query.integrationServiceId);
    return data.length === 0
      ? c.body(null, 204)
      : c.json({ data: data.map((one) => toChannelJson(desk, one, baseUrl())) });
  });

  app.get('/api/v1/im/channels/:id', (c) => {
    readQuery(c, ['include']);
    const channel = world.channels.find((one) => one.id === c.req.param('id'));
    if (channel === undefined) throw notFound();
    return c.json(toChannelJson(desk, channel, baseUrl()));
  });

  app.get('/api/v1/im/bots', (c) => {
    const query = readQuery(c, ['departmentId', 'from', 'limit', 'type', 'statuses', 'name', 'include', 'channels']);
    const from = readCount('from', query.from, 0, 0, 10_000);
    const limit = readCount('limit', query.limit, 50, 1, 50);
    const found = world.bots.filter(
      (one) => query.departmentId === undefined || one.departmentId === query.departmentId,
    );
    const data = found.slice(from, from + limit).map((one) => toBotJson(desk, one));
    return data.length === 0 ? c.body(null, 204) : c.json({ data, hasMore: found.length > from + limit });
  });

  app.get('/api/v1/im/bots/:id', (c) => {
    readQuery(c, []);
    const bot = world.bots.find((one) => one.id === c.req.param('id'));
    if (bot === undefined) throw notFound();
    return c.json({ ...toBotJson(desk, bot), preference: null });
  });
}

function toDepartmentJson({ id, name }: WorldDepartment): JsonObject {
  return {
    id,
    name,
    nameInCustomerPortal: name,
    sanitizedName: name.toLowerCase(),
    description: null,
    isEnabled: true,
    isDefault: false,
    isAssignToTeamEnabled: false,
    isVisibleInCustomerPortal: true,
    hasLogo: false,
    chatStatus: 'AVAILABLE',
    createdTime: '2025-07-21T05:28:15.000Z',
  };
}

function toChannelJson(desk: Desk, channel: WorldChannel, baseUrl: string): JsonObject {
  const bot = desk.world.bots.find((one) => one.id === channel.botId);
  return {
    id: channel.id,
    name: channel.name,
    appName: channel.name,
    code: channel.code,
    accountName: channel.account,
    integrationServiceType: channel.integration,
    departmentId: channel.departmentId,
    defaultBotId: bot?.id ?? '-1',
    isActive: true,
    isAuthorizationPending: desk.isRevoked(channel.id),
    isSubscribed: !desk.isRevoked(channel.id),
    isDeleted: false,
    isOwner: true,
    isSandBox: false,
    isStorageEnabled: false,
    createdBy: desk.world.tokenAgentId,
    createdTime: '2025-07-21T05:28:15.482Z',
    authenticationURL: null,
    universalLink: null,
    callsUniversalLink: null,
    photoURL: `${baseUrl}/api/v1/channels/${channel.code.toLowerCase()}/photo?orgId=${desk.world.orgId}`,
  };
}

function toBotJson(desk: Desk, bot: WorldBot): JsonObject {
  return {
    id: bot.id,
    deskBotId: bot.deskBotId,
    name: bot.name,
    type: 'gc',
    status: 'enabled',
    description: '',
    departmentId: bot.departmentId,
    associatedChannels: desk.world.channels.filter((one) => one.botId === bot.id).map((one) => one.id),
    createdBy: desk.world.tokenAgentId,
    createdTime: '2025-07-21T05:29:03.087Z',
  };
}
