import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDashboard } from '../../src/dashboard/dashboard.ts';
import { en } from '../../src/dashboard/i18n/en.ts';
import { ptBr } from '../../src/dashboard/i18n/pt-br.ts';
import { createStoreReads } from '../../src/dashboard/store-reads.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { readDashboardAssets } from '../../src/runtime/dashboard-assets.ts';
import { activateRuleset } from '../../src/services/activate-ruleset.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';
import { launchBrowser, type ServedPages, servePages } from './in-browser.ts';
import { createTestHub } from './test-hub.ts';

/** Why rules did or did not act on a chat that the real service has judged, in a real browser. */
const HOSTILE = `Held <img src=x onerror="alert(1)"> too long`;
const CHAT = 'chat 1/<b>';
const ORG = 'o1';

const status = (value: string) => ({ fact: 'session', path: '$.status', operator: 'equal', value });
const actions = [{ type: 'slack.post', params: { channel: '#ops', text: 'x' } }];
const RULES = {
  'fired.rule.json': { name: HOSTILE, for: '5m', conditions: { all: [status('ON_HOLD')] }, actions },
  'waits.rule.json': { name: 'Held for half an hour', for: '30m', conditions: { all: [status('ON_HOLD')] }, actions },
  'other.rule.json': { name: 'Missed chats', for: '1m', conditions: { all: [status('MISSED')] }, actions },
  'twice.rule.json': {
    name: 'Each change, once an hour',
    on: ['IM_Session_Status'],
    conditions: { all: [] },
    actions,
    limit: { count: 1, per: 'session', within: '1h' },
  },
  'off.rule.json': { name: 'Not in use', mode: 'off', for: '1m', conditions: { all: [status('ON_HOLD')] }, actions },
};

let database: TestDatabase;
let browser: Browser;
let pages: ServedPages;

beforeAll(async () => {
  database = await pgliteKind.open();
  const clock = createManualClock(START);
  const ruleset = loadRules(RULES);
  await activateRuleset({ database, clock }, ORG, ruleset);
  const ingest = createIngest({ database, clock, storePersonalData: false });
  const processor = createProcessor({
    database,
    clock,
    queue: database.queue,
    ruleset: () => ruleset,
    channels: () => new Map(),
    storePersonalData: false,
    directory: () => ruleset.directory,
  });
  const take = async (minutes: number, to: string, old?: string) => {
    clock.set(START + minutes * MINUTE);
    const event = statusEvent(clock.now(), to, { sessionId: CHAT, ...(old === undefined ? {} : { old }) });
    await ingest([{ ok: true, event: { ...event, orgId: ORG, subject: CHAT } }]);
    await processor.processAll();
  };
  await take(0, 'OPEN');
  await take(1, 'ON_HOLD', 'OPEN');
  for (const minutes of [6, 10]) {
    clock.set(START + minutes * MINUTE);
    await processor.processAll();
  }
  const reads = createStoreReads({
    db: database.db,
    orgId: ORG,
    clock,
    directory: () => ruleset.directory,
    ruleset: () => ({ ...ruleset, loadedAt: START, faults: [] }),
    readers: () => [],
    destinations: [],
  });
  pages = await servePages(
    createDashboard({
      ...reads,
      clock,
      hub: createTestHub(),
      assets: await readDashboardAssets(),
      setup: { hasOrgId: true, publicUrl: undefined, webhookHasSecret: false },
      accept: () => Promise.reject(new Error('not here')),
      acknowledge: async () => undefined,
      acknowledgeGroup: async () => undefined,
      liftPause: async () => undefined,
    }),
  );
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
  expect(complaints.splice(0)).toEqual([]);
});

const WHY = `/sessions/${encodeURIComponent(CHAT)}/why`;

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'America/Sao_Paulo', ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', ({ message }) => {
    // The browser itself, where it was too slow to fade from one page to the next.
    if (!message.startsWith('Transition was aborted')) complaints.push(`${page.url()}: ${message}`);
  });
  await page.goto(pages.url + path);
  return page;
}

