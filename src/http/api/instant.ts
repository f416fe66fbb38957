import * as z from 'zod';

/** Inside, instants are epoch ms; the API shows them as ISO 8601 in UTC. */
export const instant = z.iso.datetime().meta({ id: 'Instant', description: 'ISO 8601, UTC' });

export function toIso(at: number): string {
  return new Date(at).toISOString();
}

export function toIsoOrNull(at: number | null): string | null {
  return at === null ? null : toIso(at);
}
