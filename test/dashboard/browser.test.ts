import { and, eq } from 'drizzle-orm';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDashboard } from '../../src/dashboard/dashboard.ts';
import { en } from '../../src/dashboard/i18n/en.ts';
import { ptBr } from '../../src/dashboard/i18n/pt-br.ts';
import { createStoreReads } from '../../src/dashboard/store-reads.ts';
import { toVocabularyItem } from '../../src/dashboard/vocabulary-view.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { createChangeHub } from '../../src/runtime/change-hub.ts';
import { readDashboardAssets } from '../../src/runtime/dashboard-assets.ts';
import {
  actions,
  alerts,
  decisions,
  events,
  holds,
  sessions,
  tiles,
  transitions,
  vocabularyEntries,
} from '../../src/store/schema.ts';
import { aDecision, aHold, anAction, anAlert, anEntry, anEvent, aSession, aTransition } from '../http/seed.ts';
import { NOW, ORG_ID } from '../http/test-app.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { aRule } from '../support/rules.ts';
import { launchBrowser, type ServedPages, servePages } from './in-browser.ts';

/** The pages in a real browser, over a real database and with the security policy of the whole application. */
let database: TestDatabase;
let browser: Browser;
let url: string;
let pages: ServedPages;
const hub = createChangeHub();

/** Seeds count from NOW; the browser's clock is the real one. */
const now = Date.now();
const sinceSeed = Math.round((now - NOW) / 1000);

beforeAll(async () => {
  database = await pgliteKind.open();
  const { db } = database;
  await db.insert(events).values(anEvent('e1', sinceSeed - 600));
  const statuses = ['CREATED', 'OPEN', 'ON_PROGRESS', 'ON_HOLD', 'MISSED', 'BLOCKED', 'SOMETHING_NEW'];
  const troubles = ['refused', 'dead', 'uncertain', 'not_connected'] as const;
  // Enough of everything that each panel has more than it can show.
  const many = Array.from({ length: 45 }, (_, index) => index);
  await db.insert(sessions).values([
    aSession('s1', sinceSeed - 900, { status: 'ON_HOLD', waitingSince: now - 300_000 }),
    ...many.map((index) =>
      aSession(`65403000000${700_000 + index}`, sinceSeed - 7_300, {
        status: statuses[index % statuses.length] ?? 'OPEN',
        channelId: `c${index % 11}`,
        waitingSince: now - 3_600_000 - index * 60_000,
      }),
    ),
  ]);
  await db.insert(transitions).values(aTransition('s1', sinceSeed - 600, 'e1'));
  await db.insert(holds).values(many.map((index) => aHold(`h${index}`, sinceSeed + 840 + index, 'running')));
  await db.insert(decisions).values(many.map((index) => aDecision(sinceSeed - 600 + index)));
  await db.insert(actions).values(
    many.map((index) =>
      anAction(`a${index}`, sinceSeed - 30 - index * 60, troubles[index % troubles.length] ?? 'dead', {
        reason: 'channel_not_found',
      }),
    ),
  );
  await db
    .insert(vocabularyEntries)
    .values([
      anEntry('session.status', 'PARKED', sinceSeed - 60, { seen: 3 }),
      anEntry('event.field', `IM_Message_Add.${'long'.repeat(40)}`, sinceSeed - 30),
    ]);
  await db.insert(tiles).values({ orgId: ORG_ID, tile: 'Chats', by: 'WhatsApp', value: 4, updatedAt: now });
  const reads = createStoreReads({
    db,
    orgId: ORG_ID,
    clock: systemClock,
    directory: () => ({
      channels: new Map(many.map((index) => [`c${index}`, { name: `Channel ${index} with a rather long name` }])),
      departments: new Map(),
      agents: new Map([['a1', { name: 'Ana Souza' }]]),
      agentIdByZuid: new Map(),
      bots: new Map(),
      teams: new Map(),
      slackUsers: new Map(),
      slackChannels: new Map(),
    }),
    ruleset: () => undefined,
    readers: () => [aRule({ id: 'careful', name: 'Chats that nobody sees to', onUnknown: 'skip' })],
    destinations: [{ name: 'slack', connected: true }],
  });
  const dashboard = createDashboard({
    ...reads,
    clock: systemClock,
    hub,
    assets: await readDashboardAssets(),
    setup: { hasOrgId: true, publicUrl: undefined, webhookHasSecret: false },
    async accept({ field, value }, by) {
      const entry = and(eq(vocabularyEntries.field, field), eq(vocabularyEntries.value, value));
      const changed = await db
        .update(vocabularyEntries)
        .set({ acceptedAt: Date.now(), acceptedBy: by })
        .where(entry)
        .returning();
      const [row] = changed;
      if (row === undefined) throw new Error('there is no such entry');
      return toVocabularyItem(row, []);
    },
    acknowledgeGroup: async () => undefined,
    liftPause: async () => undefined,
    async acknowledge(id, by) {
      const changes = { state: 'acknowledged' as const, acknowledgedAt: Date.now(), acknowledgedBy: by };
      await db.update(alerts).set(changes).where(eq(alerts.id, id));
    },
  });
  pages = await servePages(dashboard);
  url = pages.url;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  pages?.stop();
  await database?.close();
});

