import { and, eq, sql } from 'drizzle-orm';
import type { JsonObject } from '../domain/json.ts';
import { type Db, rowsOf } from './database.ts';
import { oauthTokens } from './schema.ts';

/**
 * The access token that all processes share. Who refreshes it holds a lease on the row, not a lock: the refresh is a
 * call over the network, and no transaction may wait for one.
 */
export async function findToken(db: Db, orgId: string, key: string): Promise<JsonObject | undefined> {
  const [row] = await db
    .select({ token: oauthTokens.token })
    .from(oauthTokens)
    .where(and(eq(oauthTokens.orgId, orgId), eq(oauthTokens.key, key)));
  return row?.token ?? undefined;
}

/** How far the clocks of two processes may differ. */
const SKEW_MS = 30_000;

/**
 * Takes the lease until `until`, if nobody holds it. A lease that ends much later than one taken now is of a clock that has
 * been set back since: it counts no more.
 * @returns the token as it stands, or undefined when somebody else is refreshing it
 */
export async function leaseToken(
  db: Db,
  orgId: string,
  key: string,
  { now, until }: { now: number; until: number },
): Promise<{ token: JsonObject | null } | undefined> {
  const [at, end] = [new Date(now).toISOString(), new Date(until).toISOString()];
  const impossible = new Date(until + SKEW_MS).toISOString();
  const rows = await db.execute(sql`
    insert into oauth_tokens as t (org_id, key, leased_until, updated_at)
    values (${orgId}, ${key}, ${end}::timestamptz, ${at}::timestamptz)
    on conflict (org_id, key) do update set leased_until = excluded.leased_until
    where t.leased_until is null or t.leased_until <= ${at}::timestamptz or t.leased_until > ${impossible}::timestamptz
    returning t.token`);
  return rowsOf<{ token: JsonObject | null }>(rows)[0];
}

/** Gives the lease back, with the new token if there is one. */
export async function releaseToken(
  db: Db,
  orgId: string,
  key: string,
  { token, now }: { token: JsonObject | undefined; now: number },
): Promise<void> {
  await db
    .update(oauthTokens)
    .set({ leasedUntil: null, ...(token === undefined ? {} : { token, updatedAt: now }) })
    .where(and(eq(oauthTokens.orgId, orgId), eq(oauthTokens.key, key)));
}
