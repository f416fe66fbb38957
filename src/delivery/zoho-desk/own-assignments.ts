import { type Clock, isWithin } from '../../domain/clock.ts';

/**
 * Which agents we gave chats to, lately. The store knows the assignments that are settled, of all processes; this one
 * also knows those it is making right now. Without them two deliveries at the same moment would pick the same agent.
 */
export type RecentAssignments = (orgId: string, since: number) => Promise<{ agentId: string; at: number }[]>;

export interface OwnAssignments {
  /** By agent: how many in the last minute, and when the last one was. */
  load(orgId: string): Promise<Map<string, { lately: number; lastAt: number }>>;
  /** Notes a choice before it is sent; call what it returns when Zoho refused it. */
  reserve(agentId: string): () => void;
}

const LATELY_MS = 60_000;
/** How far back turns are remembered. */
const MEMORY_MS = 86_400_000;

export function createOwnAssignments(deps: { clock: Clock; recentAssignments: RecentAssignments }): OwnAssignments {
  const { clock } = deps;
  let mine: { agentId: string; at: number }[] = [];
  return {
    load: async (orgId) => {
      const settled = await deps.recentAssignments(orgId, clock.now() - MEMORY_MS);
      mine = mine.filter(({ at }) => isWithin(LATELY_MS, at, clock.now()));
      const theirs = tally(settled, clock.now());
      const known = tally(mine, clock.now());
      for (const [agentId, own] of known) {
        const other = theirs.get(agentId);
        // The store counts what is settled, this process what it chose: the same choices mostly, so not their sum.
        theirs.set(agentId, {
          lately: Math.max(own.lately, other?.lately ?? 0),
          lastAt: Math.max(own.lastAt, other?.lastAt ?? 0),
        });
      }
      return theirs;
    },
    reserve: (agentId) => {
      const entry = { agentId, at: clock.now() };
      mine.push(entry);
      return () => {
        mine = mine.filter((other) => other !== entry);
      };
    },
  };
}

function tally(assignments: { agentId: string; at: number }[], now: number) {
  const byAgent = new Map<string, { lately: number; lastAt: number }>();
  for (const { agentId, at } of assignments) {
    const before = byAgent.get(agentId) ?? { lately: 0, lastAt: 0 };
    byAgent.set(agentId, {
      lately: before.lately + (at > now - LATELY_MS ? 1 : 0),
      lastAt: Math.max(before.lastAt, at),
    });
  }
  return byAgent;
}
