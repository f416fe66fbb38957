import { getLogger } from '@logtape/logtape';
import type { DeliveryOutcome } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';
import type { DeskNames } from './desk-names.ts';
import type { OwnAssignments } from './own-assignments.ts';
import type { Candidate, Pick } from './rank-agents.ts';
import { createTtlCache } from './ttl-cache.ts';
import { listAllSessions, type ZohoClient } from './zoho-client.ts';
import { toZohoOutcome } from './zoho-outcome.ts';
import type { ZohoAvailability, ZohoSession } from './zoho-records.ts';
import { mapResult, type ZohoResult } from './zoho-result.ts';

/**
 * Who could take a chat: the agents that the rule names, or those of a department, who are online and do not have it
 * already; with what the ranking needs to know of each.
 */
export interface AgentPool {
  load(wish: PoolWish, signal: AbortSignal): Promise<{ candidates: Candidate[] } | { outcome: DeliveryOutcome }>;
}

export interface PoolWish {
  orgId: string;
  session: ZohoSession;
  pick: Pick;
  /** Names or ids; without any, the department of the chat's channel. */
  from: { department?: string | undefined; agents?: string[] | undefined; team?: string | undefined };
  /** Desk agent ids of those who are not to get it. */
  barred: ReadonlySet<string>;
  /** Whether the open chats of each agent matter. */
  withLoad: boolean;
}

/** What Zoho counts as open. */
const OPEN_STATUSES = ['OPEN', 'ON_PROGRESS', 'ON_HOLD'];
/** Zoho's word for "all departments that I may see". */
const ALL_DEPARTMENTS = '-1';
/**
 * How long presence and load are taken as they were read. When many chats are reassigned at once, a list for each would
 * eat the day's credits; what we assign in between is counted by ourselves.
 */
const KEEP_MS = 3_000;

const log = getLogger(['vigia', 'zoho']);

export function createAgentPool(deps: {
  client: ZohoClient;
  names: DeskNames;
  own: OwnAssignments;
  clock: Clock;
}): AgentPool {
  const { client, names, own, clock } = deps;
  const cache = <T>(maxEntries: number) =>
    createTtlCache<ZohoResult<T>>({ clock, ttlMs: KEEP_MS, maxEntries, isLasting: (result) => result.ok });
  const presence = cache<ZohoAvailability[]>(200);
  const loads = cache<Map<string, number>>(1);

  async function load(wish: PoolWish, signal: AbortSignal) {
    const listed = await listAgents(wish, signal);
    if (!listed.ok) return { outcome: toZohoOutcome(listed, signal) };
    if (listed.value?.length === 0) return refused('from names no agent that the directory or Zoho Desk knows');
    const department = await findDepartment(wish, signal);
    if (!department.ok) return { outcome: toZohoOutcome(department, signal) };
    if (department.value === undefined && wish.from.department !== undefined) {
      return refused('from.department names no department that the directory or Zoho Desk knows');
    }
    if (department.value === undefined && listed.value === undefined) {
      return refused('no department to pick from: write from.department, from.agents or from.team');
    }
    const departmentId = department.value ?? ALL_DEPARTMENTS;
    const there = await presence.get(departmentId, () => client.agentAvailability(departmentId, signal));
    if (!there.ok) return { outcome: toZohoOutcome(there, signal) };
    const online = there.value.filter((agent) => agent.online).map(({ agentId }) => agentId);
    const wanted = listed.value === undefined ? undefined : new Set(listed.value);
    const others = online.filter((id) => id !== wish.session.assignee?.id && (wanted?.has(id) ?? true));
    const agentIds = others.filter((id) => !wish.barred.has(id));
    if (agentIds.length === 0 && others.length > 0) {
      const reason = 'the agents to pick from who are online have all had this chat and let it wait';
      return { outcome: { kind: 'nobody' as const, reason } };
    }
    return describe([...new Set(agentIds)], wish, signal);
  }

  /** The agents named one by one; undefined when the rule names none. */
  async function listAgents(wish: PoolWish, signal: AbortSignal): Promise<ZohoResult<string[] | undefined>> {
    const { agents, team } = wish.from;
    if (agents === undefined && team === undefined) return { ok: true, value: undefined };
    const ids = team === undefined ? [] : [...(names.team(team) ?? [])];
    for (const written of agents ?? []) {
      const id = await names.agentId(written, signal);
      if (!id.ok) return id;
      if (id.value === undefined) log.warn('from.agents names an agent that nobody knows');
      else ids.push(id.value);
    }
    return { ok: true, value: ids };
  }

  async function findDepartment(wish: PoolWish, signal: AbortSignal): Promise<ZohoResult<string | undefined>> {
    if (wish.from.department !== undefined) return { ok: true, value: names.departmentId(wish.from.department) };
    const { channelId } = wish.session;
    return channelId === undefined ? { ok: true, value: undefined } : names.departmentOfChannel(channelId, signal);
  }

  async function describe(agentIds: string[], wish: PoolWish, signal: AbortSignal) {
    const open = wish.withLoad && agentIds.length > 0 ? await loads.get('', () => countLoads(signal)) : undefined;
    if (open !== undefined && !open.ok) return { outcome: toZohoOutcome(open, signal) };
    const last = wish.pick === 'sameAsLast' ? await findLastAgent(wish.session, signal) : undefined;
    if (last !== undefined && !last.ok) return { outcome: toZohoOutcome(last, signal) };
    const ours = await own.load(wish.orgId);
    const candidates = agentIds.map((agentId) => ({
      agentId,
      load: open?.value.get(agentId) ?? 0,
      assignedLately: ours.get(agentId)?.lately ?? 0,
      lastAssignedAt: ours.get(agentId)?.lastAt,
      hadCustomer: agentId === last?.value,
    }));
    return { candidates };
  }

  /** Open chats per agent, of all departments: an agent of two has but two hands. */
  async function countLoads(signal: AbortSignal): Promise<ZohoResult<Map<string, number>>> {
    const listed = await listAllSessions(client, { statuses: OPEN_STATUSES }, signal);
    return mapResult(listed, ({ sessions, complete }) => {
      if (!complete) log.warn('more open chats than are counted: {count}', { count: sessions.length });
      const counts = new Map<string, number>();
      for (const { assignee } of sessions) {
        if (assignee !== undefined && assignee.type !== 'BOT') {
          counts.set(assignee.id, (counts.get(assignee.id) ?? 0) + 1);
        }
      }
      return counts;
    });
  }

  /** The agent of the customer's last other chat. */
  async function findLastAgent(session: ZohoSession, signal: AbortSignal): Promise<ZohoResult<string | undefined>> {
    const { contactId } = session;
    if (contactId === undefined) return { ok: true, value: undefined };
    return mapResult(await client.listSessions({ contactId }, signal), ({ sessions }) => {
      const others = sessions.filter(({ id, assignee }) => id !== session.id && assignee?.type === 'AGENT');
      const newest = others.toSorted((a, b) => (b.lastActiveAt ?? 0) - (a.lastActiveAt ?? 0))[0];
      return newest?.assignee?.id;
    });
  }

  return { load };
}

function refused(reason: string): { outcome: DeliveryOutcome } {
  return { outcome: { kind: 'refused', reason } };
}
