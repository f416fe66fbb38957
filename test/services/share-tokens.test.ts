import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { createTokenStore } from '../../src/services/share-tokens.ts';
import { leaseToken } from '../../src/store/tokens.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { MINUTE, START } from '../support/timeline.ts';

describe.each(databases)('one access token for all processes on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  const lease = (key: string, now: number) => leaseToken(database.db, 'o1', key, { now, until: now + 30_000 });

  test('a refresh under way is left alone; one whose process died is taken over after half a minute', async () => {
    expect(await lease('died', START)).toBeDefined();
    expect(await lease('died', START + 29_999)).toBeUndefined();
    expect(await lease('died', START + 30_000)).toBeDefined();
  });

  test('processes whose clocks differ by some seconds still take turns', async () => {
    expect(await lease('skewed', START)).toBeDefined();
    expect(await lease('skewed', START - 20_000)).toBeUndefined();
  });

  test('when a process died while refreshing and the clock was set back by an hour, nobody waits for that hour', async () => {
    const clock = createManualClock(START);
    const store = createTokenStore({ db: database.db, clock, orgId: 'o1' });
    expect(await lease('set-back', START)).toBeDefined();
    clock.set(START - 60 * MINUTE);
    const token = { accessToken: 'new', expiresAt: START };
    const got = await store.withRefreshLock('set-back', async () => ({ token, value: 'refreshed' }));
    expect(got).toBe('refreshed');
    expect(await store.read('set-back')).toEqual(token);
  });
});
