import type { SessionChange, ZohoClient } from './zoho-client.ts';
import type { ZohoSession } from './zoho-records.ts';
import type { ZohoResult } from './zoho-result.ts';

/**
 * Changes a session, and looks again when the answer does not tell whether it was done: most lost answers are settled on
 * the spot that way. Only when that look fails too, or does not show the change (it may still come), the loss remains.
 */
export async function changeSession(
  client: ZohoClient,
  id: string,
  change: SessionChange,
  isWanted: (session: ZohoSession) => boolean,
  signal: AbortSignal,
): Promise<ZohoResult<ZohoSession>> {
  const changed = await client.patchSession(id, change, signal);
  if (changed.ok || (changed.kind !== 'lost' && changed.kind !== 'unavailable')) return changed;
  const seen = await client.getSession(id, signal);
  return seen.ok && isWanted(seen.value) ? seen : changed;
}
