import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acknowledgeGroup, resolveGroup } from '../../src/services/alert-group-verbs.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { chatIds, createStorm, type Storm } from '../support/storms.ts';
import { BEARER, createTestApp } from './test-app.ts';

const lost = aRule({
  id: 'lost',
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'LOST' }] },
  groupAlerts: { by: [], waitMs: 1_000, intervalMs: 1_000 },
  actions: [anAction('slack.alert', { channel: '#chat-ops', text: 'lost' })],
});

describe.each(databases)('/api/v1/alert-groups on $kind', ({ open }) => {
  let database: TestDatabase;
  let storm: Storm;
  beforeAll(async () => {
    database = await open();
    storm = await createStorm(database, [lost]);
    await storm.chats('LOST', chatIds(5));
    await storm.after(1_000);
  });
  afterAll(async () => {
    await storm.stop();
    await database.close();
  });

  function ask(path: string, method = 'GET') {
    const { app } = createTestApp({
      db: database.db,
      config: { zoho: { orgId: storm.orgId } },
      acknowledgeGroup: (org, id, by) => acknowledgeGroup(storm.deps, org, id, by),
      resolveGroup: (org, id, by) => resolveGroup(storm.deps, org, id, by),
    });
    return app.request(`/api/v1/alert-groups${path}`, { method, headers: BEARER });
  }

  it('lists groups with what is true and what the card says, and changes all their members', async () => {
    const { data } = await (await ask('')).json();
    expect(data).toMatchObject([
      {
        ruleId: 'lost',
        total: 5,
        open: 5,
        acknowledged: 0,
        shownTotal: 5,
        posted: true,
        closedAt: null,
        text: 'lost',
        overBudget: false,
      },
    ]);
    const [{ id }] = data;
    expect(await (await ask(`/${id}/acknowledge`, 'POST')).json()).toMatchObject({ id, open: 5, acknowledged: 5 });
    expect(await (await ask(`/${id}/resolve`, 'POST')).json()).toMatchObject({ id, open: 0, acknowledged: 0 });
    expect((await (await ask('?closed=true')).json()).data).toEqual([]);
    expect((await (await ask('?ruleId=other')).json()).data).toEqual([]);
  });

  it('answers 404 for a group that is not there, and 400 for a filter that it does not know', async () => {
    expect((await ask('/none/acknowledge', 'POST')).status).toBe(404);
    expect((await ask('?closed=maybe')).status).toBe(400);
  });
});
