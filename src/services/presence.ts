import { getLogger } from '@logtape/logtape';
import type { ZohoClient } from '../delivery/zoho-desk/zoho-client.ts';
import { type Clock, isWithin } from '../domain/clock.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { Directory } from '../domain/rule.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { Database } from '../store/database.ts';
import { lockJobState, readJobState, saveJobState } from '../store/job-states.ts';
import type { Presence } from './computed-facts.ts';

/**
 * Which agents are online. Judging never waits for Zoho: it takes what was read last, in the background, by one process for
 * all. It is read only while a rule in force asks for it, since each reading costs credits.
 */
export interface PresenceWatch {
  online: Presence;
  /** Learns what is known, and reads it from Zoho when that is a minute old. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Learns what is known. */
  load(): Promise<void>;
}

export interface PresenceDeps {
  database: Database;
  clock: Clock;
  orgId: string | undefined;
  client: Pick<ZohoClient, 'agentAvailability'> | undefined;
  ruleset: () => Pick<CompiledRuleset, 'reads'>;
  directory: () => Directory;
}

const READ_EVERY_MS = 60_000;
/** What is older is not known any more. */
const GOOD_FOR_MS = 300_000;
const JOB = 'agent-presence';
/** Zoho's word for "all departments that I may see". */
const ALL_DEPARTMENTS = '-1';

const log = getLogger(['vigia', 'presence']);

export function createPresence(deps: PresenceDeps): PresenceWatch {
  const { database, clock, orgId, client, directory } = deps;
  let known: { readAt: number; agents: JsonObject } | undefined;

  const isWanted = () => [...deps.ruleset().reads.values()].some(({ online }) => online);

  function adopt({ readAt, agents }: JsonObject): void {
    if (typeof readAt === 'number' && isJsonObject(agents)) known = { readAt, agents };
  }

  /** The state when it is this process's turn to read; undefined when another has read, or is at it. */
  async function takeTurn(org: string): Promise<JsonObject | undefined> {
    return database.transaction(async (tx) => {
      const now = clock.now();
      const state = await lockJobState(tx, org, JOB, now);
      const { triedAt } = state ?? {};
      if (state === undefined || (typeof triedAt === 'number' && isWithin(READ_EVERY_MS, triedAt, now)))
        return undefined;
      await saveJobState(tx, org, JOB, { ...state, triedAt: now }, now);
      return state;
    });
  }

  async function load(): Promise<void> {
    if (orgId === undefined || !isWanted()) return;
    const state = await readJobState(database.db, orgId, JOB);
    if (state !== undefined) adopt(state);
  }

  return {
    load,
    online(assigneeId) {
      if (known === undefined || !isWithin(GOOD_FOR_MS, known.readAt, clock.now())) return undefined;
      const online = known.agents[directory().agentIdByZuid.get(assigneeId) ?? assigneeId];
      return typeof online === 'boolean' ? online : undefined;
    },
    async refresh(signal) {
      if (orgId === undefined || client === undefined || !isWanted()) return;
      await load();
      if (known !== undefined && isWithin(READ_EVERY_MS, known.readAt, clock.now())) return;
      const state = await takeTurn(orgId);
      if (state === undefined) return;
      const read = await client.agentAvailability(ALL_DEPARTMENTS, signal);
      if (!read.ok) {
        log.info('presence of agents could not be read: {reason}', { reason: read.reason });
        return;
      }
      const readAt = clock.now();
      const agents = Object.fromEntries(read.value.map(({ agentId, online }) => [agentId, online]));
      const next: JsonObject = { triedAt: readAt, readAt, agents };
      await database.transaction((tx) => saveJobState(tx, orgId, JOB, next, readAt));
      adopt(next);
    },
  };
}
