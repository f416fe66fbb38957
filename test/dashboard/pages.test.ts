import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDashboard } from '../../src/dashboard/dashboard.ts';
import { en } from '../../src/dashboard/i18n/en.ts';
import { ptBr } from '../../src/dashboard/i18n/pt-br.ts';
import { createStoreReads } from '../../src/dashboard/store-reads.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { readDashboardAssets } from '../../src/runtime/dashboard-assets.ts';
import {
  actions,
  alerts,
  decisions,
  holds,
  rejectedItems,
  sessions,
  transitions,
  vocabularyEntries,
} from '../../src/store/schema.ts';
import { aDecision, aHold, anAction, anAlert, anEntry, aSession, aTransition } from '../http/seed.ts';
import { NOW, ORG_ID } from '../http/test-app.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { aRule, anAction as aSpec } from '../support/rules.ts';
import { createMadeUpDashboard, emptySnapshot, type MadeUpDashboard } from './made-up.ts';
import { createTestHub } from './test-hub.ts';

/** A rule that fires at each event and only counts. */
const ladderRule = aRule({
  id: 'ladder',
  name: 'Waits <long>',
  exclusive: '<g>',
  steps: [{ afterMs: 600_000, unless: 'acknowledged', actions: [aSpec('slack.post', { channel: '#ops' })] }],
});
const countingRule: Rule = {
  id: 'count',
  name: 'Count',
  tags: [],
  mode: 'live',
  priority: 0,
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: { all: [] },
  clock: 'wall',
  keepForMs: 0,
  inhibitedBy: [],
  onUnknown: 'match',
  onEdit: 'keep',
  episodeBy: [],
  actions: [
    {
      id: 'add',
      type: 'dashboard.update',
      params: {},
      reads: [],
      onUncertain: 'repeat',
      onFailure: [],
      facts: [],
    },
  ],
  steps: [],
  onResolve: [],
  maxLateMs: 60_000,
  contentHash: 'abc',
};

const BROWSER = { accept: 'text/html,application/xhtml+xml' };

async function get({ app }: Pick<MadeUpDashboard, 'app'>, path: string, headers: Record<string, string> = {}) {
  const response = await app.request(path, { headers: { ...BROWSER, ...headers } });
  return { response, status: response.status, text: await response.text() };
}

/** Every page there is, for a dashboard whose ids are `id`. */
const pagesOf = (id: string) => [
  '/',
  `/sessions/${encodeURIComponent(id)}`,
  `/sessions/${encodeURIComponent(id)}/why?${new URLSearchParams({ rule: id })}`,
  '/decisions/7',
  '/rules',
  '/vocabulary',
  '/login?failed=1',
];

describe('what comes from outside', () => {
  const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;`;

  test.each([...pagesOf(HOSTILE), '/decisions/7/trace', `/login?next=${encodeURIComponent(HOSTILE)}`])(
    '%s shows it as text, never as markup',
    async (path) => {
      const { status, text } = await get(createMadeUpDashboard({}, HOSTILE), path);
      expect(status).toBe(200);
      expect(text).not.toContain('<script>alert');
      expect(text).not.toContain('<img');
      expect(text).not.toContain(`onerror='`);
      if (!path.startsWith('/login?failed')) expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    },
  );

  test('is no link when it is no web address, and leads nowhere but to its chat', async () => {
    const { text } = await get(createMadeUpDashboard({}, 'javascript:alert(1)'), '/');
    expect(text).not.toMatch(/href="javascript:/i);
    expect(text).toContain('href="/sessions/javascript%3Aalert(1)"');
  });

  test('stands in the stream as text too, whatever line ends it has', async () => {
    const { app } = createMadeUpDashboard({}, `${HOSTILE}\r\nevent: fault\rdata: x`);
    const response = await app.request('/live', { headers: { accept: 'text/event-stream' } });
    const reader = response.body?.getReader();
    await reader?.read();
    const message = new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(message).toContain('&lt;script&gt;');
    expect(message).not.toContain('<script>');
    expect(message).not.toContain('\r');
    for (const line of message.trimEnd().split('\n')) expect(line).toMatch(/^data: /);
  });
});

