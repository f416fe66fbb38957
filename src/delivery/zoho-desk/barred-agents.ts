import type { Delivery } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';

/**
 * Who is not to get a chat back: agents from whom we took it since the customer was last answered, since they let it wait
 * just now. Without an answer so far, those of the last day. Deliveries of one chat follow each other, so what is settled
 * is all there is.
 */
export type TakenFrom = (orgId: string, sessionId: string, since: number) => Promise<string[]>;

export interface BarredAgents {
  /** Desk agent ids. */
  load(delivery: Delivery): Promise<ReadonlySet<string>>;
}

const WITHOUT_ANSWER_MS = 86_400_000;

export function createBarredAgents({ clock, takenFrom }: { clock: Clock; takenFrom: TakenFrom }): BarredAgents {
  return {
    load: async ({ orgId, sessionId, session }) => {
      if (sessionId === undefined) return new Set();
      const since = session?.lastOutboundAt ?? clock.now() - WITHOUT_ANSWER_MS;
      return new Set(await takenFrom(orgId, sessionId, since));
    },
  };
}
