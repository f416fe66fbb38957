import type { Clock } from '../../domain/clock.ts';
import { findAgentId, findBotId, findDepartmentId, findTeamAgents } from '../../domain/directory.ts';
import type { Directory } from '../../domain/rule.ts';
import { createTtlCache } from './ttl-cache.ts';
import type { ZohoClient } from './zoho-client.ts';
import { mapResult, type ZohoResult } from './zoho-result.ts';

/**
 * What rules and webhooks call people and places → the ids that Zoho's API takes. The directory is asked first, then
 * Zoho (for ids: a name that the directory does not know is nobody's), whose answers are kept for some minutes.
 * `undefined` as a value: nobody knows it.
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
  departmentId(written: string): string | undefined;
  departmentOfChannel(channelId: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>>;
  /** Desk agent ids of a team of the directory. */
  team(written: string): string[] | undefined;
}

const KEEP_MS = 600_000;
const MAX_ENTRIES = 2_000;

const isId = (text: string) => /^\d+$/.test(text);

export function createDeskNames(deps: { client: ZohoClient; directory: () => Directory; clock: Clock }): DeskNames {
  const { client, clock, directory } = deps;
  const cache = () =>
    createTtlCache<ZohoResult<string | undefined>>({
      clock,
      ttlMs: KEEP_MS,
      maxEntries: MAX_ENTRIES,
      isLasting: (result) => result.ok,
    });
  const agentIds = cache();
  const agentNames = cache();
  const channels = cache();
  const bots = cache();

  async function askForAgent(id: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>> {
    const byZuid = orAbsent(await client.getAgentByZuid(id, signal));
    if (!byZuid.ok || byZuid.value !== undefined) return mapResult(byZuid, (agent) => agent?.id);
    return mapResult(orAbsent(await client.getAgent(id, signal)), (agent) => agent?.id);
  }

  async function askForBot(id: string, signal: AbortSignal): Promise<ZohoResult<string | undefined>> {
    return mapResult(await client.listBots(signal), (list) => {
      const bot = list.find(({ deskBotId }) => deskBotId === id) ?? list.find((one) => one.id === id);
      return bot?.deskBotId;
    });
  }

  return {
    agentId: async (written, signal) => {
      const known = findAgentId(directory(), written);
      if (known !== undefined || !isId(written)) return { ok: true, value: known };
      return agentIds.get(written, () => askForAgent(written, signal));
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
      const known = findBotId(directory(), written);
      if (known !== undefined || !isId(written)) return { ok: true, value: known };
      return bots.get(written, () => askForBot(written, signal));
    },
    departmentId: (written) => findDepartmentId(directory(), written) ?? (isId(written) ? written : undefined),
    departmentOfChannel: async (channelId, signal) => {
      const known = directory().channels.get(channelId)?.departmentId;
      if (known !== undefined) return { ok: true, value: known };
      return channels.get(channelId, async () =>
        mapResult(orAbsent(await client.getChannel(channelId, signal)), (channel) => channel?.departmentId),
      );
    },
    team: (written) => findTeamAgents(directory(), written),
  };
}

/** "There is none" is an answer; Zoho also says so by refusing the id or the right to see it. */
function orAbsent<T>(result: ZohoResult<T>): ZohoResult<T | undefined> {
  if (result.ok) return result;
  const isAbsent = result.kind === 'not_found' || result.kind === 'invalid' || result.kind === 'forbidden';
  return isAbsent ? { ok: true, value: undefined } : result;
}
