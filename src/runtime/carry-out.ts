import { getLogger } from '@logtape/logtape';
import { errorText } from '../domain/errors.ts';
import { type DeliverDeps, deliverJob } from '../services/deliver.ts';
import type { ClaimedJob } from '../services/delivery-queue.ts';

const log = getLogger(['vigia', 'deliver']);

/** One delivery of those that run side by side: its failure is told and stays its own. */
export async function carryOut(deps: DeliverDeps, job: ClaimedJob, signal: AbortSignal): Promise<void> {
  try {
    await deliverJob(deps, job, signal);
  } catch (error) {
    log.error('action {action} could not be settled, its job will be taken again: {error}', {
      action: job.actionId,
      error: errorText(error),
    });
  }
}
