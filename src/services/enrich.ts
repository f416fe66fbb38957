import { getLogger } from '@logtape/logtape';
import type { ZohoClient } from '../delivery/zoho-desk/zoho-client.ts';
import { type Clock, isWithin } from '../domain/clock.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Directory } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import type { KnownChannel } from '../engine/facts.ts';
import type { Db } from '../store/database.ts';
import { type KnownObject, loadKnownObjects, saveKnownObject } from '../store/known-objects.ts';

/**
 * Names and departments that only Zoho knows: what the directory does not list is fetched by id in the background and
 * kept. Judging never waits for it: until something is known, it is absent. At most one fetch per id and hour,
 * so that an id that Zoho refuses costs next to nothing.
 */
export interface Enrichment {
  channels(): ReadonlyMap<string, KnownChannel>;
  /** The directory of the rules, completed by the agents that Zoho told about. */
  directory(): Directory;
  /** Remembers what a session names and nobody knows. Cheap: called for every judged session. */
  notice(session: Session): void;
  /** Reads what is kept; call it once before judging. */
  load(): Promise<void>;
  /** Fetches up to `limit` of what is wanted. @returns how many were fetched */
  fetchWanted(limit: number, signal: AbortSignal): Promise<number>;
}

export interface EnrichDeps {
  db: Db;
  clock: Clock;
  orgId: string;
  client: ZohoClient | undefined;
  directory: () => Directory;
  /** When each id was asked for, epoch ms; given where an enrichment lives for one request only, as on Workers. */
  askedAt?: Map<string, number> | undefined;
}

const RETRY_MS = 3_600_000;
/** Ids come from events: a portal has far fewer channels and agents. */
const MAX_WANTED = 1_000;

const log = getLogger(['vigia', 'enrich']);

interface Wanted {
  kind: 'channel' | 'agent';
  id: string;
}

export function createEnrichment(deps: EnrichDeps): Enrichment {
  const { db, clock, orgId, client, directory, askedAt = new Map<string, number>() } = deps;
  const channels = new Map<string, KnownChannel>();
  /** By the id that events carry, which is a ZUID or a Desk agent id. */
  const agents = new Map<string, { id: string; name: string }>();
  const wanted = new Map<string, Wanted>();
  let merged: { from: Directory; size: number; directory: Directory } | undefined;

  function remember({ kind, id, data }: Pick<KnownObject, 'kind' | 'id' | 'data'>): void {
    const { name, departmentId, integration, agentId } = data;
    if (kind === 'agent') {
      if (typeof agentId === 'string' && typeof name === 'string') agents.set(id, { id: agentId, name });
      return;
    }
    channels.set(id, {
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof departmentId === 'string' ? { departmentId } : {}),
      ...(typeof integration === 'string' ? { integration } : {}),
    });
  }

  function want(kind: Wanted['kind'], id: string): void {
    const key = `${kind}:${id}`;
    if (wanted.has(key) || wanted.size >= MAX_WANTED) return;
    if (isWithin(RETRY_MS, askedAt.get(key) ?? Number.NEGATIVE_INFINITY, clock.now())) return;
    wanted.set(key, { kind, id });
  }

  /** Any id may be asked about, and each is remembered: those that may be asked about again are not. */
  function forgetOldQuestions(): void {
    for (const [key, at] of askedAt) if (!isWithin(RETRY_MS, at, clock.now())) askedAt.delete(key);
  }

  async function fetchOne({ kind, id }: Wanted, signal: AbortSignal): Promise<boolean> {
    if (client === undefined) return false;
    const data = kind === 'channel' ? await fetchChannel(client, id, signal) : await fetchAgent(client, id, signal);
    if (data === undefined) return false;
    const object: KnownObject = { orgId, kind, id, data, fetchedAt: clock.now() };
    await saveKnownObject(db, object);
    remember(object);
    return true;
  }

  return {
    channels: () => channels,
    directory() {
      const from = directory();
      if (merged === undefined || merged.from !== from || merged.size !== agents.size) {
        merged = { from, size: agents.size, directory: withAgents(from, agents) };
      }
      return merged.directory;
    },
    notice({ channelId, assigneeId, assigneeType }) {
      if (client === undefined) return;
      const listed = directory();
      if (channelId !== undefined && !channels.has(channelId)) {
        if (listed.channels.get(channelId)?.departmentId === undefined) want('channel', channelId);
      }
      if (assigneeId === undefined || assigneeType === 'BOT' || agents.has(assigneeId)) return;
      if (!listed.agents.has(assigneeId) && !listed.agentIdByZuid.has(assigneeId)) want('agent', assigneeId);
    },
    async load() {
      for (const object of await loadKnownObjects(db, orgId)) remember(object);
    },
    async fetchWanted(limit, signal) {
      forgetOldQuestions();
      let fetched = 0;
      for (const [key, item] of [...wanted].slice(0, limit)) {
        if (signal.aborted) break;
        wanted.delete(key);
        askedAt.set(key, clock.now());
        if (await fetchOne(item, signal)) fetched += 1;
      }
      return fetched;
    },
  };
}

async function fetchChannel(client: ZohoClient, id: string, signal: AbortSignal): Promise<JsonObject | undefined> {
  const found = await client.getChannel(id, signal);
  if (!found.ok) {
    log.info('channel {id} is not known: {reason}', { id, reason: found.reason });
    return undefined;
  }
  const { name, departmentId, integration } = found.value;
  return { name: name ?? null, departmentId: departmentId ?? null, integration: integration ?? null };
}

/** What events carry looks like a ZUID; where it is none, it is tried as a Desk agent id. */
async function fetchAgent(client: ZohoClient, id: string, signal: AbortSignal): Promise<JsonObject | undefined> {
  const byZuid = await client.getAgentByZuid(id, signal);
  const found = byZuid.ok || byZuid.kind !== 'not_found' ? byZuid : await client.getAgent(id, signal);
  if (!found.ok) {
    log.info('agent {id} is not known: {reason}', { id, reason: found.reason });
    return undefined;
  }
  return { agentId: found.value.id, name: found.value.name ?? null };
}

function withAgents(directory: Directory, known: ReadonlyMap<string, { id: string; name: string }>): Directory {
  const agents = new Map(directory.agents);
  const agentIdByZuid = new Map(directory.agentIdByZuid);
  for (const [seenAs, { id, name }] of known) {
    if (!agents.has(id)) agents.set(id, seenAs === id ? { name } : { name, zuid: seenAs });
    if (seenAs !== id && !agentIdByZuid.has(seenAs)) agentIdByZuid.set(seenAs, id);
  }
  return { ...directory, agents, agentIdByZuid };
}