const contexts: BrowserContext[] = [];
const complaints: string[] = [];

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  await database.db.delete(alerts);
  // What a page complains of (a script's fault, something that the policy forbids) is a fault of each test.
  expect(complaints.splice(0)).toEqual([]);
});

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'America/Sao_Paulo', ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  await page.goto(url + path);
  return page;
}

async function openAlert(id: string) {
  await database.db.insert(alerts).values(anAlert(id, Math.round((Date.now() - NOW) / 1000), 'open'));
  hub.changed();
}

const isLive = (page: Page) => page.locator('#pulse[data-state=live]').waitFor({ state: 'attached' });
const focusedId = (page: Page) => page.evaluate<string>('document.activeElement.id');

test.each([
  ['en-US', 'light', 1440],
  ['pt-BR', 'dark', 390],
] as const)(
  'in %s, %s, at %i px no page scrolls sideways, and none breaks the policy',
  async (locale, colorScheme, width) => {
    await openAlert('narrow');
    const page = await visit('/', { locale, colorScheme, viewport: { width, height: 800 } });
    for (const path of ['/', '/sessions/s1', '/decisions/1', '/rules', '/vocabulary', '/login']) {
      await page.goto(url + path);
      const [wide, visible] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      expect([path, wide]).toEqual([path, visible]);
    }
  },
);

test('the page ends where its content ends', async () => {
  const page = await visit('/', { viewport: { width: 1440, height: 800 } });
  const empty = await page.evaluate<number>(
    `document.documentElement.scrollHeight - document.querySelector('.board').getBoundingClientRect().bottom - scrollY`,
  );
  expect(empty).toBeLessThan(120);
});

test('countdowns tick', async () => {
  const page = await visit('/');
  const countdown = page.locator('#holds time[data-tick=until]').first();
  const before = await countdown.textContent();
  expect(before).toMatch(/^due in 1[34]m/);
  await expect.poll(() => countdown.textContent(), { timeout: 5_000 }).not.toBe(before);
});

test('a new alert appears without a reload, is announced, and leaves with nothing else moved', async () => {
  const page = await visit('/');
  await isLive(page);
  await page.evaluate('window.sameDocument = true');
  const placeOf = () => page.locator('#decisions').boundingBox();
  const before = await placeOf();
  await openAlert('live');
  await page.locator('#alert-live').waitFor();
  await expect.poll(() => page.locator('#announcer').textContent()).toContain('New alert');
  expect(await placeOf()).toEqual(before);
  expect(await page.evaluate('window.sameDocument')).toBe(true);
});

test('by keyboard: Tab reaches the skip link first, and an alert is acknowledged with the focus kept', async () => {
  await openAlert('keys');
  const page = await visit('/');
  await isLive(page);
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.className')).toBe('skip');
  expect(await page.evaluate('document.activeElement.getBoundingClientRect().top')).toBeGreaterThanOrEqual(0);
  await page.keyboard.press('Enter');
  for (let tabs = 0; tabs < 20 && (await focusedId(page)) !== 'ack-keys'; tabs += 1) await page.keyboard.press('Tab');
  expect(await focusedId(page)).toBe('ack-keys');
  await page.keyboard.press('Enter');
  await page.locator('#alert-keys.alert-acknowledged').waitFor();
  expect(await page.locator('#ack-keys').count()).toBe(0);
  await expect.poll(() => focusedId(page)).toBe('alert-keys');
});

