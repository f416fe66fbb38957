import type { DeliverDeps } from '../../services/deliver.ts';
import type { ClaimedJob } from '../../services/delivery-queue.ts';
import { carryOut } from '../carry-out.ts';

/** A Worker may hold six connections at once; the database has three of them. */
const MAX_IN_FLIGHT = 3;
const TOUCH_MS = 3_000;
/** What is still under way so long after the last delivery began is cut off and given back; Slack and Zoho have ten seconds. */
export const GRACE_MS = 12_000;

/**
 * Carries out what can be delivered now, a few at a time, until nothing is left or no more may be begun (`until`, epoch
 * ms). What another invocation is doing is its own.
 */
export async function drainDeliveries(deps: DeliverDeps, until: number): Promise<void> {
  const running = new Map<ClaimedJob, Promise<void>>();
  const cutOff = new AbortController();
  const touching = setInterval(() => {
    // A touch that fails is made up for by the next; the settling knows whether the claim has lapsed.
    deps.queue.touch([...running.keys()]).catch(() => undefined);
  }, TOUCH_MS);
  const grace = setTimeout(() => cutOff.abort(), Math.max(0, until - Date.now()) + GRACE_MS);
  try {
    for (;;) {
      const jobs = Date.now() < until ? await deps.queue.claim(MAX_IN_FLIGHT - running.size) : [];
      for (const job of jobs) {
        const work = carryOut(deps, job, cutOff.signal).finally(() => running.delete(job));
        running.set(job, work);
      }
      if (running.size === 0) return;
      await Promise.race(running.values());
    }
  } finally {
    clearInterval(touching);
    clearTimeout(grace);
  }
}