describe('the security policy', () => {
  test.each(pagesOf('plain'))('%s holds no inline script, style or handler', async (path) => {
    const { text } = await get(createMadeUpDashboard(), path);
    for (const [, attributes = '', content = ''] of text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
      expect(attributes).toContain('src="/assets/');
      expect(content).toBe('');
    }
    expect(text).not.toMatch(/<style\b|\sstyle="|\son[a-z]+="|\shx-on|javascript:/i);
    for (const [, address = ''] of text.matchAll(/\b(?:src|href|action)="([^"]*)"/g)) {
      expect(address).toMatch(/^(?:\/(?!\/)|#)/);
    }
  });

  test('the files that a page names are there, and may be kept for ever under that address only', async () => {
    const dashboard = createMadeUpDashboard({ assets: await readDashboardAssets() });
    const { text } = await get(dashboard, '/');
    const addresses = [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, address = '']) => address);
    expect(addresses).toHaveLength(4);
    for (const address of addresses) {
      const { response, text: content } = await get(dashboard, address);
      expect(response.status).toBe(200);
      expect(content.length).toBeGreaterThan(100);
      expect(response.headers.get('cache-control')).toContain('immutable');
      const old = await get(dashboard, `${address}0`);
      expect(old.response.headers.get('cache-control')).toBe('no-cache');
    }
  });
});

