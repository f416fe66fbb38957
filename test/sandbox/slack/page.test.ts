import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../src/domain/clock.ts';
import { renderMrkdwn } from '../../../src/sandbox/slack/page/mrkdwn.ts';
import { createSlackStandIn, type SlackStandIn } from '../../../src/sandbox/slack/slack-stand-in.ts';
import { MONDAY } from '../../support/stand-in-client.ts';

const OPS = 'C04CHATOPS1';
const BOT = 'U04VIGIABOT';

describe('the page of the Slack stand-in', () => {
  let slack: SlackStandIn;
  beforeEach(async () => {
    slack = createSlackStandIn({ clock: createManualClock(MONDAY) });
    await slack.start();
  });
  afterEach(() => slack.stop());
  const page = async (path = '/', headers: Record<string, string> = {}) =>
    (await fetch(slack.url + path, { headers })).text();

  test('shows channels, a card with its colour, fields and buttons, its edits and its thread', async () => {
    const card = slack.workspace.post({
      channelId: OPS,
      userId: BOT,
      text: 'fallback',
      attachments: [
        {
          color: '#e01e5a',
          blocks: [
            { type: 'header', text: { type: 'plain_text', text: 'Chat esperando' } },
            { type: 'section', fields: [{ type: 'mrkdwn', text: '*Canal*\nWhatsApp' }] },
            {
              type: 'actions',
              elements: [{ type: 'button', style: 'primary', text: { type: 'plain_text', text: 'Reconhecer' } }],
            },
          ],
        },
      ],
    });
    slack.workspace.edit(card, { text: 'after' });
    slack.workspace.post({ channelId: OPS, userId: BOT, text: 'ainda esperando', threadTs: card.ts });
    const html = await page();
    for (const part of [
      'chat-ops',
      'supervisors',
      'fill="#e01e5a"',
      'Chat esperando',
      '<strong>Canal</strong>',
      'button primary',
      'Reconhecer',
      '(edited',
      '1 reply',
      'ainda esperando',
    ]) {
      expect(html).toContain(part);
    }
  });

  test('speaks Portuguese by ?lang or Accept-Language, and English otherwise', async () => {
    expect(await page('/?lang=pt')).toContain('lang="pt-BR"');
    expect(await page('/', { 'accept-language': 'pt-BR,pt;q=0.9,en;q=0.8' })).toContain('Nada por aqui ainda');
    expect(await page('/', { 'accept-language': 'de-DE,en;q=0.8' })).toContain('Nothing here yet');
    expect(await page('/?lang=en', { 'accept-language': 'pt-BR' })).toContain('Nothing here yet');
  });

  test('answers 204 while nothing changes, and the lists with their version when something has', async () => {
    const version = String(slack.workspace.version);
    expect((await fetch(`${slack.url}/view?channel=${OPS}&since=${version}`)).status).toBe(204);
    slack.workspace.post({ channelId: OPS, userId: BOT, text: 'novidade' });
    const changed = await fetch(`${slack.url}/view?channel=${OPS}&since=${version}`);
    expect(changed.headers.get('x-version')).toBe(String(slack.workspace.version));
    expect(await changed.text()).toContain('novidade');
  });

  test('the page is not among the calls of the API', async () => {
    await page();
    expect(slack.calls).toEqual([]);
  });

  test('an unknown channel is 404', async () => {
    expect((await fetch(`${slack.url}/?channel=C0`)).status).toBe(404);
  });

  test('forbids inline scripts and styles, and has none', async () => {
    const response = await fetch(slack.url);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await response.text();
    expect(html).not.toMatch(/\sstyle=|<style|<script>/);
  });

  test('whatever is posted, no markup of it reaches the page', async () => {
    const nasty = '<img src=x onerror=alert(1)>"\'&</li><script>alert(2)</script>';
    slack.workspace.post({
      channelId: OPS,
      userId: BOT,
      text: nasty,
      attachments: [{ color: '"><script>', title: nasty, text: nasty, fields: [{ title: nasty, value: nasty }] }],
    });
    slack.workspace.post({
      channelId: OPS,
      userId: nasty,
      text: 'x',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: nasty } },
        { type: 'section', text: { type: 'mrkdwn', text: `*${nasty}* <javascript:alert(3)|click>` } },
        {
          type: 'actions',
          elements: [{ type: 'button', url: 'javascript:alert(4)', text: { type: 'plain_text', text: nasty } }],
        },
        { type: nasty },
      ],
    });
    const html = await page();
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<script>');
    expect(html).not.toMatch(/href="javascript/i);
  });
});

describe('mrkdwn', () => {
  const names = { user: (id: string) => (id === 'U1' ? 'Ana' : undefined), channel: () => undefined };
  const render = (text: string) => renderMrkdwn(text, names).join('');

  test.each([
    ['*bold* _it_ ~no~ `code`', '<strong>bold</strong> <em>it</em> <s>no</s> <code>code</code>'],
    ['2*3*4 and snake_case_name', '2*3*4 and snake_case_name'],
    ['*a _b_*', '<strong>a <em>b</em></strong>'],
    ['&lt;b&gt; &amp; c', '&lt;b&gt; &amp; c'],
    [
      '<@U1> <@U2> <!here>',
      '<span class="mention">@Ana</span> <span class="mention">@U2</span> <span class="mention">@here</span>',
    ],
    ['one\ntwo', 'one<br>two'],
    ['&gt; quoted', '<blockquote>quoted</blockquote>'],
    ['```\n*as is*```', '<pre>*as is*</pre>'],
    [':warning: :nothing:', '⚠️ :nothing:'],
    ['<!date^1^{date}|ontem>', 'ontem'],
  ])('%j becomes %j', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  test('links lead to the web or a mail, and nowhere else', () => {
    expect(render('<https://example.com/?a=1&amp;b=2|here>')).toContain('href="https://example.com/?a=1&amp;b=2"');
    expect(render('<javascript:alert(1)|here>')).toBe('here');
  });

  test('no text at all produces markup of its own', () => {
    const allowed =
      /<\/?(strong|em|s|code|pre|blockquote|br|span class="mention"|span|a class="" href="(https?|mailto):[^"<>]*" rel="noreferrer noopener" target="_blank"|a)>/g;
    const piece = fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      '*',
      '_',
      '`',
      '~',
      '|',
      '@',
      '!',
      'https://x.y',
      'script',
      ' ',
      '\n',
      '```',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(render(pieces.join('')).replaceAll(allowed, '')).not.toMatch(/[<>]/);
      }),
      { numRuns: 500 },
    );
  });
});
