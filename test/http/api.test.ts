import { and, eq } from 'drizzle-orm';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import { actionSchema } from '../../src/http/api/actions.ts';
import { alertSchema } from '../../src/http/api/alerts.ts';
import { recordSchema, tileSchema } from '../../src/http/api/board.ts';
import { decisionSchema } from '../../src/http/api/decisions.ts';
import { eventSchema, rejectedSchema } from '../../src/http/api/events.ts';
import { holdSchema } from '../../src/http/api/holds.ts';
import { invariantSchema } from '../../src/http/api/invariants.ts';
import { ruleSchema } from '../../src/http/api/rules.ts';
import { sessionSchema, timelineEntrySchema } from '../../src/http/api/sessions.ts';
import { vocabularySchema } from '../../src/http/api/vocabulary.ts';
import type { AppEnv } from '../../src/http/app-deps.ts';
import { problemSchema } from '../../src/http/problem.ts';
import { readinessSchema } from '../../src/http/service-routes.ts';
import {
  actions,
  alerts,
  datasetRows,
  decisions,
  events,
  holds,
  inbox,
  messages,
  rejectedItems,
  sessions,
  tiles,
  transitions,
  vocabularyEntries,
} from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { aRule } from '../support/rules.ts';
import {
  aDecision,
  aHold,
  aMessage,
  anAction,
  anAlert,
  anEntry,
  anEvent,
  aRecord,
  aSession,
  aTransition,
} from './seed.ts';
import { BEARER, createTestApp, NOW, ORG_ID } from './test-app.ts';

const listSchema = z.strictObject({
  data: z.array(z.looseObject({ id: z.string().optional() })),
  nextCursor: z.string().nullable(),
});

