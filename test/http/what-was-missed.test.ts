import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECONCILIATION_JOB } from '../../src/services/reconcile/reconcile.ts';
import { events, jobStates, transitions } from '../../src/store/schema.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { aTransition } from './seed.ts';
import { ADMIN_TOKEN, createTestApp, NOW, ORG_ID } from './test-app.ts';

const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };
const iso = (at: number) => new Date(at).toISOString();

describe('what was missed, over the API', () => {
  let database: TestDatabase;
  let app: ReturnType<typeof createTestApp>['app'];
  beforeAll(async () => {
    database = await pgliteKind.open();
    app = createTestApp({ db: database.db }).app;
  });
  afterAll(() => database.close());

  async function get(path: string): Promise<Record<string, unknown>> {
    const response = await app.request(path, { headers: BEARER });
    expect(response.status).toBe(200);
    return Object(await response.json());
  }

  it('gaps are listed with both values, filtered by chat, channel and time, page by page', async () => {
    const gap = (key: string, minute: number, more: object = {}) => ({
      ...aTransition('s1', 1, key),
      at: NOW + minute * 60_000,
      from: 'OPEN',
      known: 'ON_HOLD',
      gap: true,
      ...more,
    });
    await database.db
      .insert(transitions)
      .values([
        gap('g1', 1),
        gap('g2', 2, { channelId: 'c2' }),
        gap('g3', 3, { sessionId: 's2' }),
        gap('none', 4, { gap: false }),
        { ...gap('g4', 5), orgId: 'another' },
      ]);
    const keys = (page: Record<string, unknown>) =>
      Array.isArray(page['data']) ? page['data'].map(({ eventKey }: { eventKey: string }) => eventKey) : [];
    const all = await get('/api/v1/gaps');
    expect(keys(all)).toEqual(['g3', 'g2', 'g1']);
    expect(all['data']).toMatchObject([{ sessionId: 's2', known: 'ON_HOLD', from: 'OPEN' }, {}, {}]);
    expect(keys(await get('/api/v1/gaps?sessionId=s1'))).toEqual(['g2', 'g1']);
    expect(keys(await get('/api/v1/gaps?channelId=c2'))).toEqual(['g2']);
    expect(keys(await get(`/api/v1/gaps?since=${iso(NOW + 120_000)}`))).toEqual(['g3', 'g2']);
    const first = await get('/api/v1/gaps?limit=2');
    expect(keys(await get(`/api/v1/gaps?limit=2&cursor=${String(first['nextCursor'])}`))).toEqual(['g1']);
    expect((await app.request('/api/v1/gaps?since=yesterday', { headers: BEARER })).status).toBe(400);
  });

  it('reconciliation tells how far it is, what it found and what it costs', async () => {
    expect(await get('/api/v1/reconciliation')).toMatchObject({ readUpTo: null, last: null, creditsToday: 0 });
    const last = {
      at: NOW,
      outcome: 'failed',
      reason: 'no',
      chats: 9,
      differing: 1,
      inferred: 0,
      deferred: 1,
      credits: 6,
    };
    const spent = { day: iso(NOW).slice(0, 10), credits: 60 };
    const state = { readUpTo: NOW - 60_000, nextAt: NOW + 300_000, spent, inferred: 4, last };
    await database.db.insert(jobStates).values({ orgId: ORG_ID, name: RECONCILIATION_JOB, state, updatedAt: NOW });
    expect(await get('/api/v1/reconciliation')).toEqual({
      everySeconds: 300,
      creditsPerDay: 2_000,
      creditsToday: 60,
      readUpTo: iso(NOW - 60_000),
      nextRunAt: iso(NOW + 300_000),
      inferred: 4,
      last: { ...last, at: iso(NOW) },
    });
  });

  it('a silence is a note of readiness, and a number of the metrics', async () => {
    const event = { source: 'zoho-desk', type: 'X', subject: 's1', at: NOW, payload: {}, repeats: 0 };
    await database.db.insert(events).values([
      { ...event, orgId: ORG_ID, key: 'k1', receivedAt: NOW - 90_000 },
      { ...event, orgId: ORG_ID, key: 'k2', receivedAt: NOW, source: 'reconcile' },
    ]);
    const state = { checkedAt: NOW, upSince: NOW, silentSince: NOW - 90_000 };
    await database.db.insert(jobStates).values({ orgId: ORG_ID, name: 'dead-man', state, updatedAt: NOW });
    const body: unknown = await (await app.request('/readyz')).json();
    expect(body).toMatchObject({ receiver: { ok: true, silentSince: iso(NOW - 90_000) } });
    const text = await (await app.request('/metrics', { headers: BEARER })).text();
    expect(text.split('\n')).toContain('vigia_seconds_since_last_event 90');
    expect(text.split('\n')).toContain('vigia_reconcile_credits 60');
  });
});
