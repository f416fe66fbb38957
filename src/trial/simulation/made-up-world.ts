import type { Directory } from '../../domain/rule.ts';
import type { World } from '../../domain/test-file.ts';

/** Who and what the simulated chats have to do with: the directory's own, so that rules that name them act. */
export interface People {
  /** As events name an agent. */
  agentId: string;
  botId: string;
}

/** Bounds of a test file's world, which a reproduction is written into. */
const MAX_AGENTS = 500;
const MAX_CHANNELS = 200;

/** Stand for what the directory does not name. */
const DEPARTMENT = 'd1';
const CHANNEL = 'c1';
const AGENTS = ['a1', 'a2'] as const;

/** Every agent is online and in every department, so that whoever a rule picks from is there. */
export function makeUpWorld({ agents, channels, departments }: Directory): World {
  const all = departments.size === 0 ? [DEPARTMENT] : [...departments.keys()].slice(0, 50);
  const listed = [...agents].map(([id, { name, zuid }]) => ({ id, name, ...(zuid === undefined ? {} : { zuid }) }));
  const madeUp = AGENTS.filter((id) => !agents.has(id)).map((id) => ({ id, name: `Agent ${id}` }));
  const everybody = listed.length > 1 ? listed : [...listed, ...madeUp];
  const places = [...channels].map(([id, { name, departmentId = all[0], integration }]) => ({
    id,
    name,
    ...(departmentId === undefined ? {} : { departmentId }),
    ...(integration === undefined ? {} : { integration }),
  }));
  return {
    agents: everybody.slice(0, MAX_AGENTS).map((agent) => ({ ...agent, departments: all })),
    channels: places.length === 0 ? [aChannel(CHANNEL, all)] : places.slice(0, MAX_CHANNELS),
  };
}

/** A channel that only a rule names. */
export function aChannel(id: string, departments: readonly string[], integration = 'WHATSAPP') {
  return { id, name: `Channel ${id}`, departmentId: departments[0] ?? DEPARTMENT, integration };
}

export function findPeople(world: World, { bots }: Directory): People {
  const [agent] = world.agents ?? [];
  return { agentId: agent?.zuid ?? agent?.id ?? AGENTS[0], botId: [...bots.keys()][0] ?? 'b1' };
}