describe.each(databases)('the API on $kind', ({ open }) => {
  let database: TestDatabase;
  let app: Hono<AppEnv>;

  beforeAll(async () => {
    database = await open();
    const { db } = database;
    await db
      .insert(sessions)
      .values([
        aSession('s1', 1),
        aSession('s2', 2, { status: 'ENDED', channelId: 'c2', endedAt: NOW }),
        aSession('s3', 2, { status: 'OPEN', assigneeId: null }),
        aSession('s4', 3, { status: 'ON_HOLD', assigneeId: 'a2', waitingSince: NOW, statusSinceApproximate: true }),
        aSession('s5', 4, { status: null, channelId: null, statusSince: null }),
        { ...aSession('s1', 9), orgId: 'another' },
      ]);
    await db
      .insert(vocabularyEntries)
      .values([
        anEntry('session.status', 'PARKED', 1),
        anEntry('event.field', 'IM_Message_Add.mood', 1),
        anEntry('session.status', 'QUEUED_UP', 2, { acceptedAt: NOW, acceptedBy: 'api' }),
        { ...anEntry('session.status', 'PARKED', 1), orgId: 'another' },
      ]);
    await db
      .insert(transitions)
      .values([aTransition('s1', 2, 'e1'), aTransition('s1', 5, 'e4'), aTransition('s2', 3, 'e9')]);
    await db.insert(messages).values([aMessage('s1', 2, 'e2'), aMessage('s1', 4, 'e3')]);
    await db
      .insert(decisions)
      .values([
        aDecision(2),
        aDecision(2, { outcome: 'fired' }),
        aDecision(6, { ruleId: 'unassigned', outcome: 'error' }),
        aDecision(7, { sessionId: 's2' }),
      ]);
    await db
      .insert(holds)
      .values([
        aHold('h1', 900, 'running', { nextAt: NOW + 900_000 }),
        aHold('h2', 300, 'running', { ruleId: 'unassigned', sessionId: 's2' }),
        aHold('h3', 600, 'fired', { firedAt: NOW, firings: 1, alertIds: ['l1'] }),
        aHold('h4', 600, 'cancelled', { endedAt: NOW, endReason: 'answered' }),
        aHold('h5', 100, 'expired'),
      ]);
    await db
      .insert(actions)
      .values([
        anAction('x1', 2, 'delivered'),
        anAction('x2', 2, 'dead', { reason: 'refused by Slack' }),
        anAction('x3', 8, 'queued', { ruleId: 'unassigned', sessionId: 's2' }),
        anAction('x4', 9, 'not_connected', { sessionId: null }),
      ]);
    await db
      .insert(alerts)
      .values([
        anAlert('l1', 1, 'open'),
        anAlert('l2', 2, 'resolved'),
        anAlert('l3', 3, 'acknowledged', { card: null }),
      ]);
    await db
      .insert(events)
      .values([
        anEvent('e1', 5),
        anEvent('e2', 1, { type: 'IM_Message_Add', previous: { a: 1 }, repeats: 2 }),
        anEvent('e3', 3, { subject: 'Ticket:1', sessionId: null, type: 'Ticket_Update' }),
      ]);
    await db.insert(inbox).values({ orgId: ORG_ID, key: 'e3', subject: 'Ticket:1', at: NOW });
    await db.insert(rejectedItems).values([
      { orgId: ORG_ID, source: 'zoho-desk', receivedAt: NOW, reason: 'orgId is missing', item: { a: 1 } },
      { orgId: ORG_ID, source: 'zoho-desk', receivedAt: NOW, reason: 'the item is not an object' },
    ]);
    await db.insert(tiles).values([
      { orgId: ORG_ID, tile: 'status', by: 'OPEN', value: 3, updatedAt: NOW },
      { orgId: ORG_ID, tile: 'note', by: '', value: 'calm', updatedAt: NOW },
    ]);
    await db.insert(datasetRows).values([aRecord('r1', 1), aRecord('r2', 2), aRecord('r3', 3, 'other')]);
    ({ app } = createTestApp({
      db,
      currentRuleset: () => ({
        hash: 'abc',
        rules: [
          aRule({ id: 'on-hold', owner: 'leads' }),
          aRule({ id: 'status', trigger: { kind: 'event', on: ['X'], late: false } }),
        ],
        conditions: {},
        directory: emptyDirectory(),
        loadedAt: NOW,
        faults: [],
      }),
      acknowledgeAlert: async (orgId, id, by) => {
        const changed = await db
          .update(alerts)
          .set({ state: 'acknowledged', acknowledgedAt: NOW, acknowledgedBy: by })
          .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)))
          .returning();
        if (changed.length === 0) throw new AppError('not_found', `there is no alert ${id}`);
      },
      vocabularyReaders: (field) => (field === 'session.status' ? [aRule({ id: 'reads', onUnknown: 'skip' })] : []),
      snoozeAlert: async (orgId, id, { forMs }) => {
        const changed = await db
          .update(alerts)
          .set({ state: 'snoozed', snoozedUntil: NOW + forMs })
          .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)))
          .returning();
        if (changed.length === 0) throw new AppError('not_found', `there is no alert ${id}`);
      },
      retryAction: async () => {
        throw new AppError('conflict', 'the action is queued');
      },
    }));
  });
  afterAll(() => database.close());

  const get = (path: string) => app.request(`/api/v1${path}`, { headers: BEARER });
  async function list(path: string) {
    const response = await get(path);
    expect(response.status).toBe(200);
    return listSchema.parse(await response.json());
  }
  const ids = async (path: string, key = 'id') => (await list(path)).data.map((item) => item[key]);

  /** All items of a list, read page by page. */
  async function readAll(path: string, limit: number, key: string): Promise<unknown[]> {
    const found: unknown[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await list(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${next}`);
      expect(page.data.length).toBeLessThanOrEqual(limit);
      found.push(...page.data.map((item) => item[key]));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return found;
  }

  it.each([
    ['/sessions', sessionSchema],
    ['/sessions/s1/timeline', timelineEntrySchema],
    ['/decisions', decisionSchema],
    ['/holds', holdSchema],
    ['/alerts', alertSchema],
    ['/actions', actionSchema],
    ['/rules', ruleSchema],
    ['/events', eventSchema],
    ['/events?sessionId=s1', eventSchema],
    ['/rejected', rejectedSchema],
    ['/tiles', tileSchema],
    ['/records/ended-chats', recordSchema],
    ['/vocabulary', vocabularySchema],
    ['/invariants', invariantSchema],
  ])('%s answers what its schema says, and nothing else', async (path, schema) => {
    const { data } = await list(path);
    expect(data.length).toBeGreaterThan(0);
    for (const item of data) expect(z.parse(schema, item)).toEqual(item);
  });

  it.each([
    ['/sessions', 'id', ['s5', 's4', 's3', 's2', 's1']],
    ['/sessions?status=OPEN', 'id', ['s3', 's1']],
    ['/sessions?status=ENDED', 'id', ['s2']],
    ['/sessions?channelId=c1', 'id', ['s4', 's3', 's1']],
    ['/sessions?channelId=c1&assigneeId=a2', 'id', ['s4']],
    ['/decisions?outcome=error', 'ruleId', ['unassigned']],
    ['/decisions?ruleId=on-hold&sessionId=s1', 'outcome', ['fired', 'armed']],
    ['/holds', 'id', ['h1', 'h4', 'h3', 'h2', 'h5']],
    ['/holds?state=running', 'id', ['h2', 'h1']],
    ['/holds?state=fired', 'id', ['h3']],
    ['/holds?sessionId=s2', 'id', ['h2']],
    ['/holds?ruleId=unassigned', 'id', ['h2']],
    ['/alerts', 'id', ['l3', 'l2', 'l1']],
    ['/alerts?state=open', 'id', ['l1']],
    ['/alerts?state=resolved', 'id', ['l2']],
    ['/actions', 'id', ['x4', 'x3', 'x2', 'x1']],
    ['/actions?state=dead', 'id', ['x2']],
    ['/actions?state=delivered', 'id', ['x1']],
    ['/actions?sessionId=s1&ruleId=on-hold', 'id', ['x2', 'x1']],
    ['/rules', 'id', ['on-hold', 'status']],
    ['/events', 'key', ['e1', 'e3', 'e2']],
    ['/events?type=IM_Message_Add', 'key', ['e2']],
    ['/events?sessionId=s1', 'key', ['e1', 'e2']],
    ['/events?subject=Ticket:1', 'key', ['e3']],
    ['/tiles', 'tile', ['note', 'status']],
    ['/records/ended-chats', 'id', ['r2', 'r1']],
    ['/records/none', 'id', []],
    ['/vocabulary', 'value', ['QUEUED_UP', 'PARKED', 'IM_Message_Add.mood']],
    ['/vocabulary?state=new', 'value', ['PARKED', 'IM_Message_Add.mood']],
    ['/vocabulary?state=accepted', 'value', ['QUEUED_UP']],
    ['/vocabulary?field=event.field', 'value', ['IM_Message_Add.mood']],
  ])('%s lists %s: %j', async (path, key, expected) => {
    expect(await ids(path, key)).toEqual(expected);
  });

  it('a rule tells what it does in plain sentences, in both languages', async () => {
    const { data } = await list('/rules');
    expect(data).toMatchObject([
      {
        id: 'on-hold',
        sentences: {
          en: ['When a chat stays on hold for 15 minutes, Vigia posts a message in #ops.'],
          'pt-BR': ['Quando uma conversa fica em espera por 15 minutos, o Vigia publica uma mensagem em #ops.'],
        },
      },
      { id: 'status' },
    ]);
  });

  it.each([
    ['/sessions', 'id'],
    ['/sessions?status=OPEN', 'id'],
    ['/sessions/s1/timeline', 'id'],
    ['/decisions', 'id'],
    ['/holds', 'id'],
    ['/holds?state=running', 'id'],
    ['/alerts', 'id'],
    ['/actions', 'id'],
    ['/events', 'key'],
    ['/events?sessionId=s1', 'key'],
    ['/rejected', 'id'],
    ['/records/ended-chats', 'id'],
    ['/vocabulary', 'value'],
  ])('%s shows each item once, whatever the size of the pages', async (path, key) => {
    const all = await ids(path, key);
    for (const limit of [1, 2, 3, 200]) expect(await readAll(path, limit, key)).toEqual(all);
  });

  it('an entry of the vocabulary tells which rules read its field', async () => {
    const { data } = await list('/vocabulary?field=session.status&state=new');
    expect(data).toMatchObject([{ value: 'PARKED', rules: [{ id: 'reads', name: 'reads', onUnknown: 'skip' }] }]);
  });

  it('the timeline of a chat tells what happened, was concluded and was done, in the order of time', async () => {
    const { data } = await list('/sessions/s1/timeline');
    expect(data.map((entry) => entry.kind)).toEqual([
      'transition',
      'message',
      'decision',
      'decision',
      'action',
      'action',
      'message',
      'transition',
      'decision',
    ]);
    const times = data.map((entry) => String(entry.at));
    expect(times).toEqual([...times].sort());
  });

  it('a chat shows its measures, absent ones as null', async () => {
    const response = await get('/sessions/s4');
    const session = sessionSchema.parse(await response.json());
    expect(session).toMatchObject({
      id: 's4',
      status: 'ON_HOLD',
      createdAt: '2026-03-02T13:00:03.000Z',
      statusSinceApproximate: true,
      waitingSince: '2026-03-02T13:00:00.000Z',
      timeInMs: { CREATED: 1_500 },
      endedAt: null,
    });
  });

  it.each(['/sessions/none', '/sessions/none/timeline', '/sessions/%00', `/sessions/${'x'.repeat(2_000)}`])(
    '%.40s is not found',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(problemSchema.parse(await response.json()).code).toBe('not_found');
    },
  );

  it.each([
    '/sessions?limit=0',
    '/sessions?limit=201',
    '/sessions?limit=ten',
    '/sessions?stauts=OPEN',
    '/sessions?status=%00',
    '/sessions?cursor=nonsense',
    '/sessions?cursor=bnVsbA',
    '/decisions?outcome=unheard',
    '/holds?state=gone',
  ])('%s is a bad request that names the fault', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(400);
    const { detail } = problemSchema.parse(await response.json());
    const name = /\?(\w+)=/.exec(path)?.[1] ?? '';
    expect(detail).toContain(name);
  });

  it('a cursor of another list is refused', async () => {
    const { nextCursor } = await list('/sessions?limit=1');
    expect((await get(`/decisions?cursor=${nextCursor}`)).status).toBe(400);
  });

  it('facts that templates read, with what the customer wrote, are nowhere in a list', async () => {
    for (const path of ['/actions', '/sessions/s1/timeline']) {
      expect(await (await get(path)).text()).not.toContain('what the customer wrote');
    }
  });

  describe('commands', () => {
    const post = (path: string, body?: unknown) =>
      app.request(`/api/v1${path}`, {
        method: 'POST',
        headers: BEARER,
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });

    it('an alert is acknowledged, in the name of who is behind the token', async () => {
      const response = await post('/alerts/l1/acknowledge', { by: 'Ana' });
      expect(response.status).toBe(200);
      expect(alertSchema.parse(await response.json())).toMatchObject({
        id: 'l1',
        state: 'acknowledged',
        acknowledgedBy: 'api:Ana',
      });
      expect(alertSchema.parse(await (await post('/alerts/l1/acknowledge')).json())).toMatchObject({
        acknowledgedBy: 'api',
      });
    });

    it('an alert is snoozed for a while, and for no time that is none', async () => {
      const response = await post('/alerts/l1/snooze', { for: '30m', by: 'Ana' });
      expect(response.status).toBe(200);
      expect(alertSchema.parse(await response.json())).toMatchObject({ state: 'snoozed' });
      for (const body of [
        undefined,
        {},
        { for: '30' },
        { for: '30s' },
        { for: '8d' },
        { for: 30 },
        { for: '1h', x: 1 },
      ]) {
        expect((await post('/alerts/l1/snooze', body)).status, JSON.stringify(body)).toBe(400);
      }
      expect((await post('/alerts/none/snooze', { for: '1h' })).status).toBe(404);
    });

    it('what is not there is 404, what cannot be done is 409', async () => {
      expect((await post('/alerts/none/acknowledge')).status).toBe(404);
      const response = await post('/actions/x3/retry');
      expect(response.status).toBe(409);
      expect(problemSchema.parse(await response.json()).detail).toBe('the action is queued');
    });

    it.each(['[]', '{"by":1}', '{"by":""}', '{"who":"Ana"}', 'Ana'])('a body of %s is 400', async (body) => {
      expect((await post('/alerts/l1/acknowledge', body)).status).toBe(400);
    });
  });

  describe('for machines', () => {
    it('readiness tells of database, rules and receiver', async () => {
      const response = await app.request('/readyz');
      expect(response.status).toBe(200);
      expect(readinessSchema.parse(await response.json())).toEqual({
        status: 'ready',
        database: { ok: true, reason: null, awaySince: null },
        rules: { ok: true, hash: 'abc', count: 2, faults: 0 },
        receiver: { ok: true, reason: null, silentSince: null },
        heldBack: { pauses: 0, silences: 0 },
      });
    });

    it('without rules, or without a database, it is not ready', async () => {
      const withoutRules = createTestApp({ db: database.db });
      expect((await withoutRules.app.request('/readyz')).status).toBe(503);
      const { app: withoutDatabase } = createTestApp();
      const response = await withoutDatabase.request('/readyz');
      expect(response.status).toBe(503);
      expect(readinessSchema.parse(await response.json()).database.ok).toBe(false);
    });

    it('metrics tell how much waits', async () => {
      const response = await app.request('/metrics', { headers: BEARER });
      expect(response.headers.get('content-type')).toContain('text/plain');
      const text = await response.text();
      for (const line of [
        'vigia_inbox_events 1',
        'vigia_inbox_oldest_seconds 0',
        'vigia_holds_running 2',
        'vigia_alerts_open 2',
        'vigia_actions_unfinished{state="queued"} 1',
        'vigia_actions_unfinished{state="not_connected"} 1',
        'vigia_rules 2',
      ]) {
        expect(text.split('\n')).toContain(line);
      }
    });
  });
});

describe('the description of the API', () => {
  it('describes every route, with the bearer token where it is wanted', async () => {
    const { app } = createTestApp();
    const document = z
      .object({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))) })
      .parse(await (await app.request('/openapi.json')).json());
    const described = new Set(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      ),
    );
    const routes = app.routes
      .filter(({ method, path }) => method !== 'ALL' && /^\/(?:api|webhooks|slack|healthz|readyz|metrics)/.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(routes.length).toBeGreaterThan(15);
    expect([...described].sort()).toEqual([...new Set(routes)].sort());
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation.summary, path).toBeTruthy();
        expect(operation.security !== undefined, path).toBe(/^\/(?:api|metrics)/.test(path));
      }
    }
  });

  it('refers to nothing that it does not define', async () => {
    const { app } = createTestApp();
    const text = await (await app.request('/openapi.json')).text();
    const { components } = z
      .object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) })
      .parse(JSON.parse(text));
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]);
    expect(references.length).toBeGreaterThan(0);
    for (const name of new Set(references)) expect(Object.keys(components.schemas)).toContain(name);
    expect(text).not.toMatch(/"\$ref":"#\/(?!components\/)/);
  });
});
