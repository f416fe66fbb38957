import type { RuleActionType } from '../../domain/action.ts';
import {
  findAgentId,
  findBotId,
  findDepartmentId,
  findSlackChannel,
  findSlackUser,
  findTeamAgents,
} from '../../domain/directory.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';

/**
 * Names in rendered params become ids: an agent, a bot, a department, a team, a Slack user or channel may be written by
 * the name that directory.json gives it. What the directory does not know is taken for an id where it can be one; a
 * Slack channel is sent as it was written, since Slack knows `#name` too.
 */
type Resolved = { ok: true; params: JsonObject } | { ok: false; reason: string };

/** Ids of Zoho are digits; a text with no digit or with a blank in it is a name that nobody knows. */
function isIdLike(text: string): boolean {
  return /^(?=.*\d)[A-Za-z0-9_-]{1,64}$/.test(text);
}

type Find = (directory: Directory, idOrName: string) => string | undefined;

const KINDS = {
  agent: findAgentId,
  bot: findBotId,
  department: findDepartmentId,
} satisfies Record<string, Find>;

class UnknownName extends Error {}

export function resolveNames(type: RuleActionType, params: JsonObject, directory: Directory): Resolved {
  const toId = (kind: keyof typeof KINDS, parameter: string, value: Json): string => {
    const text = String(value);
    const id = KINDS[kind](directory, text) ?? (isIdLike(text) ? text : undefined);
    if (id === undefined) throw new UnknownName(`${parameter}: directory.json has no ${kind} of that name`);
    return id;
  };
  const resolved = { ...params };
  try {
    switch (type) {
      case 'slack.alert':
      case 'slack.post':
        if (typeof params.channel === 'string')
          resolved.channel = findSlackChannel(directory, params.channel) ?? params.channel;
        if (typeof params.mention === 'string')
          resolved.mention = findSlackUser(directory, params.mention) ?? params.mention;
        break;
      case 'zoho.assignSession':
        if (params.agentId !== undefined) resolved.agentId = toId('agent', 'agentId', params.agentId);
        if (params.botId !== undefined) resolved.botId = toId('bot', 'botId', params.botId);
        if (isJsonObject(params.from)) resolved.from = resolveFrom(params.from, directory, toId);
        break;
      case 'zoho.updateTicket':
        if (params.assigneeId !== undefined) resolved.assigneeId = toId('agent', 'assigneeId', params.assigneeId);
        break;
    }
  } catch (error) {
    if (error instanceof UnknownName) return { ok: false, reason: error.message };
    throw error;
  }
  return { ok: true, params: resolved };
}

/** A team becomes the list of its agents, so that a destination knows departments and agents only. */
function resolveFrom(
  from: JsonObject,
  directory: Directory,
  toId: (kind: keyof typeof KINDS, parameter: string, value: Json) => string,
): JsonObject {
  const { team, agents, department, ...rest } = from;
  const resolved: JsonObject = { ...rest };
  if (department !== undefined) resolved.department = toId('department', 'from.department', department);
  if (Array.isArray(agents)) resolved.agents = agents.map((agent) => toId('agent', 'from.agents', agent));
  if (team !== undefined) {
    const ids = findTeamAgents(directory, String(team));
    if (ids === undefined) throw new UnknownName('from.team: directory.json has no team of that name');
    resolved.agents = ids;
  }
  return resolved;
}
