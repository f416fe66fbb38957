import type { StoredToken, TokenStore } from '../../src/delivery/zoho-desk/access-tokens.ts';

/** What the database does for several processes, within one: one refresh at a time, and everybody sees its token. */
export function createMemoryTokenStore(): TokenStore & { tokens: Map<string, StoredToken>; reads: () => number } {
  const tokens = new Map<string, StoredToken>();
  let last: Promise<unknown> = Promise.resolve();
  let reads = 0;
  return {
    tokens,
    reads: () => reads,
    read: async (key) => {
      reads += 1;
      return tokens.get(key);
    },
    withRefreshLock: (key, work) => {
      const turn = last.then(async () => {
        const done = await work(tokens.get(key));
        if (done.token !== undefined) tokens.set(key, done.token);
        return done.value;
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}
