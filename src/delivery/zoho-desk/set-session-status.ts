import * as z from 'zod';
import type { Delivery, DeliveryOutcome } from '../../domain/action.ts';
import { SETTABLE_STATUSES } from '../../domain/vocabulary.ts';
import { readParams, requiredName } from '../rendered-params.ts';
import { changeSession } from './change-session.ts';
import type { DeskNames } from './desk-names.ts';
import { verifySession } from './verify-session.ts';
import type { ZohoClient } from './zoho-client.ts';
import { toZohoOutcome } from './zoho-outcome.ts';
import type { ZohoSession } from './zoho-records.ts';

/** zoho.setSessionStatus: ends, blocks, unblocks or holds a chat. Which change Zoho allows is Zoho's to judge. */

const schema = z.object({
  status: requiredName
    .transform((status) => status.toUpperCase())
    .pipe(z.enum(SETTABLE_STATUSES, { error: `must be one of ${SETTABLE_STATUSES.join(', ')}` })),
});

/** Zoho's OpenAPI file, read in 2026-06. */
const ALLOWED = 'Zoho allows any → ENDED, any → BLOCKED, BLOCKED → OPEN, OPEN → ON_HOLD, ENDED → ON_HOLD';

export async function setSessionStatus(
  delivery: Delivery,
  deps: { client: ZohoClient; names: DeskNames },
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const read = readParams(schema, delivery.params);
  if (!read.ok) return { kind: 'refused', reason: read.reason };
  const { status } = read.params;
  const isWanted = (session: ZohoSession) => session.status === status;
  const findDone = (session: ZohoSession): DeliveryOutcome | undefined =>
    isWanted(session) ? { kind: 'delivered', result: { status } } : undefined;
  const verified = await verifySession(delivery, { ...deps, findDone }, signal);
  if ('outcome' in verified) return verified.outcome;
  const { session } = verified;
  if (isWanted(session)) return { kind: 'skipped', reason: `the chat is ${status} already` };
  const changed = await changeSession(deps.client, session.id, { status }, isWanted, signal);
  if (!changed.ok) {
    const outcome = toZohoOutcome(changed, signal);
    if (changed.kind !== 'invalid') return outcome;
    return { kind: 'refused', reason: `${session.status} → ${status} was refused: ${changed.reason}. ${ALLOWED}` };
  }
  const previous = session.status === undefined ? {} : { previousStatus: session.status };
  return { kind: 'delivered', result: { status, ...previous } };
}
