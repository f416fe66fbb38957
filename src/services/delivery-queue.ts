import type { Db } from '../store/database.ts';

/**
 * What the services ask of the queue that carries deliveries out; runtime/ puts pg-boss behind it. A job names an
 * action; jobs of one lane (a subject's actions at one destination) are carried out one after the other, in the order
 * in which they were enqueued, also across processes and retries.
 */
export interface DeliveryJob {
  orgId: string;
  actionId: string;
  lane: string;
}

/** A job as it was claimed; settling with it has no effect once the claim has lapsed. */
export interface ClaimedJob extends DeliveryJob {
  id: string;
  retryCount: number;
}

export interface DeliveryQueue {
  /** Adds jobs in the caller's transaction. */
  enqueue(tx: Db, jobs: readonly DeliveryJob[]): Promise<void>;
  /** Claims up to `limit` jobs that may run now. */
  claim(limit: number): Promise<ClaimedJob[]>;
  /** Ends a job, in the caller's transaction. */
  complete(tx: Db, job: ClaimedJob): Promise<void>;
  /** Gives a job back, to be claimed again after `delayMs` of the service's time, in the caller's transaction. */
  giveBack(tx: Db, job: ClaimedJob, delayMs: number): Promise<void>;
  /** Tells that these jobs are still worked on; without it they are given to another worker after ten seconds. */
  touch(jobs: readonly ClaimedJob[]): Promise<void>;
}

export function laneOf(orgId: string, subject: string, destination: string): string {
  return `${orgId}/${subject}/${destination}`;
}
