/**
 * In which order agents are asked to take a chat. Pure: what is known of them is loaded before (see agent-pool.ts).
 */
export type Pick = 'leastBusy' | 'roundRobin' | 'sameAsLast';

export interface Candidate {
  agentId: string;
  /** Open chats as Zoho lists them. */
  load: number;
  /** Our own assignments of the last minute, which Zoho's list may not show yet. */
  assignedLately: number;
  /** When we last gave this agent a chat, epoch ms. */
  lastAssignedAt?: number | undefined;
  /** The agent who had this customer before. */
  hadCustomer: boolean;
}

/** Who may take it, best first. `maxLoad`: who has that many chats, or more, is left out. */
export function rankAgents(pick: Pick, candidates: readonly Candidate[], maxLoad?: number): string[] {
  const free = candidates.filter((one) => maxLoad === undefined || busyness(one) < maxLoad);
  return free.toSorted(ORDERS[pick]).map(({ agentId }) => agentId);
}

function busyness({ load, assignedLately }: Candidate): number {
  return load + assignedLately;
}

const leastBusy = (a: Candidate, b: Candidate) =>
  busyness(a) - busyness(b) || a.assignedLately - b.assignedLately || compareIds(a.agentId, b.agentId);

/** The turn is whose last chat from us is longest ago: it needs no pointer that processes would have to share. */
const roundRobin = (a: Candidate, b: Candidate) =>
  (a.lastAssignedAt ?? 0) - (b.lastAssignedAt ?? 0) || compareIds(a.agentId, b.agentId);

const sameAsLast = (a: Candidate, b: Candidate) => Number(b.hadCustomer) - Number(a.hadCustomer) || leastBusy(a, b);

const ORDERS = { leastBusy, roundRobin, sameAsLast } as const;

/** Ids are numbers too long for JavaScript: the shorter is the lower, then digit by digit. */
function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
