import {
  ACTION_TYPES,
  type ActionState,
  type ActionType,
  type DestinationName,
  destinationOf,
  isFinal,
} from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import { blankPersonal } from '../domain/personal.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database, Db } from '../store/database.ts';
import {
  findExpired,
  isStranded,
  lockAction,
  lockFiring,
  overruleLostAttempts,
  reopenAction,
  type StoredAction,
  settleAction,
  takeNotConnected,
} from '../store/deliveries.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { type FollowUpDeps, followUp } from './follow-up.ts';
import { toJob } from './plan-actions.ts';

/** Bringing actions back that did not come through: by a person's hand, or because their destination is connected now. */
export interface RedriveDeps {
  database: Database;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  onQueued?: () => void;
}

export type ExpireDeps = RedriveDeps & FollowUpDeps;

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
    await overruleLostAttempts(tx, orgId, id);
    await reopenAction(tx, orgId, id, { expiresAt, context: found.context });
    await deps.queue.enqueue(tx, [toJob(found)]);
    await appendAudit(tx, { orgId, at: now, actor: by, verb: 'action.redrive', target: id });
    const { finishedAt: _, reason: __, ...reopened } = found;
    return { ...reopened, state: 'queued' as const, expiresAt };
  });
  deps.onQueued?.();
  return action;
}

const ALL_TYPES: readonly ActionType[] = [...ACTION_TYPES, 'slack.alertUpdate', 'slack.groupCard'];

/** Actions of one pass over those that wait for a connection. */
const PASS = 500;

/** Enqueues again what waited for a destination that is connected now. @returns how many */
export async function reconnectActions(deps: RedriveDeps, connected: readonly DestinationName[]): Promise<number> {
  const types = ALL_TYPES.filter((type) => connected.includes(destinationOf(type)));
  if (types.length === 0) return 0;
  let count = 0;
  for (;;) {
    const passed = await deps.database.transaction((tx) => reconnectSome(deps, tx, types));
    count += passed;
    if (passed < PASS) break;
  }
  if (count > 0) deps.onQueued?.();
  return count;
}

async function reconnectSome(deps: RedriveDeps, tx: Db, types: readonly ActionType[]): Promise<number> {
  const waiting = await takeNotConnected(tx, { types, now: deps.clock.now(), limit: PASS });
  for (const { orgId, id, expiresAt, context } of waiting) await reopenAction(tx, orgId, id, { expiresAt, context });
  if (waiting.length > 0) await deps.queue.enqueue(tx, waiting.map(toJob));
  return waiting.length;
}

/**
 * Ends what can no more be done in time and that no job carries, with all that follows from it: failure actions, and
 * siblings that waited for it.
 * @returns how many
 */
export async function expireActions(deps: ExpireDeps): Promise<number> {
  const now = deps.clock.now();
  let count = 0;
  for (const action of await findExpired(deps.database.db, now, PASS)) {
    if (await deps.database.transaction((tx) => expireAction(deps, tx, action, now))) count += 1;
  }
  if (count > 0) deps.onQueued?.();
  return count;
}

export function expiryReason(state: ActionState): string {
  return state === 'not_connected' ? 'never connected in time' : 'what it waited for never came through';
}

async function expireAction(
  deps: ExpireDeps,
  tx: Db,
  { orgId, id, firing }: StoredAction,
  now: number,
): Promise<boolean> {
  const siblings = await lockFiring(tx, orgId, firing);
  const action = siblings.find((sibling) => sibling.id === id);
  if (action === undefined || !isStranded(action) || siblings.some(({ heldBy }) => heldBy !== undefined)) return false;
  const settlement = {
    state: 'dead' as const,
    reason: expiryReason(action.state),
    finishedAt: now,
    context: deps.storePersonalData ? action.context : blankPersonal(action.context),
  };
  await settleAction(tx, orgId, id, settlement);
  const jobs = await followUp(deps, tx, { ...action, ...settlement, context: action.context }, siblings, now);
  if (jobs.length > 0) await deps.queue.enqueue(tx, jobs);
  return true;
}
