import type { Clock } from '../../domain/clock.ts';
import type { Directory } from '../../domain/rule.ts';
import { createTtlCache } from './ttl-cache.ts';
import type { ZohoClient } from './zoho-client.ts';
import { mapResult, type ZohoResult } from './zoho-result.ts';

/**
 * What rules and webhooks call people and places → the ids that Zoho's API takes. The directory is asked first, then
 * Zoho, whose answers are kept for some minutes. `undefined` as a value: nobody knows it.
 */
export interface DeskNames {
  /**
   * Desk agent id of a name, a Desk agent id or a ZUID (which webhooks carry as currentAssigneeId, and which no call
   * takes).
   */
  agentId(written: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>>;
  agentName(agentId: string, signal: AbortSignal): Promise<string | undefined>;
  /** `deskBotId` of a name, a deskBotId or an IM bot id. */
  botId(written: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>>;
  departmentId(written: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>>;
  departmentOfChannel(channelId: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>>;
  /** Desk agent ids of a team of the directory. */
  team(written: string): string[] | undefined;
}

const KEEP_MS = 600_000;
const MAX_ENTRIES = 2_000;

const isId = (text: string) => /^\d+$/.test(text);
const same = (name: string | undefined, written: string) => name?.toLowerCase() === written.toLowerCase();

export function createDeskNames(deps: { client: ZohoClient; directory: () => Directory; clock: Clock }): DeskNames {
  const { client, clock, directory } = deps;
  const cache = <T>() =>
    createTtlCache<ZohoResult<T>>({ clock, ttlMs: KEEP_MS, maxEntries: MAX_ENTRIES, isLasting: (result) => result.ok });
  const agentIds = cache<string | undefined>();
  const agentNames = cache<string | undefined>();
  const departments = cache<string | undefined>();
  const channels = cache<string | undefined>();
  const bots = cache<string | undefined>();

  async function findAgent(written: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>> {
    if (!isId(written)) {
      return mapResult(await client.listAgents(signal), (agents) => agents.find(({ name }) => same(name, written))?.id);
    }
    const byZuid = orAbsent(await client.getAgentByZuid(written, signal));
    if (!byZuid.ok || byZuid.value !== undefined) return mapResult(byZuid, (agent) => agent?.id);
    return mapResult(orAbsent(await client.getAgent(written, signal)), (agent) => agent?.id);
  }

  return {
    agentId: async (written, signal) => {
      const { agents, agentIdByZuid } = directory();
      const known = agents.has(written) ? written : (agentIdByZuid.get(written) ?? findByName(agents, written));
      return known !== undefined ? found(known) : agentIds.get(written, () => findAgent(written, signal));
    },
    agentName: async (agentId, signal) => {
      const known = directory().agents.get(agentId)?.name;
      if (known !== undefined) return known;
      const result = await agentNames.get(agentId, async () =>
        mapResult(orAbsent(await client.getAgent(agentId, signal)), (agent) => agent?.name),
      );
      return result.ok ? result.value : undefined;
    },
    botId: async (written, signal) => {
      const known = directory().bots;
      const id = known.has(written) ? written : findByName(known, written);
      if (id !== undefined) return found(id);
      return bots.get(written, async () =>
        mapResult(await client.listBots(signal), (list) => {
          const bot =
            list.find(({ deskBotId }) => deskBotId === written) ??
            list.find(({ id: imBotId, name }) => imBotId === written || same(name, written));
          return bot?.deskBotId;
        }),
      );
    },
    departmentId: async (written, signal) => {
      const known = directory().departments;
      const id = known.has(written) || isId(written) ? written : findByName(known, written);
      if (id !== undefined) return found(id);
      return departments.get(written, async () =>
        mapResult(
          orAbsent(await client.listDepartments(signal)),
          (list) => list?.find(({ name }) => same(name, written))?.id,
        ),
      );
    },
    departmentOfChannel: async (channelId, signal) => {
      const known = directory().channels.get(channelId)?.departmentId;
      if (known !== undefined) return found(known);
      return channels.get(channelId, async () =>
        mapResult(orAbsent(await client.getChannel(channelId, signal)), (channel) => channel?.departmentId),
      );
    },
    team: (written) => {
      const { teams } = directory();
      const exact = teams.get(written);
      if (exact !== undefined) return exact;
      return [...teams].find(([key]) => same(key, written))?.[1];
    },
  };
}

function found(id: string): ZohoResult<string> {
  return { ok: true, value: id };
}

function findByName(list: Map<string, { name: string }>, written: string): string | undefined {
  for (const [id, { name }] of list) if (same(name, written)) return id;
  return undefined;
}

/** "There is none" is an answer; Zoho also says so by refusing the id or the right to see it. */
function orAbsent<T>(result: ZohoResult<T>): ZohoResult<T | undefined> {
  if (result.ok) return result;
  const isAbsent = result.kind === 'not_found' || result.kind === 'invalid' || result.kind === 'forbidden';
  return isAbsent ? { ok: true, value: undefined } : result;
}
