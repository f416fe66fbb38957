import { ACTION_TYPES, type ActionType, type DestinationName, destinationOf, isFinal } from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import {
  lockAction,
  reopenAction,
  type StoredAction,
  settleAction,
  takeExpired,
  takeNotConnected,
} from '../store/deliveries.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { toJob } from './settle-delivery.ts';

/** Bringing actions back that did not come through: by a person's hand, or because their destination is connected now. */
export interface RedriveDeps {
  database: Database;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  onQueued?: () => void;
}

/** How long an action that a person puts back is tried again. */
const REDRIVE_MS = 3_600_000;

/**
 * Puts a dead, refused or uncertain action back into the queue.
 * @throws AppError not_found, conflict (it is delivered, skipped, or still under way)
 */
export async function redriveAction(deps: RedriveDeps, orgId: string, id: string, by: string): Promise<StoredAction> {
  const action = await deps.database.transaction(async (tx) => {
    const found = await lockAction(tx, orgId, id);
    if (found === undefined) {
      throw new AppError('not_found', `there is no action ${id}`, { remedy: 'List them with GET /api/v1/actions.' });
    }
    if (found.state !== 'dead' && found.state !== 'refused' && found.state !== 'uncertain') {
      throw new AppError('conflict', `action ${id} is ${found.state.replace('_', ' ')}`, {
        remedy: isFinal(found.state)
          ? 'Only dead, refused and uncertain actions can be tried again.'
          : 'It is still under way; wait for its result.',
      });
    }
    const now = deps.clock.now();
    const expiresAt = now + REDRIVE_MS;
    await reopenAction(tx, orgId, id, { expiresAt, context: found.context });
    await deps.queue.enqueue(tx, [toJob(found)]);
    await appendAudit(tx, { orgId, at: now, actor: by, verb: 'action.redrive', target: id });
    const { finishedAt: _, reason: __, ...reopened } = found;
    return { ...reopened, state: 'queued' as const, expiresAt };
  });
  deps.onQueued?.();
  return action;
}

const ALL_TYPES: readonly ActionType[] = [...ACTION_TYPES, 'slack.alertUpdate'];

/** Actions of one pass over those that wait for a connection. */
const PASS = 500;

/** Enqueues again what waited for a destination that is connected now. @returns how many */
export async function reconnectActions(deps: RedriveDeps, connected: readonly DestinationName[]): Promise<number> {
  const types = ALL_TYPES.filter((type) => connected.includes(destinationOf(type)));
  if (types.length === 0) return 0;
  const count = await deps.database.transaction(async (tx) => {
    const now = deps.clock.now();
    const waiting = (await takeNotConnected(tx, types, PASS)).filter(({ expiresAt }) => expiresAt >= now);
    for (const { orgId, id, expiresAt, context } of waiting) await reopenAction(tx, orgId, id, { expiresAt, context });
    if (waiting.length > 0) await deps.queue.enqueue(tx, waiting.map(toJob));
    return waiting.length;
  });
  if (count > 0) deps.onQueued?.();
  return count;
}

/** Ends what can no more be done in time and that no job carries. @returns how many */
export async function expireActions({ database, clock }: Pick<RedriveDeps, 'database' | 'clock'>): Promise<number> {
  return database.transaction(async (tx) => {
    const now = clock.now();
    const expired = await takeExpired(tx, now, PASS);
    for (const { orgId, id, state, context } of expired) {
      const reason = state === 'not_connected' ? 'never connected in time' : 'what it waited for never came through';
      await settleAction(tx, orgId, id, { state: 'dead', reason, finishedAt: now, context });
    }
    return expired.length;
  });
}
