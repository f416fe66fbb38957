import type { DeliveryOutcome } from '../../domain/action.ts';
import type { ZohoFailure } from './zoho-result.ts';

/** What a failed call of Zoho means for a delivery. */
export function toZohoOutcome(failure: ZohoFailure, signal: AbortSignal): DeliveryOutcome {
  const { reason, retryAfterMs } = failure;
  const wait = retryAfterMs === undefined ? {} : { afterMs: retryAfterMs };
  switch (failure.kind) {
    case 'not_found':
      return { kind: 'skipped', reason: `not found in Zoho Desk (${reason})` };
    case 'forbidden':
    case 'invalid':
    case 'unauthorized':
    case 'needs_person':
      return { kind: 'refused', reason };
    case 'rate_limited':
    case 'credits_exhausted':
      return { kind: 'retry', reason, counts: false, ...wait };
    case 'unavailable':
      return { kind: 'retry', reason, ...(signal.aborted ? { counts: false } : {}), ...wait };
    case 'lost':
      return { kind: 'uncertain', reason };
  }
}