async function answersOf(page: Page): Promise<string[]> {
  const texts = await page.locator('.why-rules li').allTextContents();
  return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

test('each rule has a short answer: what acted first, then what waits, then what was held back', async () => {
  const page = await visit(WHY);
  // On the first visit the browser's zone is not known yet, and times say that they are UTC.
  expect((await answersOf(page))[0]).toMatch(/13:06:00 UTC/);
  await page.reload();
  const answers = await answersOf(page);
  expect(answers.map((text) => text.split(/ [✓✗…○]/)[0])).toEqual([
    HOSTILE,
    'Held for half an hour',
    'Each change, once an hour',
    'Missed chats',
    'Not in use',
  ]);
  expect(answers[0]).toMatch(/✓\w+: It fired\..*10:06:00 GMT-3/);
  expect(answers[1]).toMatch(/…[^:]+: It has not fired yet: its time is not up\. due in 2[01]m/);
  expect(answers[2]).toContain('1 of 1');
  expect(answers[2]).toMatch(/It had acted at 10:00:00$/);
  expect(answers[3]).toContain('MISSED');
  expect(answers[4]).toContain('switched off');
});

test('by keyboard: from the chat’s page to the whole answer, with the conditions, the gates and the smallest change', async () => {
  const page = await visit(`/sessions/${encodeURIComponent(CHAT)}`);
  await page.getByRole('link', { name: en.why.link }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(pages.url + WHY);
  await page.getByRole('link', { name: 'Missed chats' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/rule=other#answer$/);
  const answer = page.locator('#answer');
  expect(await answer.locator('h2').textContent()).toBe('Missed chats');
  expect(await answer.locator('.why-verdict').textContent()).toContain('its conditions do not hold');
  // The value that was met, and a sign with its word.
  const failed = answer.locator('.told li', { hasText: 'session.status equal MISSED' }).last();
  expect(await failed.textContent()).toContain('ON_HOLD');
  expect(await failed.locator('.visually-hidden').first().textContent()).toMatch(/\w+:/);
  expect(await answer.locator('.told').count()).toBeGreaterThanOrEqual(3);
  expect(await page.locator('.why-rules [aria-current=true]').textContent()).toBe('Missed chats');
});

test('another moment is asked about with its offset; what cannot be answered says so in the language of the page', async () => {
  const page = await visit(`${WHY}?rule=fired`, { locale: 'pt-BR' });
  // Its zone is the browser’s, once that is known.
  await page.reload();
  await page.locator('input[name=at]').fill('2026-03-02T10:03');
  await page.getByRole('button', { name: ptBr.why.ask }).click();
  await page.waitForURL(/at=2026-03-02/);
  expect(await page.locator('.why-moment time').first().textContent()).toContain('10:03');
  expect(await page.locator('#answer .why-verdict').textContent()).not.toContain(ptBr.outcomes.fired);
  await page.goto(`${pages.url}${WHY}?rule=fired&at=ontem`);
  await page.getByText(ptBr.why.badMoment).waitFor();
  await page.goto(`${pages.url}${WHY}?rule=fired&at=2026-03-01T00:00:00Z`);
  await page.getByText(ptBr.why.troubles.tooEarly).waitFor();
  await page.goto(`${pages.url}${WHY}?rule=nothing`);
  await page.getByText(ptBr.why.troubles.noRule).waitFor();
  expect(await answersOf(page)).toHaveLength(5);
});

test('a decision of the timeline, and the page of the rules, lead to the same answer', async () => {
  const page = await visit(`/sessions/${encodeURIComponent(CHAT)}`);
  const fired = page.locator('.entry-decision', { hasText: HOSTILE }).last();
  await fired.locator('summary').click();
  await fired.getByRole('link', { name: en.entries.explain }).click();
  await page.waitForURL(/why\?rule=fired&at=.*decision=\d+/);
  expect(await page.locator('#answer .why-verdict').textContent()).toContain('It fired');
  await page.goto(`${pages.url}/rules`);
  await page.locator('#ask-fired summary').click();
  await page.locator('#ask-fired input[name=chat]').fill(CHAT);
  await page.keyboard.press('Enter');
  await page.waitForURL(/why\?rule=fired$/);
  expect(await page.locator('#answer h2').textContent()).toBe(HOSTILE);
  // A fault of its own: the browser complains of it.
  await page.goto(`${pages.url}/why?rule=fired&chat=nobody`);
  await page.getByText(en.errors.noChat).waitFor();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('404')]);
});

test.each([
  ['en-US', 'light', 1440],
  ['pt-BR', 'dark', 390],
] as const)(
  'in %s, %s, at %i px nothing scrolls sideways, nothing needs a script',
  async (locale, colorScheme, width) => {
    const page = await visit(`${WHY}?rule=twice`, {
      locale,
      colorScheme,
      viewport: { width, height: 900 },
      javaScriptEnabled: false,
    });
    const [wide, visible] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    );
    expect(wide).toBe(visible);
    if (process.env['SCREENSHOTS'])
      await page.screenshot({ path: `${process.env['SCREENSHOTS']}/why-${locale}.png`, fullPage: true });
  },
);
