import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callCli } from './support/call-cli.ts';

/** The page of a simulation in a real browser, opened from the disk as people do. */
const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const RULES = {
  'rules/hold.rule.json': {
    name: 'Ten minutes on hold <img src=x onerror=alert(1)>',
    for: '10m',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } }],
  },
  'rules/bad.rule.json': {
    name: 'Every change is undone',
    on: ['IM_Session_Status'],
    conditions: { all: [{ fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'BOT' }] },
    actions: [{ type: 'zoho.setSessionStatus', params: { status: 'OPEN' } }],
  },
};

let browser: Browser;
let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vigia-page-'));
  await mkdir(join(cwd, 'rules'));
  for (const [name, rule] of Object.entries(RULES)) await writeFile(join(cwd, name), JSON.stringify(rule));
  const day = ['ON_HOLD', 'ENDED'].map((sessionStatus, index) =>
    JSON.stringify({
      type: 'IM_Session_Status',
      at: `${index * 30}m`,
      sessionId: 's1',
      sessionStatus,
      channelId: 'c1',
    }),
  );
  await writeFile(join(cwd, 'events.jsonl'), ['no event', ...day].join('\n'));
  await callCli(['simulate', '--quick', '--html', 'simulation.html', '--lang', 'pt-BR'], { cwd });
  await callCli(['simulate', '--file', 'events.jsonl', '--html', 'day.html'], { cwd });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(async () => {
  await browser.close();
  await rm(cwd, { recursive: true, force: true });
});

async function open(file: string, width: number, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => complaints.push(request.url()));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  const url = pathToFileURL(join(cwd, file)).href;
  await page.goto(url);
  return { page, complaints: complaints.filter((text) => text !== url), close: () => context.close() };
}

/** Contrast of the text of an element with what is behind it, by WCAG's formula. */
function contrastOf(page: Page, selector: string): Promise<number> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = (colour: string) => {
        const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
          const part = value / 255;
          return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      let behind: Element | null = element;
      while (behind !== null && channels(getComputedStyle(behind).backgroundColor)[3] === 0)
        behind = behind.parentElement;
      const back = luminance(getComputedStyle(behind ?? document.body).backgroundColor);
      const front = luminance(getComputedStyle(element).color);
      return (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
    });
}

describe.each(['simulation.html', 'day.html'])('%s', (file) => {
  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const)(
    'fits a window of %d in the %s scheme, can be read, loads nothing and runs nothing',
    async (width, scheme) => {
      const { page, complaints, close } = await open(file, width, scheme);
      const tooWide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(tooWide).toBe(0);
      for (const selector of ['main p', 'td', 'th', '.verdict', 'a[href^="#rule"]', 'footer p']) {
        expect(await contrastOf(page, selector), selector).toBeGreaterThan(4.5);
      }
      expect(await page.getByRole('heading', { level: 3 }).first().textContent()).toContain('bad');
      expect(await page.locator('img, script').count()).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
  );
});

describe('the page of a simulation', () => {
  it('is worked by keyboard: past the head, into a violation, through a table, to a rule', async () => {
    const { page, close } = await open('simulation.html', 360, 'light');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Ir para o conteúdo');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SUMMARY');
    await page.keyboard.press('Enter');
    const snippet = await page.locator('details[open] pre').textContent();
    expect(JSON.parse(snippet ?? '')).toMatchObject({ tests: [{ steps: expect.any(Array) }] });
    const table = page.getByRole('region', { name: 'Onde hold age' });
    await table.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => table.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'hold' }).first().press('Enter');
    expect(page.url()).toMatch(/#rule-hold$/);
    await close();
  });
});
