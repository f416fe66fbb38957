import { type Candidate, type Pick, rankAgents } from '../delivery/zoho-desk/rank-agents.ts';
import { type Delivery, type DeliveryOutcome, type DestinationName, destinationOf } from '../domain/action.ts';
import { getDuration } from '../domain/duration.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Directory } from '../domain/rule.ts';
import type { World, WorldFault } from '../domain/test-file.ts';
import type { KnownChannel } from '../engine/facts.ts';

/**
 * The world of a trial: agents and channels as a test names them, and destinations that do as they should, or as the
 * test's faults say. Nothing in it is random.
 */
export interface TrialWorld {
  channels(): ReadonlyMap<string, KnownChannel>;
  /** The directory of the rules, completed by the world's agents. */
  directory(): Directory;
  /** Whether an agent is online, by ZUID or Desk id; undefined when the world has no such agent. */
  online(assigneeId: string): boolean | undefined;
  /** The longest that a channel is ever silent, ms; undefined: nobody knows. */
  usualSilence(channelId: string): number | undefined;
  /** What is different from now on: agents and channels by id; faults are added. */
  change(change: World): void;
  answer(delivery: Delivery, now: number): DeliveryOutcome;
}

interface Agent {
  name: string | undefined;
  zuid: string;
  online: boolean;
  sessions: number;
  departments: readonly string[];
  lastAssignedAt?: number;
}

export function createWorld(directory: Directory, start: number, initial: World = {}): TrialWorld {
  const channels = new Map<string, KnownChannel>();
  const silences = new Map<string, number>();
  const agents = new Map<string, Agent>();
  const faults: WorldFault[] = [];
  /** Whom Zoho has as the assignee, where it is not what the last event said. */
  const assignees = new Map<string, string>();
  let merged = directory;
  let messages = 0;

  function change(next: World): void {
    for (const { id, usualSilence, ...channel } of next.channels ?? []) {
      channels.set(id, { ...channels.get(id), ...withoutUndefined(channel) });
      if (usualSilence !== undefined) silences.set(id, getDuration(usualSilence));
    }
    for (const { id, ...agent } of next.agents ?? []) {
      const before = agents.get(id) ?? { name: undefined, zuid: id, online: true, sessions: 0, departments: [] };
      agents.set(id, { ...before, ...withoutUndefined(agent) });
    }
    faults.push(...(next.faults ?? []));
    merged = withAgents(directory, agents);
  }

  function faultAt(destination: DestinationName, now: number): WorldFault | undefined {
    return faults.find(
      ({ destination: name, from, to }) =>
        name === destination &&
        now >= start + (from === undefined ? 0 : getDuration(from)) &&
        (to === undefined || now < start + getDuration(to)),
    );
  }

  function assign(delivery: Delivery, now: number): DeliveryOutcome {
    const { agentId, botId } = delivery.params;
    if (typeof botId === 'string') return delivered({ botId });
    const before = assignees.get(delivery.sessionId ?? '') ?? delivery.session?.assigneeId;
    const chosen = typeof agentId === 'string' ? agentId : pick(delivery.params, before);
    if (chosen === undefined) return { kind: 'nobody', reason: 'no other agent to pick from is online' };
    const agent = agents.get(chosen);
    if (agent !== undefined) agents.set(chosen, { ...agent, sessions: agent.sessions + 1, lastAssignedAt: now });
    if (delivery.sessionId !== undefined) assignees.set(delivery.sessionId, agent?.zuid ?? chosen);
    return delivered({
      agentId: chosen,
      agentName: agent?.name ?? merged.agents.get(chosen)?.name ?? chosen,
      ...(before === undefined ? {} : { previousAssigneeId: before }),
    });
  }

  /** As the real one picks: online, of those that the rule names, not the one who has it. */
  function pick({ pick: how, from, maxLoad }: JsonObject, present: string | undefined): string | undefined {
    const wish = isJsonObject(from) ? from : {};
    const named = Array.isArray(wish.agents) ? new Set(wish.agents.map(String)) : undefined;
    const candidates = [...agents].flatMap(([agentId, agent]): Candidate[] => {
      const { online, departments, sessions, zuid, lastAssignedAt } = agent;
      const isWanted =
        (named?.has(agentId) ?? true) &&
        (wish.department === undefined || departments.includes(String(wish.department)));
      if (!online || !isWanted || present === agentId || present === zuid) return [];
      return [{ agentId, load: sessions, assignedLately: 0, lastAssignedAt, hadCustomer: false }];
    });
    return rankAgents(toPick(how), candidates, typeof maxLoad === 'number' ? maxLoad : undefined)[0];
  }

  function carryOut(delivery: Delivery, now: number): DeliveryOutcome {
    switch (delivery.type) {
      case 'slack.alert':
        if (delivery.episodeOver) return { kind: 'skipped', reason: 'the episode was over before the card was posted' };
        return posted(delivery);
      case 'slack.post':
        return posted(delivery);
      case 'zoho.assignSession':
        return assign(delivery, now);
      default:
        return delivered({});
    }
  }

  function posted({ params }: Delivery): DeliveryOutcome {
    messages += 1;
    return delivered({ channel: params.channel ?? '', ts: String(messages) });
  }

  change(initial);
  return {
    channels: () => channels,
    directory: () => merged,
    online: (id) => (agents.get(id) ?? [...agents.values()].find(({ zuid }) => zuid === id))?.online,
    usualSilence: (id) => silences.get(id),
    change,
    answer(delivery, now) {
      const fault = faultAt(destinationOf(delivery.type), now);
      const attempted = delivery.mayHaveHappened;
      switch (fault?.answer) {
        case 'down':
          return { kind: 'retry', reason: `${fault.destination} does not answer in this test` };
        case 'refused':
          return { kind: 'refused', reason: `${fault.destination} refuses everything in this test` };
        case 'not_connected':
          return { kind: 'not_connected', reason: `${fault.destination} is not connected in this test` };
        case 'lost':
          if (!attempted) carryOut(delivery, now);
          return { kind: 'uncertain', reason: `the answer of ${fault.destination} is lost in this test` };
        case undefined:
          return carryOut(delivery, now);
      }
    },
  };
}

function delivered(result: JsonObject): DeliveryOutcome {
  return { kind: 'delivered', result };
}

const PICKS = ['leastBusy', 'roundRobin', 'sameAsLast'] as const;

function toPick(written: Json | undefined): Pick {
  return PICKS.find((pick) => pick === written) ?? 'leastBusy';
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Defined<T>>;
}

function withAgents(directory: Directory, agents: ReadonlyMap<string, Agent>): Directory {
  const known = new Map(directory.agents);
  const agentIdByZuid = new Map(directory.agentIdByZuid);
  for (const [id, { name, zuid }] of agents) {
    if (!known.has(id)) known.set(id, { name: name ?? id, zuid });
    agentIdByZuid.set(zuid, id);
  }
  return { ...directory, agents: known, agentIdByZuid };
}
