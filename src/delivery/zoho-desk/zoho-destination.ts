import type { Delivery, DeliveryOutcome, Destination } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Directory } from '../../domain/rule.ts';
import { createAgentPool } from './agent-pool.ts';
import { assignSession } from './assign-session.ts';
import { createBarredAgents, type TakenFrom } from './barred-agents.ts';
import { createDeskNames } from './desk-names.ts';
import { createOwnAssignments, type RecentAssignments } from './own-assignments.ts';
import { setSessionStatus } from './set-session-status.ts';
import { commentTicket, updateTicket } from './ticket-actions.ts';
import type { ZohoClient } from './zoho-client.ts';

/** Zoho Desk: assigning chats, changing their status, and their tickets. Each reads the session before it acts. */
export interface ZohoDestinationOptions {
  /** Undefined without credentials: the destination is not connected. */
  client: ZohoClient | undefined;
  clock: Clock;
  directory: () => Directory;
  /** The agents to whom zoho.assignSession gave a chat since an instant (epoch ms), from the results that are stored. */
  recentAssignments: RecentAssignments;
  /** Desk agent ids of those from whom zoho.assignSession took a chat since an instant, from the same results. */
  takenFrom: TakenFrom;
}

export function createZohoDestination(options: ZohoDestinationOptions): Destination {
  const { client, clock, directory, recentAssignments, takenFrom } = options;
  if (client === undefined) {
    const reason = 'Zoho Desk is not connected: set ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET and ZOHO_REFRESH_TOKEN';
    return { name: 'zoho-desk', connected: false, deliver: async () => ({ kind: 'not_connected', reason }) };
  }
  const names = createDeskNames({ client, directory, clock });
  const own = createOwnAssignments({ clock, recentAssignments });
  const pool = createAgentPool({ client, names, own, clock });
  const deps = { client, names, own, pool, barred: createBarredAgents({ clock, takenFrom }) };

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    switch (delivery.type) {
      case 'zoho.assignSession':
        return assignSession(delivery, deps, signal);
      case 'zoho.setSessionStatus':
        return setSessionStatus(delivery, deps, signal);
      case 'zoho.updateTicket':
        return updateTicket(delivery, deps, signal);
      case 'zoho.commentTicket':
        return commentTicket(delivery, deps, signal);
      default:
        return { kind: 'refused', reason: `Zoho Desk cannot carry out ${delivery.type}` };
    }
  }

  return { name: 'zoho-desk', connected: true, deliver };
}
