import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toCardMessage } from '../../../src/delivery/slack/alert-card.ts';
import { createManualClock } from '../../../src/domain/clock.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { parseInteraction } from '../../../src/ingress/slack/parse-interaction.ts';
import { verifySlackSignature } from '../../../src/ingress/slack/verify-signature.ts';
import { createLocalServer, type LocalServer } from '../../../src/sandbox/http/local-server.ts';
import { createSlackStandIn, type SlackStandIn } from '../../../src/sandbox/slack/slack-stand-in.ts';
import { MONDAY } from '../../support/stand-in-client.ts';

/** Clicks on the stand-in's page, in a real browser, and the app that hears of them. */
const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const OPS = 'C04CHATOPS1';
const BOT = 'U04VIGIABOT';
const ID = '0b0e7a3c-1111-8222-9333-444455556666';

let browser: Browser;
let slack: SlackStandIn;
let app: LocalServer;
let heard: string[];
let answerWith: () => Response;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, '--disable-gpu'] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  heard = [];
  answerWith = () => new Response(null, { status: 200 });
  slack = createSlackStandIn({ clock: createManualClock(MONDAY) });
  await slack.start();
  app = createLocalServer(async (request) => {
    const body = await request.text();
    const timestamp = request.headers.get('x-slack-request-timestamp') ?? undefined;
    const signature = request.headers.get('x-slack-signature') ?? undefined;
    const verified = verifySlackSignature(slack.signingSecret, { timestamp, signature, body }, MONDAY);
    const parsed = parseInteraction(body);
    if (verified.ok && parsed.ok && parsed.kind === 'click') {
      const { click, userId, channelId } = parsed.interaction;
      heard.push(`${click.verb} ${click.target.id} ${click.forMs ?? ''} ${userId} ${channelId}`);
    }
    return answerWith();
  });
  await app.start();
  slack.sendInteractionsTo(`${app.url}/slack/interactions`);
});
afterEach(async () => {
  await Promise.all([slack.stop(), app.stop()]);
});

function postCard() {
  const message = toCardMessage({ text: 'Chat waits', ruleName: 'Held' }, { state: 'open' }, { kind: 'alert', id: ID });
  return slack.workspace.post({ channelId: OPS, userId: BOT, ...message });
}

async function visit(): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-US' });
  await page.goto(slack.url);
  return page;
}

describe('on the page of the Slack stand-in', () => {
  test('a button is clicked by keyboard, a choice is made, and the app hears of both, signed', async () => {
    postCard();
    const page = await visit();
    await page.getByRole('button', { name: 'Acknowledge' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => heard).toEqual([`acknowledge ${ID}  U04SUPERVIS ${OPS}`]);
    await page.getByRole('combobox', { name: 'Snooze' }).selectOption('4 hours');
    await expect.poll(() => heard.at(-1)).toBe(`snooze ${ID} 14400000 U04SUPERVIS ${OPS}`);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.close();
  });

  test('the focus stays with a card that is edited after the click', async () => {
    const card = postCard();
    const page = await visit();
    await page.getByRole('button', { name: 'Acknowledge' }).focus();
    const edited = toCardMessage(
      { text: 'Chat waits', ruleName: 'Held' },
      { state: 'acknowledged', by: 'slack:U04SUPERVIS' },
      { kind: 'alert', id: ID },
    );
    slack.workspace.edit(card, edited);
    await page.getByText('by @Marina Lopes').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Resolve');
    expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
    await page.close();
  });

  test('it says so when the app does not answer as Slack wants it, and the button can be clicked again', async () => {
    answerWith = () => new Response(null, { status: 500 });
    postCard();
    const page = await visit();
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('alert').waitFor();
    answerWith = () => new Response(null, { status: 200 });
    await page.getByRole('button', { name: 'Resolve' }).click();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    await page.close();
  });
});

describe('a click that is sent to the stand-in', () => {
  const post = (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(`${slack.url}/click`, { method: 'POST', headers, body: JSON.stringify(body) });

  test('is refused for what no message has, from a plain form, and where no app listens', async () => {
    const { ts } = postCard();
    const click = { channelId: OPS, ts, actionId: 'vigia.resolve' };
    expect((await post({ ...click, actionId: 'x' })).status).toBe(404);
    expect((await post({ ...click, ts: '1.1' })).status).toBe(404);
    expect((await post({ ...click, actionId: 'vigia.snooze', value: `alert:${ID}:9y` })).status).toBe(404);
    expect((await post({ ...click, more: 1 })).status).toBe(400);
    expect((await post(click, { 'content-type': 'text/plain' })).status).toBe(415);
    expect(heard).toEqual([]);
    const deaf = createSlackStandIn({ clock: createManualClock(MONDAY) });
    const alone = deaf.workspace.post({ channelId: OPS, userId: BOT, blocks: slack.messages(OPS)[0]?.blocks ?? [] });
    await expect(deaf.click({ ...click, ts: alone.ts })).rejects.toMatchObject({ code: 'not_configured' });
  });

  test('an app that is away is an answer too', async () => {
    const { ts } = postCard();
    await app.stop();
    const click = { channelId: OPS, ts, actionId: 'vigia.resolve' };
    expect(await slack.click(click)).toEqual({ ok: false, status: undefined });
  });
});

describe('what a menu says', () => {
  test('stands on the page as text, never as markup', async () => {
    const nasty = '"><script>alert(1)</script>';
    const option = { text: { type: 'plain_text', text: nasty }, value: nasty };
    const menu: JsonObject = {
      type: 'static_select',
      action_id: nasty,
      placeholder: { type: 'plain_text', text: nasty },
      options: [option],
    };
    slack.workspace.post({ channelId: OPS, userId: BOT, text: 'x', blocks: [{ type: 'actions', elements: [menu] }] });
    expect(await (await fetch(slack.url)).text()).not.toContain('<script>');
  });
});
