import { type ComputedKey, computedName } from '../domain/computed.ts';
import type { JsonObject } from '../domain/json.ts';
import { channelStateFacts } from '../engine/computed/channel-state.ts';
import type { Db } from '../store/database.ts';
import { loadAgents } from '../store/facts/agents.ts';
import { loadChannels } from '../store/facts/channels.ts';
import { loadHistories } from '../store/facts/history.ts';
import { loadQueues } from '../store/facts/queue.ts';

/** Whether an agent is online, by the id that events carry; undefined while nobody knows. */
export type Presence = (assigneeId: string) => boolean | undefined;

/**
 * The computed facts of one transaction, by portal and then by `computedName`: whatever is asked for is computed once, all
 * keys of a kind in one statement, and shared by the rules and subjects that read it.
 */
export class ComputedFacts {
  private readonly byOrg = new Map<string, Map<string, JsonObject>>();
  private readonly online: Presence;

  constructor(online: Presence) {
    this.online = online;
  }

  of(orgId: string): Map<string, JsonObject> {
    const known = this.byOrg.get(orgId) ?? new Map<string, JsonObject>();
    this.byOrg.set(orgId, known);
    return known;
  }

  async load(tx: Db, asked: readonly { orgId: string; computed: readonly ComputedKey[] }[]): Promise<void> {
    for (const [orgId, group] of Map.groupBy(asked, (one) => one.orgId)) {
      const known = this.of(orgId);
      const missing = new Map<string, ComputedKey>();
      for (const key of group.flatMap(({ computed }) => computed)) {
        const name = computedName(key);
        if (!known.has(name)) missing.set(name, key);
      }
      await this.compute(tx, orgId, [...missing.values()], known);
    }
  }

  private async compute(
    tx: Db,
    orgId: string,
    keys: readonly ComputedKey[],
    known: Map<string, JsonObject>,
  ): Promise<void> {
    const queues = keys.filter((key) => key.kind === 'queue');
    const histories = keys.filter((key) => key.kind === 'history');
    const channels = keys.filter((key) => key.kind === 'channel');
    const agents = keys.filter((key) => key.kind === 'agent');
    keep(known, queues, await loadQueues(tx, orgId, queues));
    keep(known, histories, await loadHistories(tx, orgId, histories));
    const states = await loadChannels(tx, orgId, channels);
    keep(
      known,
      channels,
      states.map((state, index) => channelStateFacts(state, channels[index]?.at ?? 0)),
    );
    const loads = await loadAgents(tx, orgId, agents);
    keep(
      known,
      agents,
      loads.map((load, index) => this.withPresence(load, agents[index]?.id ?? '')),
    );
  }

  private withPresence(load: JsonObject, id: string): JsonObject {
    const online = this.online(id);
    return online === undefined ? load : { ...load, online };
  }
}

function keep(known: Map<string, JsonObject>, keys: readonly ComputedKey[], values: readonly JsonObject[]): void {
  for (const [index, key] of keys.entries()) known.set(computedName(key), values[index] ?? {});
}
