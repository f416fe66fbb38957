import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events, transitions } from '../../src/store/schema.ts';
import { captureLogs } from '../support/captured-logs.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anEvent, aTransition } from './seed.ts';
import { BEARER, createTestApp, NOW } from './test-app.ts';

const BACK = new Date(NOW - 3_600_000).toISOString();

describe.each(databases)('exports by the API on $kind', ({ open }) => {
  let database: TestDatabase;
  let ask: (path: string, headers?: Record<string, string>) => Promise<Response>;
  beforeAll(async () => {
    database = await open();
    const { app } = createTestApp({ db: database.db });
    ask = async (path, headers = BEARER) => app.request(`/api/v1/export${path}`, { headers });
    await database.db.insert(events).values([anEvent('e1', -20), anEvent('e2', -10), anEvent('to-come', 10)]);
    await database.db.insert(transitions).values([aTransition('=s1', -20, 'e1')]);
  });
  afterAll(() => database.close());

  it('streams a table as NDJSON and as CSV, up to now', async () => {
    const response = await ask(`/events?since=${BACK}`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="events.ndjson"');
    const rows = (await response.text()).trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).key)).toEqual(['e1', 'e2']);
    const csv = await (await ask(`/transitions?since=${BACK}&format=csv`)).text();
    expect(csv).toMatch(/^at,sessionId,from,to,.*\r\n2026-03-02T12:59:40\.000Z,'=s1,OPEN,ON_HOLD,.*\r\n$/);
  });

  it('wants the token', async () => {
    expect((await ask(`/events?since=${BACK}`, {})).status).toBe(401);
  });

  it.each([
    ['/weather?since=2026-03-02T10:00:00Z', 404, 'no such export'],
    ['/events', 400, 'since'],
    ['/events?since=yesterday', 400, 'is not a time with its offset'],
    ['/events?since=2026-03-02T10:00:00Z&colour=red', 400, 'colour'],
    ['/history?since=2026-03-02T10:00:00Z&format=csv', 400, 'several kinds'],
  ])('answers %s with %i', async (path, status, words) => {
    const response = await ask(path);
    expect(response.status).toBe(status);
    expect(JSON.stringify(await response.json())).toContain(words);
  });

  it('reads for two at once, and for the next one when one of them has left', async () => {
    const [first, second] = [await ask(`/events?since=${BACK}`), await ask(`/events?since=${BACK}`)];
    expect((await ask(`/events?since=${BACK}`)).status).toBe(503);
    await first?.body?.cancel();
    const third = await ask(`/events?since=${BACK}`);
    expect(third.status).toBe(200);
    await Promise.all([second, third].map((response) => response?.text()));
  });
});

it('breaks off what it cannot finish, instead of ending it as if it were whole', async () => {
  const { lines, stop } = await captureLogs();
  const { app } = createTestApp();
  const response = await app.request(`/api/v1/export/events?since=${BACK}`, { headers: BEARER });
  await expect(response.text()).rejects.toThrow();
  await stop();
  expect(lines.join()).toContain('an export was broken off');
});
