import { type ActionState, isFinal } from '../domain/action.ts';
import type { JsonObject } from '../domain/json.ts';
import { cleanText } from '../domain/json-text.ts';
import type { HeldBack } from '../domain/mute.ts';
import type { Db } from '../store/database.ts';
import {
  closeAttempt,
  dropAttempt,
  lockFiring,
  type Settlement,
  type StoredAction,
  settleAction,
} from '../store/deliveries.ts';
import { holdAction } from '../store/held-actions.ts';
import { applyTileChanges, insertDatasetRows } from '../store/local-effects.ts';
import { countHeldBack } from '../store/mutes.ts';
import type { DeliverDeps } from './deliver.ts';
import type { ClaimedJob } from './delivery-queue.ts';
import { followUp } from './follow-up.ts';
import { toLocalEffect } from './plan-actions.ts';
import { settleCard } from './settle-card.ts';
import { type Answered, type Settled, toVerdict, type Verdict } from './verdict.ts';

/**
 * Settling: the answer of a destination becomes the action's state, its attempt is closed, its job is ended or given
 * back, waiting siblings are let go and failure actions are queued, all in one transaction.
 * @returns the state that the action has now, and how many jobs were enqueued with it
 */
export async function settleDelivery(
  deps: DeliverDeps,
  action: StoredAction,
  job: ClaimedJob,
  given: Settled,
  now: number,
): Promise<{ state: ActionState; jobs: number }> {
  const { outcome } = given;
  if (outcome.kind === 'held') return holdDelivery(deps, action, job, outcome.heldBack, now);
  const settled = withStorableReason({ ...given, outcome });
  const verdict = toVerdict(deps, action, settled, now);
  return deps.database.transaction(async (tx) => {
    const firing = await lockFiring(tx, action.orgId, action.firing);
    const present = firing.find(({ id }) => id === action.id);
    if (present === undefined || isFinal(present.state)) {
      // Our claim had lapsed, and whoever took it over was quicker: what they settled stands.
      if (settled.attempt !== undefined) await endAttempt(tx, action, settled, settled.attempt, now);
      await deps.queue.complete(tx, job);
      return { state: present?.state ?? 'skipped', jobs: 0 };
    }
    const local =
      settled.outcome.kind === 'local' ? await carryOutLocally(tx, action, settled.params ?? {}, now) : undefined;
    const joined =
      settled.outcome.kind === 'card'
        ? await settleCard(tx, settled.outcome.card, { budget: deps.cards, now })
        : undefined;
    const settlement: Verdict = joined ?? (local === undefined ? verdict : { ...verdict, ...local });
    if (settled.attempt !== undefined) await endAttempt(tx, action, settled, settled.attempt, now);
    await settleAction(tx, action.orgId, action.id, settlement);
    if (settlement.againAfterMs !== undefined) {
      await deps.queue.giveBack(tx, job, settlement.againAfterMs);
      return { state: settlement.state, jobs: 0 };
    }
    await deps.queue.complete(tx, job);
    const follow = await followUp(deps, tx, { ...action, ...settlement, context: action.context }, firing, now);
    if (follow.length > 0) await deps.queue.enqueue(tx, follow);
    if (settled.heldBackBy !== undefined) {
      await countHeldBack(tx, [{ orgId: action.orgId, by: settled.heldBackBy, count: 1 }]);
    }
    return { state: settlement.state, jobs: follow.length };
  });
}

/** A pause lets it wait: it is let go, with a job of its own, when that is over (see release-held.ts). */
async function holdDelivery(
  deps: DeliverDeps,
  { orgId, id, firing }: StoredAction,
  job: ClaimedJob,
  heldBack: HeldBack,
  now: number,
): Promise<{ state: ActionState; jobs: number }> {
  return deps.database.transaction(async (tx) => {
    const present = (await lockFiring(tx, orgId, firing)).find((one) => one.id === id);
    await deps.queue.complete(tx, job);
    if (present === undefined || isFinal(present.state)) return { state: present?.state ?? 'skipped', jobs: 0 };
    // Our claim had lapsed, and whoever took it over has seen the pause too.
    if (present.heldBy !== undefined) return { state: present.state, jobs: 0 };
    await holdAction(tx, { orgId, id, ...heldBack, now });
    await countHeldBack(tx, [{ orgId, by: heldBack.by, count: 1 }]);
    return { state: 'queued', jobs: 0 };
  });
}

/** A reason may quote what a destination answered; one that the database refuses would make us call it for ever. */
function withStorableReason(settled: Answered): Answered {
  const { outcome } = settled;
  return 'reason' in outcome ? { ...settled, outcome: { ...outcome, reason: cleanText(outcome.reason) } } : settled;
}

async function endAttempt(
  tx: Db,
  action: StoredAction,
  { outcome }: Answered,
  attempt: number,
  now: number,
): Promise<void> {
  const { orgId, id: actionId } = action;
  if (outcome.kind === 'retry' && outcome.counts === false) return dropAttempt(tx, orgId, actionId, attempt);
  const kind =
    outcome.kind === 'local' || outcome.kind === 'card'
      ? 'delivered'
      : outcome.kind === 'dead'
        ? 'failed'
        : outcome.kind;
  const reason = 'reason' in outcome ? outcome.reason : undefined;
  await closeAttempt(tx, { orgId, actionId, attempt }, kind, reason, now);
}

async function carryOutLocally(
  tx: Db,
  action: StoredAction,
  params: JsonObject,
  now: number,
): Promise<Partial<Settlement> | undefined> {
  const effect = toLocalEffect(action, params);
  if (!effect.ok) return { state: 'refused', reason: effect.reason };
  if ('tile' in effect) await applyTileChanges(tx, [effect.tile], now);
  else await insertDatasetRows(tx, [effect.row]);
  return undefined;
}
