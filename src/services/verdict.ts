import { retryDelayMs } from '../delivery/retry-policy.ts';
import type { DeliveryOutcome } from '../domain/action.ts';
import { formatDuration } from '../domain/duration.ts';
import type { JsonObject } from '../domain/json.ts';
import type { HeldBack, Holder } from '../domain/mute.ts';
import { blankPersonal } from '../domain/personal.ts';
import type { Settlement, StoredAction } from '../store/deliveries.ts';
import type { DeliverDeps } from './deliver.ts';
import type { ReadyCard } from './join-groups.ts';
import { storedResult, toStorableObject } from './stored-params.ts';

/** What came of one try of an action, and what that makes of it. Pure: the service and trials in memory judge alike. */
export interface Settled {
  outcome: SettledOutcome | { kind: 'held'; heldBack: HeldBack };
  params?: JsonObject;
  /** The params as they are kept: without personal values, unless those may be stored. */
  stored?: JsonObject;
  /** The attempt that was started; absent when nothing was tried. */
  attempt?: number;
  /** The pause that dropped it. */
  heldBackBy?: Holder;
}

export type SettledOutcome =
  | DeliveryOutcome
  | { kind: 'dead'; reason: string }
  | { kind: 'local' }
  | { kind: 'card'; card: ReadyCard };

/** Tried, or given up without a try. */
export type Answered = Settled & { outcome: SettledOutcome };

/** How soon a pick that found nobody is tried again. */
const NOBODY_RETRY_MS = 10_000;

export interface Verdict extends Settlement {
  /** Try again after this; absent: no more. */
  againAfterMs?: number;
}

/** What an answer makes of an action: its state, and when to try again. */
export function toVerdict(
  deps: Pick<DeliverDeps, 'random' | 'storePersonalData'>,
  action: StoredAction,
  { outcome, params = {}, stored, attempt }: Answered,
  now: number,
): Verdict {
  const kept = stored === undefined ? {} : { params: toStorableObject(stored) };
  const final = { ...kept, finishedAt: now };
  const redrivable = { ...final, context: deps.storePersonalData ? action.context : blankPersonal(action.context) };
  switch (outcome.kind) {
    case 'delivered':
      return {
        ...final,
        state: 'delivered',
        result: toStorableObject(storedResult(outcome.result, params, stored ?? params)),
      };
    case 'local':
      return { ...final, state: 'delivered' };
    case 'card':
      // To be posted by itself, unless it joins a group.
      return { ...kept, state: 'queued', admittedAt: now, againAfterMs: 0 };
    case 'skipped':
      return { ...final, state: 'skipped', reason: outcome.reason };
    case 'refused':
      return { ...redrivable, state: 'refused', reason: outcome.reason };
    case 'dead':
      return { ...redrivable, state: 'dead', reason: outcome.reason };
    case 'not_connected':
      return { ...kept, state: 'not_connected', reason: outcome.reason };
    case 'uncertain': {
      const leave = action.spec.onUncertain === 'leave';
      if (leave) return { ...redrivable, state: 'uncertain', reason: outcome.reason };
      return again(action, redrivable, outcome.reason, retryDelayMs(attempt ?? 1, deps.random), now);
    }
    case 'nobody':
      return again(action, redrivable, outcome.reason, NOBODY_RETRY_MS, now);
    case 'retry': {
      const delayMs = outcome.afterMs ?? retryDelayMs(attempt ?? 1, deps.random);
      const verdict = again(action, redrivable, outcome.reason, delayMs, now);
      return outcome.counts === false ? { ...verdict, uncounted: true } : verdict;
    }
  }
}

/** Another try, unless it would come too late. */
function again(
  action: StoredAction,
  redrivable: Omit<Settlement, 'state'>,
  reason: string,
  delayMs: number,
  now: number,
): Verdict {
  if (now + delayMs <= action.expiresAt) return { state: 'queued', reason, againAfterMs: delayMs };
  const late = formatDuration(now - action.firedAt);
  return { ...redrivable, state: 'dead', reason: `given up ${late} after the firing: ${reason}` };
}
