import type { Directory } from './rule.ts';

/**
 * Looking things up in directory.json: wherever a rule names an agent, a bot, a department, a team or a Slack user, it
 * may write the id or the readable name. Names compare without regard to case and surrounding blanks.
 */
interface NameIndex {
  agents: Map<string, string>;
  bots: Map<string, string>;
  channels: Map<string, string>;
  departments: Map<string, string>;
  teams: Map<string, string[]>;
  slackUsers: Map<string, string>;
}

const indexes = new WeakMap<Directory, NameIndex>();

/** How names are compared. */
export function nameKey(name: string): string {
  return name.trim().normalize('NFC').toLowerCase();
}

/** Made once per directory: a directory does not change after it was loaded. */
function indexOf(directory: Directory): NameIndex {
  const known = indexes.get(directory);
  if (known !== undefined) return known;
  const byName = (entries: Map<string, { name: string }>) =>
    new Map([...entries].map(([id, { name }]) => [nameKey(name), id]));
  const index: NameIndex = {
    agents: byName(directory.agents),
    bots: byName(directory.bots),
    channels: byName(directory.channels),
    departments: byName(directory.departments),
    teams: new Map([...directory.teams].map(([name, ids]) => [nameKey(name), ids])),
    slackUsers: new Map(
      [...directory.agents.values()].flatMap(({ name, slack }) =>
        slack === undefined ? [] : [[nameKey(name), slack]],
      ),
    ),
  };
  for (const [name, id] of directory.slackUsers) index.slackUsers.set(nameKey(name), id);
  indexes.set(directory, index);
  return index;
}

/** Desk agent id of an agent given by Desk id, Zoho user id (ZUID) or name. */
export function findAgentId(directory: Directory, idOrName: string): string | undefined {
  if (directory.agents.has(idOrName)) return idOrName;
  return directory.agentIdByZuid.get(idOrName) ?? indexOf(directory).agents.get(nameKey(idOrName));
}

export function findBotId(directory: Directory, idOrName: string): string | undefined {
  return directory.bots.has(idOrName) ? idOrName : indexOf(directory).bots.get(nameKey(idOrName));
}

export function findChannelId(directory: Directory, idOrName: string): string | undefined {
  return directory.channels.has(idOrName) ? idOrName : indexOf(directory).channels.get(nameKey(idOrName));
}

export function findDepartmentId(directory: Directory, idOrName: string): string | undefined {
  return directory.departments.has(idOrName) ? idOrName : indexOf(directory).departments.get(nameKey(idOrName));
}

/** Desk agent ids of a team given by key or name. */
export function findTeamAgents(directory: Directory, team: string): string[] | undefined {
  return indexOf(directory).teams.get(nameKey(team));
}

/** Slack id of a user or group by its name in the directory, or of an agent by the agent's name. */
export function findSlackUser(directory: Directory, name: string): string | undefined {
  return indexOf(directory).slackUsers.get(nameKey(name.replace(/^@/, '')));
}

/** Slack channel id of `#name` (the `#` may be missing). */
export function findSlackChannel(directory: Directory, name: string): string | undefined {
  return directory.slackChannels.get(name.startsWith('#') ? name : `#${name}`);
}

/** The readable name of an id of any kind: agents by Desk id or ZUID, channels, departments, bots. */
export function findName(directory: Directory, id: string): string | undefined {
  const agentId = directory.agents.has(id) ? id : directory.agentIdByZuid.get(id);
  if (agentId !== undefined) return directory.agents.get(agentId)?.name;
  return (directory.channels.get(id) ?? directory.departments.get(id) ?? directory.bots.get(id))?.name;
}

/** A directory that names nothing. */
export function emptyDirectory(): Directory {
  return {
    channels: new Map(),
    departments: new Map(),
    agents: new Map(),
    agentIdByZuid: new Map(),
    bots: new Map(),
    teams: new Map(),
    slackUsers: new Map(),
    slackChannels: new Map(),
  };
}

/** The name of the person who has this Slack user id: an agent's, or the one that the directory gives Slack users. */
export function findSlackName({ agents, slackUsers }: Directory, userId: string): string | undefined {
  for (const { name, slack } of agents.values()) if (slack === userId) return name;
  for (const [name, id] of slackUsers) if (id === userId) return name;
  return undefined;
}
