import { AppError } from '../../domain/errors.ts';
import type { Db } from '../../store/database.ts';
import { loadKnownObjects, removeKnownObject, saveKnownObject } from '../../store/known-objects.ts';

/**
 * Hyperdrive answers repeated reads from a cache unless that is switched off when it is made. Vigia would then judge
 * and deliver by what was true a minute ago; so it looks whether a read sees what was written after the same read.
 * @throws AppError unavailable
 */
export async function assertFreshReads(db: Db, now: number): Promise<void> {
  // No portal has such an id: nobody else reads this.
  const orgId = `probe ${crypto.randomUUID()}`;
  const probe = { orgId, kind: 'channel', id: 'probe', data: {}, fetchedAt: now } as const;
  await loadKnownObjects(db, orgId);
  await saveKnownObject(db, probe);
  const seen = await loadKnownObjects(db, orgId);
  await removeKnownObject(db, probe);
  if (seen.length > 0) return;
  throw new AppError('unavailable', 'Hyperdrive answers reads from its cache.', {
    remedy: 'Switch the cache off: npx wrangler hyperdrive update <id> --caching-disabled',
  });
}