describe('languages', () => {
  const langOf = async (path: string, headers: Record<string, string> = {}) => {
    const { response, text } = await get(createMadeUpDashboard(), path, headers);
    return [/<html lang="([^"]+)"/.exec(text)?.[1], response.headers.get('content-language')];
  };

  test('?lang, then its cookie, then what the browser asks for; English otherwise', async () => {
    const pt = { 'accept-language': 'fr, pt-PT;q=0.8, en;q=0.3' };
    expect(await langOf('/')).toEqual(['en', 'en']);
    expect(await langOf('/', pt)).toEqual([ptBr.lang, ptBr.lang]);
    expect(await langOf('/', { ...pt, cookie: 'vigia_lang=en' })).toEqual(['en', 'en']);
    expect(await langOf('/?lang=pt-BR', { cookie: 'vigia_lang=en' })).toEqual([ptBr.lang, ptBr.lang]);
    expect(await langOf('/?lang=tlh', { cookie: 'vigia_lang=zz', 'accept-language': 'pt;q=0, *' })).toEqual([
      'en',
      'en',
    ]);
  });

  test('?lang is kept, and the link to the other language keeps the rest of the address', async () => {
    const { response, text } = await get(createMadeUpDashboard(), '/?status=OPEN&lang=pt-BR');
    expect(response.headers.get('set-cookie')).toMatch(/^vigia_lang=pt-BR;.*Path=\//);
    expect(text).toContain('href="/?status=OPEN&amp;lang=en"');
  });

  test('have the same keys with the same places for values', () => {
    const english = flatten(en);
    const portuguese = flatten(ptBr);
    expect([...portuguese.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) {
      if (typeof text !== 'string') expect(typeof portuguese.get(key)).toBe('function');
      else expect([key, placesOf(portuguese.get(key))]).toEqual([key, placesOf(text)]);
    }
  });

  test.each(['en', 'pt-BR'])('every page in %s has all its values put in', async (lang) => {
    for (const path of pagesOf('plain')) {
      const { text } = await get(createMadeUpDashboard(), path, { cookie: `vigia_lang=${lang}` });
      const seen = text.replaceAll(/<[^>]*>/g, ' ');
      expect(seen).not.toMatch(/\{\w*\}|undefined|\[object|NaN|Invalid Date/);
    }
  });
});

/** Texts by their path; functions stand for themselves. */
function flatten(words: object, prefix = ''): Map<string, unknown> {
  return new Map(
    Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null
        ? [...flatten(value, `${prefix}${key}.`)]
        : [[`${prefix}${key}`, value] as const],
    ),
  );
}

function placesOf(text: unknown): string[] {
  return [...String(text).matchAll(/\{\w*\}/g)].map(([place]) => place).sort();
}

describe('times', () => {
  test('are in UTC, and say so, until the zone is known', async () => {
    for (const cookie of ['', 'vigia_zone=Mars/Olympus', 'vigia_zone=%2B05:30']) {
      const { text } = await get(createMadeUpDashboard(), '/', { cookie });
      expect(text).toContain('data-zone="UTC"');
      expect(text).toMatch(/data-zone-name>UTC</);
      expect(text).toContain('>12:59:58<');
    }
  });

  test('are in the viewer’s zone when it is', async () => {
    const { text } = await get(createMadeUpDashboard(), '/', { cookie: 'vigia_zone=America/Sao_Paulo' });
    expect(text).toContain('data-zone="America/Sao_Paulo"');
    expect(text).toMatch(/data-zone-name>GMT-3</);
    expect(text).toContain('>09:59:58<');
  });
});

describe('a server that has seen nothing', () => {
  const fresh = (hasOrgId: boolean) =>
    createMadeUpDashboard({
      board: async () => emptySnapshot,
      setup: { hasOrgId, publicUrl: undefined, webhookHasSecret: true },
    });

  test('tells what to do to see something, without the secret', async () => {
    const { text } = await get(fresh(false), '/');
    expect(text).toContain(en.welcome.title);
    expect(text).toContain('npm run demo');
    expect(text).toContain('ZOHO_ORG_ID');
    expect(text).toContain('PUBLIC_URL');
    expect(text).toContain('/webhooks/zoho-desk/&lt;your WEBHOOK_SECRET&gt;');
    for (const panel of ['alerts', 'holds', 'decisions', 'actions', 'tiles'] as const) {
      expect(text).toContain(en[panel].empty);
    }
  });

  test('does not ask for what is set already, and says nothing of it once events have come', async () => {
    expect((await get(fresh(true), '/')).text).not.toContain('ZOHO_ORG_ID');
    expect((await get(createMadeUpDashboard(), '/')).text).not.toContain(en.welcome.title);
  });
});

describe('what is not there', () => {
  test.each([
    ['/sessions/unknown', en.errors.noChat],
    ['/decisions/8', en.errors.noDecision],
    ['/decisions/not-a-number', en.errors.noDecision],
    ['/decisions/99999999999999999999', en.errors.noDecision],
    ['/nowhere', en.errors.noPage],
  ])('%s is a 404 with words and a way back', async (path, words) => {
    const { status, text } = await get(createMadeUpDashboard(), path);
    expect(status).toBe(404);
    expect(text).toContain(words);
    expect(text).toContain('href="/"');
  });

  test('a fragment or a command for an unknown id is a 404 without a page', async () => {
    const { app } = createMadeUpDashboard({
      acknowledge: () => Promise.reject(new AppError('not_found', 'there is no alert nope')),
    });
    const htmx = { 'hx-request': 'true', accept: '*/*' };
    for (const answer of [
      await app.request('/decisions/8/trace', { headers: htmx }),
      await app.request('/alerts/nope/acknowledge', { method: 'POST', headers: htmx }),
    ]) {
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain('<html');
    }
  });

  test('a database that does not answer is a 503 that says to come back; a fault of ours a 500 that tells nothing', async () => {
    const down = createMadeUpDashboard({ board: () => Promise.reject(new AppError('unavailable', 'no connection')) });
    const answer = await get(down, '/', { 'accept-language': 'pt-BR' });
    expect(answer.status).toBe(503);
    expect(answer.text).toContain(ptBr.errors.unavailableText);
    const broken = await get(createMadeUpDashboard({ board: () => Promise.reject(new Error('token=abc')) }), '/');
    expect(broken.status).toBe(500);
    expect(broken.text).toContain(en.errors.internalText);
    expect(broken.text).not.toContain('token=abc');
  });
});

describe('acknowledging', () => {
  test('from a form without scripts leads back to the board', async () => {
    const { app, acknowledged } = createMadeUpDashboard();
    const answer = await app.request('/alerts/plain/acknowledge', { method: 'POST', headers: BROWSER });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(acknowledged).toEqual(['acknowledge plain by board']);
  });

  test('from a page answers the row as it now is, and tells the other viewers', async () => {
    const dashboard = createMadeUpDashboard();
    let told = 0;
    dashboard.hub.subscribe(() => {
      told += 1;
    });
    const answer = await dashboard.app.request('/alerts/plain/acknowledge', {
      method: 'POST',
      headers: { 'hx-request': 'true', accept: '*/*' },
    });
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toMatch(/^<li class="row alert-row/);
    expect(text).not.toContain('<html');
    expect(told).toBe(1);
  });
});

describe('the pages of a real database', () => {
  let database: TestDatabase;
  let pages: Pick<MadeUpDashboard, 'app'>;

  beforeAll(async () => {
    database = await pgliteKind.open();
    const { db } = database;
    const clock = createManualClock(NOW);
    await db.insert(sessions).values([aSession('s1', -900, { status: 'ON_HOLD' }), aSession('s2', -60)]);
    await db.insert(transitions).values(aTransition('s1', -600, 'e1'));
    await db.insert(holds).values(aHold('h1', 300, 'running'));
    await db
      .insert(alerts)
      .values([
        anAlert('open', -60, 'open'),
        anAlert('over', -120, 'resolved'),
        { ...anAlert('clicked', -90, 'acknowledged'), acknowledgedAt: NOW, acknowledgedBy: 'slack:U04BRUNOCAR' },
      ]);
    await db
      .insert(decisions)
      .values([
        aDecision(-600),
        aDecision(-500, { ruleId: 'count', outcome: 'error' }),
        ...Array.from({ length: 100 }, (_, index) => aDecision(-400 + index, { ruleId: 'count', outcome: 'fired' })),
      ]);
    await db.insert(actions).values(anAction('a1', -30, 'refused', { reason: 'channel_not_found' }));
    const rejected = { orgId: ORG_ID, source: 'zoho-desk' };
    await db
      .insert(vocabularyEntries)
      .values([
        anEntry('session.status', 'PARKED', -60, { seen: 1234 }),
        anEntry('event.field', 'IM_Message_Add.mood', -30),
        anEntry('session.status', 'SLEEPING', -90, { acceptedAt: NOW, acceptedBy: 'board' }),
      ]);
    await db.insert(rejectedItems).values([
      { ...rejected, receivedAt: NOW - 2 * 86_400_000, reason: 'of another day' },
      { ...rejected, receivedAt: NOW - 60_000, reason: 'eventType <b>is</b> missing' },
    ]);
    const reads = createStoreReads({
      db,
      orgId: ORG_ID,
      clock,
      directory: () => ({
        channels: new Map([['c1', { name: 'WhatsApp Sales' }]]),
        departments: new Map(),
        agents: new Map([
          ['a1', { name: 'Ana Souza' }],
          ['a2', { name: 'Bruno Carvalho', slack: 'U04BRUNOCAR' }],
        ]),
        agentIdByZuid: new Map(),
        bots: new Map(),
        teams: new Map(),
        slackUsers: new Map(),
        slackChannels: new Map(),
      }),
      ruleset: () => ({
        hash: 'abc',
        loadedAt: NOW,
        faults: [],
        rules: [countingRule, ladderRule],
        conditions: {},
        directory: emptyDirectory(),
      }),
      readers: (field) => (field === 'session.status' ? [countingRule] : []),
      destinations: [{ name: 'slack', connected: true }],
    });
    pages = {
      app: createDashboard({
        ...reads,
        clock,
        hub: createTestHub(),
        assets: { 'htmx.js': '', 'vigia.css': '', 'vigia.js': '' },
        acknowledge: async () => undefined,
        acknowledgeGroup: async () => undefined,
        liftPause: async () => undefined,
        accept: () => Promise.reject(new AppError('conflict', 'it is known already')),
        setup: { hasOrgId: true, publicUrl: undefined, webhookHasSecret: false },
      }),
    };
  });
  afterAll(() => database.close());

  test('the board tells of items that could not be read, and why the newest could not', async () => {
    const { text } = await get(pages, '/');
    expect(text).toContain('1 item received could not be read');
    expect(text).toContain('eventType &lt;b&gt;is&lt;/b&gt; missing');
    expect(text).not.toContain('of another day');
  });

  test('a rule says what it does, in the language of the page, and what else there is behind a line', async () => {
    const { text } = await get(pages, '/rules');
    expect(text).toContain('When a chat stays on hold for 15 minutes, Vigia posts a message in #ops.');
    expect(text).toContain('<summary>2 things more<span class="visually-hidden">: Waits &lt;long&gt;</span></summary>');
    expect(text).toContain(
      '<li>10 minutes later, unless somebody has acknowledged it, it posts a message in #ops.</li>',
    );
    const { text: translated } = await get(pages, '/rules', { 'accept-language': 'pt-BR' });
    expect(translated).toContain(
      'Quando uma conversa fica em espera por 15 minutos, o Vigia publica uma mensagem em #ops.',
    );
    expect(translated).toContain('<li>Das regras do grupo &quot;&lt;g&gt;&quot;, só a primeira age.</li>');
  });

  test('the board tells of values never seen before, until they are accepted', async () => {
    const { text } = await get(pages, '/');
    expect(text).toContain('2 values never seen before');
    expect((await get(pages, '/', { 'accept-language': 'pt-BR' })).text).toContain('2 valores nunca vistos antes');
  });

  test('the page of the vocabulary shows what is new with who reads it, then what was accepted', async () => {
    const { text } = await get(pages, '/vocabulary');
    const [fresh = '', accepted = ''] = text.split('id="accepted"');
    expect(fresh).toContain('PARKED');
    expect(fresh).toContain('1,234 times');
    expect(fresh).toContain('href="/rules#rule-count"');
    expect(fresh).toContain('IM_Message_Add.mood');
    expect(fresh).toContain(en.vocabulary.noRule);
    expect(fresh).not.toContain('SLEEPING');
    expect(accepted).toContain('SLEEPING');
    expect(accepted).toContain('Accepted by board');
  });

  test('accepting what cannot be accepted says why, and what cannot be an entry is not found', async () => {
    const accept = (query: string) => pages.app.request(`/vocabulary/accept?${query}`, { method: 'POST' });
    expect((await accept('field=session.status&value=ENDED')).status).toBe(409);
    expect((await accept('field=session.status&value=%00')).status).toBe(404);
  });

  test('the board names channels and agents, and shows what is open and not what is over', async () => {
    const { status, text } = await get(pages, '/');
    expect(status).toBe(200);
    expect(text).toContain('WhatsApp Sales');
    expect(text).toContain('Ana Souza');
    expect(text).toContain('id="alert-open"');
    expect(text).not.toContain('id="alert-over"');
    expect(text).toContain('Bruno Carvalho');
    expect(text).not.toContain('slack:U04');
    expect(text).toContain('due in 5m');
    expect(text).toContain('channel_not_found');
  });

  test('the latest decisions are not flooded by a rule that only counts, whose errors are still told', async () => {
    const { text } = await get(pages, '/');
    const panel = text.slice(text.indexOf('<section id="decisions"'), text.indexOf('<section id="actions"'));
    expect(panel).toContain('href="/decisions/1"');
    expect(panel).toContain('href="/decisions/2"');
    expect(panel).not.toContain('href="/decisions/102"');
    expect(panel).toContain(en.decisions.note);
  });

  test('a filter leaves the chats that it asks for', async () => {
    const { text } = await get(pages, '/?status=OPEN&channel=c1');
    expect(text).toContain('href="/sessions/s2"');
    expect(text).not.toContain('href="/sessions/s1"');
    expect((await get(pages, '/?status=%00')).status).toBe(200);
  });

  test('a chat’s page has its whole timeline, never what was said', async () => {
    const { status, text } = await get(pages, '/sessions/s1');
    expect(status).toBe(200);
    for (const kind of ['transition', 'decision', 'action']) expect(text).toContain(`entry-${kind}`);
    expect(text).toContain('the conditions hold');
    expect(text).not.toContain('what the customer wrote');
  });

  test('ids that no database could take are 404 like any other', async () => {
    for (const path of ['/sessions/%00', '/sessions/%00/live', '/decisions/0']) {
      expect([path, (await get(pages, path)).status]).toEqual([path, 404]);
    }
    expect((await pages.app.request('/alerts/%00/acknowledge', { method: 'POST' })).status).toBe(404);
  });

  test('a place in a timeline that is none shows it from the start', async () => {
    const { status, text } = await get(pages, '/sessions/s1?after=1~decision~x');
    expect(status).toBe(200);
    expect(text).toContain('entry-transition');
  });
});