test('by keyboard: the board leads to a value never seen before, which is accepted with its row in focus', async () => {
  const page = await visit('/');
  await page.locator('a.chip[href="/vocabulary"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${url}/vocabulary`);
  await isLive(page);
  const row = page.locator('#fresh li', { hasText: 'PARKED' });
  await row.locator('summary').click();
  hub.changed();
  const id = await row.getAttribute('id');
  await row.getByRole('button', { name: 'Accept PARKED as known: session.status' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('#accepted li', { hasText: 'PARKED' }).waitFor();
  expect(await page.locator('#fresh li', { hasText: 'PARKED' }).count()).toBe(0);
  await expect.poll(() => focusedId(page)).toBe(id);
  await page.goto(url);
  await page.getByText('1 value never seen before').waitFor();
});

test('a trace opens on the chat’s page and stays open when the page is refreshed', async () => {
  const page = await visit('/sessions/s1');
  await isLive(page);
  const why = page.locator('details[id^=why-]').first();
  await why.locator('summary').click();
  await page.locator('.trace .trace-tree').first().waitFor();
  await openAlert('other');
  await page.locator('#alert-other').waitFor();
  expect(await why.getAttribute('open')).not.toBeNull();
  expect(await page.locator('.trace .trace-tree').count()).toBe(1);
});

test('the theme is switched and kept', async () => {
  const page = await visit('/', { colorScheme: 'light' });
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const light = await background();
  await page.locator('#theme').click();
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.goto(`${url}/rules`);
  expect(await background()).toBe(dark);
  await page.locator('#theme').click();
  expect(await background()).toBe(light);
});

test('the language is switched and kept, also in what is pushed', async () => {
  const page = await visit('/');
  await page.locator('a.language').click();
  await page.locator('html[lang=pt-BR]').waitFor();
  await page.goto(url);
  expect(await page.getAttribute('html', 'lang')).toBe('pt-BR');
  await isLive(page);
  await openAlert('lang');
  await page.locator('#alert-lang').getByText(ptBr.alerts.acknowledge).waitFor();
  expect(await page.getByText(en.alerts.acknowledge, { exact: true }).count()).toBe(0);
});

test('times are in the browser’s zone, on the first visit and in what is pushed', async () => {
  const page = await visit('/', { timezoneId: 'Asia/Kathmandu' });
  expect(await page.locator('[data-zone-name]').textContent()).toBe('GMT+5:45');
  const time = page.locator('#actions time[data-time]').first();
  const inZone = new Intl.DateTimeFormat('en', {
    timeZone: 'Asia/Kathmandu',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(now - 30_000);
  expect(await time.textContent()).toContain(inZone);
  await isLive(page);
  await page.reload();
  expect(await page.getAttribute('html', 'data-zone')).toMatch(/Kat[h]?mandu/);
  expect(await time.textContent()).toContain(inZone);
});

test('without scripts the board is readable and an alert can be acknowledged', async () => {
  await openAlert('plain');
  const page = await visit('/', { javaScriptEnabled: false });
  await page.locator('#ack-plain').click();
  await page.locator('#alert-plain.alert-acknowledged').waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
});

test('a lost stream is said, and what happened meanwhile is there when it is back', async () => {
  const page = await visit('/');
  await isLive(page);
  await page.context().setOffline(true);
  pages.cut();
  await page.locator('#pulse[data-state=reconnecting]').waitFor({ state: 'attached' });
  expect(await page.locator('#notice').textContent()).toBe(en.live.lost);
  await openAlert('meanwhile');
  await page.context().setOffline(false);
  await page.locator('#alert-meanwhile').waitFor();
  await isLive(page);
  expect(await page.locator('#notice').isHidden()).toBe(true);
  expect(await page.locator('#announcer').textContent()).not.toBe('');
  // Browsers complain of each request that fails; nothing else may be complained of.
  expect(complaints.splice(0).filter((text) => !/Failed to load resource|htmx:sse:error/.test(text))).toEqual([]);
});
