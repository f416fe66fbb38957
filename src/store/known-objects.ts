import { and, eq } from 'drizzle-orm';
import type { JsonObject } from '../domain/json.ts';
import { upsertRows } from './bulk.ts';
import type { Db } from './database.ts';
import { knownObjects } from './schema.ts';

export interface KnownObject {
  orgId: string;
  kind: 'channel' | 'agent';
  id: string;
  data: JsonObject;
  fetchedAt: number;
}

/** All that is known of a portal's channels and agents: some hundred rows. */
export async function loadKnownObjects(db: Db, orgId: string): Promise<KnownObject[]> {
  return db.select().from(knownObjects).where(eq(knownObjects.orgId, orgId));
}

export async function saveKnownObject(db: Db, object: KnownObject): Promise<void> {
  await upsertRows(db, knownObjects, ['org_id', 'kind', 'id'], [object]);
}

export async function removeKnownObject(db: Db, { orgId, kind, id }: Pick<KnownObject, 'orgId' | 'kind' | 'id'>) {
  await db
    .delete(knownObjects)
    .where(and(eq(knownObjects.orgId, orgId), eq(knownObjects.kind, kind), eq(knownObjects.id, id)));
}
