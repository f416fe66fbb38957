import type { StoredToken, TokenStore } from '../delivery/zoho-desk/access-tokens.ts';
import type { Clock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Db } from '../store/database.ts';
import { findToken, leaseToken, releaseToken } from '../store/tokens.ts';

/** The Zoho client's token store on the database: one access token, and one refresh at a time, for all processes. */
const LEASE_MS = 30_000;
const ASK_AGAIN_MS = 250;

export function createTokenStore(deps: { db: Db; clock: Clock; orgId: string }): TokenStore {
  const { db, clock, orgId } = deps;
  return {
    async read(key) {
      return toToken(await findToken(db, orgId, key));
    },
    async withRefreshLock(key, work) {
      const giveUpAt = clock.now() + 2 * LEASE_MS;
      for (;;) {
        const now = clock.now();
        const lease = await leaseToken(db, orgId, key, { now, until: now + LEASE_MS });
        if (lease !== undefined) return refresh(key, toToken(lease.token ?? undefined), work);
        if (now > giveUpAt)
          throw new AppError('unavailable', 'another process has been refreshing the Zoho token for a minute');
        await clock.sleep(ASK_AGAIN_MS);
      }
    },
  };

  async function refresh<T>(
    key: string,
    current: StoredToken | undefined,
    work: (current: StoredToken | undefined) => Promise<{ token?: StoredToken; value: T }>,
  ): Promise<T> {
    let token: JsonObject | undefined;
    try {
      const done = await work(current);
      if (done.token !== undefined) token = { ...done.token };
      return done.value;
    } finally {
      await releaseToken(db, orgId, key, { token, now: clock.now() });
    }
  }
}

function toToken(stored: JsonObject | undefined): StoredToken | undefined {
  const accessToken = stored?.['accessToken'];
  const expiresAt = stored?.['expiresAt'];
  return typeof accessToken === 'string' && typeof expiresAt === 'number' ? { accessToken, expiresAt } : undefined;
}
