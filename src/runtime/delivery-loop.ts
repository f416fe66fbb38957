import type { DeliverDeps } from '../services/deliver.ts';
import type { ClaimedJob } from '../services/delivery-queue.ts';
import { carryOut } from './carry-out.ts';
import { type Loop, startLoop } from './loop.ts';

/**
 * Carries out deliveries, at most `MAX_IN_FLIGHT` at once in a process. A place that becomes free is filled at once.
 * While jobs are worked on, they are touched: pg-boss gives a job without a sign of life to another worker after ten
 * seconds. On stop, running deliveries have a while to finish; what is still running then is cut off and given back.
 */
export const MAX_IN_FLIGHT = 10;
/** Real ms between looks for jobs that nobody woke us for: another process's, retries. */
const POLL_MS = 500;
const TOUCH_MS = 3_000;
const STOP_MS = 8_000;

export interface DeliveryLoop {
  wake(): void;
  stop(): Promise<void>;
  /** Deliveries under way in this process. */
  inFlight(): number;
}

export function startDeliveryLoop(deps: DeliverDeps): DeliveryLoop {
  const running = new Map<string, { job: ClaimedJob; done: Promise<void> }>();
  const cutOff = new AbortController();

  /**
   * A claim lapses while the database is away, and the job may then be claimed again although it is still worked on
   * here. The answer that is about to be settled comes first; what is settled is not repeated.
   */
  async function work(job: ClaimedJob, earlier: Promise<void> | undefined): Promise<void> {
    await earlier;
    await carryOut(deps, job, cutOff.signal);
    if (running.get(job.id)?.job === job) running.delete(job.id);
    loop.wake();
  }

  const loop: Loop = startLoop({
    name: 'deliveries',
    async pass() {
      const free = MAX_IN_FLIGHT - running.size;
      if (free <= 0) return POLL_MS;
      const jobs = await deps.queue.claim(free);
      for (const job of jobs) running.set(job.id, { job, done: work(job, running.get(job.id)?.done) });
      return jobs.length === free ? 0 : POLL_MS;
    },
  });

  const touching = startLoop({
    name: 'signs of life of deliveries',
    async pass() {
      await deps.queue.touch([...running.values()].map(({ job }) => job));
      return TOUCH_MS;
    },
  });

  return {
    wake: () => loop.wake(),
    inFlight: () => running.size,
    async stop() {
      await loop.stop();
      const all = () => Promise.all([...running.values()].map(({ done }) => done));
      const timer = setTimeout(() => cutOff.abort(), STOP_MS);
      await all();
      clearTimeout(timer);
      await touching.stop();
    },
  };
}
