import type { ZohoClient } from '../../delivery/zoho-desk/zoho-client.ts';
import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import type { Directory } from '../../domain/rule.ts';
import { type KnownSession, loadSeenAssignees } from '../../store/compare-sessions.ts';
import type { Db } from '../../store/database.ts';
import { hasOtherAssignee } from './find-difference.ts';
import type { Spending } from './spending.ts';

/**
 * The assignee of a chat as events name them, from the API's own id of the agent: whichever of the agent's ids events have
 * used so far, else the Zoho user id that they seem to use, fetched where nobody knows it.
 */
export interface AssigneeNaming {
  db: Db;
  orgId: string;
  client: Pick<ZohoClient, 'getAgent'>;
  directory: Directory;
  spending: Spending;
}

export async function nameAssignee(
  naming: AssigneeNaming,
  zoho: ZohoSession,
  ours: KnownSession,
  signal: AbortSignal,
): Promise<{ id: string; type: string | null } | null> {
  if (!zoho.assigned) return null;
  const { assigneeId: id, assigneeType } = ours;
  if (id !== null && !hasOtherAssignee(zoho, ours, naming.directory)) return { id, type: assigneeType };
  const { assignee, botId } = zoho;
  const type = assignee?.type ?? null;
  if (assignee === undefined || type === 'BOT') {
    const botOrNobody = botId ?? assignee?.id;
    return botOrNobody === undefined ? null : { id: botOrNobody, type: type ?? 'BOT' };
  }
  return { id: await agentIdOfEvents(naming, assignee.id, signal), type: type ?? 'AGENT' };
}

async function agentIdOfEvents(naming: AssigneeNaming, agentId: string, signal: AbortSignal): Promise<string> {
  const { db, orgId, directory, client, spending } = naming;
  const listed = directory.agents.get(agentId)?.zuid;
  const zuids = [...directory.agentIdByZuid].flatMap(([zuid, id]) => (id === agentId ? [zuid] : []));
  const known = listed === undefined ? zuids : [listed, ...zuids];
  const seen = await loadSeenAssignees(db, orgId, [...known, agentId]);
  const used = [...known, agentId].find((id) => seen.has(id)) ?? known[0];
  if (used !== undefined || !spending.allows(1)) return used ?? agentId;
  const found = await client.getAgent(agentId, signal);
  spending.add(found.ok ? (found.credits?.cost ?? 1) : 1);
  return (found.ok ? found.value.zuid : undefined) ?? agentId;
}
