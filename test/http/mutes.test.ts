import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { pauseSchema } from '../../src/http/api/pauses.ts';
import { previewSchema, silenceSchema } from '../../src/http/api/silences.ts';
import { problemSchema } from '../../src/http/problem.ts';
import { readinessSchema } from '../../src/http/service-routes.ts';
import { createMuteVerbs } from '../../src/services/mute-verbs.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { aRule } from '../support/rules.ts';
import { BEARER, createTestApp, NOW, type TestApp } from './test-app.ts';

const people = { owner: 'Ana', reason: 'maintenance' };

describe.each(databases)('silences and pauses by the API on $kind', ({ open }) => {
  let database: TestDatabase;
  let test: TestApp;
  beforeAll(async () => {
    database = await open();
    const made = createTestApp({ db: database.db });
    const names = () => ({ rules: [aRule({ id: 'on-hold' })], directory: emptyDirectory() });
    const mutes = createMuteVerbs({ database, clock: made.clock, names });
    test = createTestApp({ db: database.db, mutes });
  });
  afterAll(() => database.close());

  async function ask(path: string, body?: unknown) {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await test.app.request(`/api/v1${path}`, { headers: BEARER, ...init });
    return { status: response.status, body: await response.json() };
  }

  it('makes, shows, lists, extends and lifts a silence', async () => {
    const { status, body } = await ask('/silences', { rule: 'on-hold', for: '2h', by: 'Bia', ...people });
    expect(status).toBe(200);
    const made = silenceSchema.parse(body);
    expect(made).toMatchObject({
      state: 'active',
      matcher: { ruleId: 'on-hold' },
      createdBy: 'api:Bia',
      endsAt: new Date(NOW + 7_200_000).toISOString(),
      heldBack: 0,
    });
    expect(made.id).toMatch(/^sil-[2-9a-z]{5}$/);
    expect((await ask(`/silences/${made.id}`)).body).toEqual(made);
    expect((await ask('/silences?state=open')).body).toEqual({ data: [made], nextCursor: null });
    const extended = await ask(`/silences/${made.id}/extend`, { for: '1h' });
    expect(extended.body.endsAt).toBe(new Date(NOW + 10_800_000).toISOString());
    expect((await ask(`/silences/${made.id}/lift`, {})).body.state).toBe('lifted');
    expect((await ask(`/silences/${made.id}/lift`, {})).body.state).toBe('lifted');
    expect((await ask('/silences?state=open')).body.data).toEqual([]);
    expect((await ask('/silences')).body.data.length).toBe(1);
    expect((await ask(`/silences/${made.id}/extend`, { for: '1h' })).status).toBe(409);
  });

  it('previews a silence without making it', async () => {
    const { status, body } = await ask('/silences/preview', { everything: true, for: '2h', ...people });
    expect(status).toBe(200);
    expect(previewSchema.parse(body).firings.lastWeek).toBe(0);
    expect((await ask('/silences?state=open')).body.data).toEqual([]);
  });

  it('makes, lists and lifts a pause', async () => {
    const { body } = await ask('/pauses', { scope: { kind: 'everything' }, actions: 'wait', ...people });
    const made = pauseSchema.parse(body);
    expect(made).toMatchObject({ state: 'active', endsAt: null, actions: 'wait', waiting: 0 });
    expect((await ask('/pauses?state=open')).body.data).toEqual([made]);
    expect((await ask(`/pauses/${made.id}/lift`, { by: 'Bia' })).body).toMatchObject({
      state: 'lifted',
      liftedBy: 'api:Bia',
    });
    expect((await ask('/pauses?state=open')).body.data).toEqual([]);
  });

  it('tells machines what is in force', async () => {
    const look = async () => {
      const ready = readinessSchema.parse(await (await test.app.request('/readyz')).json());
      const metrics = await (await test.app.request('/metrics', { headers: BEARER })).text();
      const gauges = metrics.split('\n').filter((line) => /^vigia_(?:pauses|silences|actions_held)/.test(line));
      return { ...ready.heldBack, gauges };
    };
    const paused = pauseSchema.parse(
      (await ask('/pauses', { scope: { kind: 'everything' }, actions: 'wait', ...people })).body,
    );
    const silenced = silenceSchema.parse((await ask('/silences', { everything: true, for: '1h', ...people })).body);
    expect(await look()).toEqual({
      pauses: 1,
      silences: 1,
      gauges: [
        'vigia_pauses_in_force 1',
        'vigia_silences_in_force 1',
        'vigia_actions_held{by="pause"} 0',
        'vigia_actions_held{by="silence"} 0',
      ],
    });
    await ask(`/pauses/${paused.id}/lift`, {});
    await ask(`/silences/${silenced.id}/lift`, {});
    expect(await look()).toMatchObject({ pauses: 0, silences: 0 });
  });

  it.each([
    ['/silences', { rule: 'on-holt', for: '2h', ...people }, 400, 'Did you mean "on-hold"?'],
    ['/silences', { for: '2h', ...people }, 400, 'everything'],
    ['/silences', { rule: 'on-hold', ...people }, 400, 'until'],
    ['/silences', { rule: 'on-hold', for: '2 hours', ...people }, 400, '1h30m'],
    ['/silences', { rule: 'on-hold', for: '2h', owner: 'Ana' }, 400, 'openapi'],
    ['/silences', { rule: 'on-hold', for: '2h', typo: 1, ...people }, 400, 'openapi'],
    [
      '/pauses',
      { scope: { kind: 'destination', id: 'slak' }, actions: 'wait', ...people },
      400,
      'Did you mean "slack"?',
    ],
    ['/pauses', { scope: { kind: 'all' }, actions: 'wait', ...people }, 400, 'openapi'],
    ['/silences/sil-none/lift', {}, 404, 'GET /api/v1/silences'],
    ['/pauses/pau-none/lift', {}, 404, 'GET /api/v1/pauses'],
  ])('refuses %s of %j with what to do', async (path, body, status, remedy) => {
    const answer = await ask(path, body);
    expect(answer.status).toBe(status);
    expect(problemSchema.parse(answer.body).remedy).toContain(remedy);
  });

  it('wants the token, and a portal', async () => {
    expect((await test.app.request('/api/v1/pauses', { method: 'POST', body: '{}' })).status).toBe(401);
    const { app } = createTestApp({ db: database.db, config: { zoho: { orgId: undefined } } });
    const init = { method: 'POST', headers: BEARER, body: JSON.stringify({ everything: true, for: '1h', ...people }) };
    expect((await app.request('/api/v1/silences', init)).status).toBe(503);
  });
});
