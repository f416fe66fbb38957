/**
 * The page at `/`: the channels and what was posted, rendered here, without a build. It asks once a second whether
 * anything has changed and merges what did. Its policy allows no inline script and no inline style.
 */
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { AppError } from '../../../domain/errors.ts';
import type { StandInEnv } from '../../http/stand-in-app.ts';
import type { PlayClick } from '../play-click.ts';
import type { SlackChannel, SlackMessage, Workspace } from '../workspace.ts';
import { broadcastItem, messageItem, type ViewContext } from './message-view.ts';
import type { Html } from './mrkdwn.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';
import { chooseWords, type Words } from './words.ts';

export interface PageDeps {
  workspace: Workspace;
  click: PlayClick;
  timeZone: string;
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export function addPage(app: Hono<StandInEnv>, deps: PageDeps): void {
  app.get('/page.css', (c) => c.body(pageStyle, 200, { ...HEADERS, 'content-type': 'text/css; charset=utf-8' }));
  app.get('/page.js', (c) => c.body(pageScript, 200, { ...HEADERS, 'content-type': 'text/javascript; charset=utf-8' }));
  app.get('/favicon.ico', (c) => c.body(null, 204));

  app.get('/', (c) => {
    const view = viewOf(c, deps);
    return view === undefined ? c.notFound() : c.html(documentOf(view), 200, HEADERS);
  });

  app.post('/click', (c) => playClick(c, deps.click));

  /** The two lists that change; 204 when nothing has since the version that the page knows. */
  app.get('/view', (c) => {
    const view = viewOf(c, deps);
    if (view === undefined) return c.notFound();
    const version = String(deps.workspace.version);
    if (c.req.query('since') === version) return c.body(null, 204, HEADERS);
    return c.html(html`${channelList(view)}${messageList(view)}`, 200, { ...HEADERS, 'x-version': version });
  });
}

const clickSchema = z.strictObject({
  channelId: z.string().max(100),
  ts: z.string().max(40),
  actionId: z.string().max(255),
  value: z.string().max(2_000).optional(),
});

/** Takes JSON only: a page of another origin cannot send that without asking first. */
async function playClick(c: Context, click: PlayClick): Promise<Response> {
  if (!c.req.header('content-type')?.startsWith('application/json')) return c.json({ ok: false }, 415);
  const parsed = clickSchema.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) return c.json({ ok: false }, 400);
  try {
    const { value, ...rest } = parsed.data;
    return c.json(await click(value === undefined ? rest : { ...rest, value }), 200, HEADERS);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return c.json({ ok: false }, error.code === 'not_found' ? 404 : 409);
  }
}

interface View extends ViewContext {
  channel: SlackChannel;
  /** Kept in the links, when it was asked for. */
  lang: string | undefined;
  day: (at: number) => string;
}

function viewOf(c: Context, { workspace, timeZone }: PageDeps): View | undefined {
  const asked = c.req.query('channel');
  const channel = asked === undefined ? workspace.channels[0] : workspace.findChannelToPost(asked);
  if (channel === undefined) return undefined;
  const lang = c.req.query('lang');
  const words = chooseWords(lang, c.req.header('accept-language'));
  return { workspace, channel, words, lang, names: namesOf(workspace), ...timesOf(words, timeZone) };
}

function timesOf(words: Words, timeZone: string): Pick<View, 'time' | 'instant' | 'day'> {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(words.locale, { timeZone, ...options });
    return (at: number) => formatter.format(at);
  };
  return {
    time: format({ hour: '2-digit', minute: '2-digit' }),
    instant: format({ dateStyle: 'full', timeStyle: 'medium' }),
    day: format({ weekday: 'long', day: 'numeric', month: 'long' }),
  };
}

function namesOf({ world, users, channels }: Workspace): ViewContext['names'] {
  return {
    user: (id) => (id === world.bot.userId ? 'Vigia' : users.find((user) => user.id === id)?.realName),
    channel: (id) => channels.find((channel) => channel.id === id)?.name,
  };
}

function documentOf(view: View): Html {
  const { words, channel, workspace } = view;
  return html`<!doctype html>
<html lang="${words.lang}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>#${channel.name} · ${workspace.world.teamName}</title>
  <link rel="stylesheet" href="/page.css">
  <script src="/page.js" defer></script>
</head>
<body data-click-failed="${words.clickFailed}" data-channel="${channel.id}" data-version="${workspace.version}" data-lang="${view.lang ?? ''}">
  <nav class="side" aria-label="${words.channels}">
    <p class="team">${workspace.world.teamName}<small>${words.standIn}</small></p>
    <h2>${words.channels}</h2>
    ${channelList(view)}
  </nav>
  <main>
    <header class="top">
      <h1><span aria-hidden="true">#</span>${channel.name}</h1>
      <p class="purpose">${channel.purpose}</p>
      <p class="members">${words.members(channel.members.length)}</p>
    </header>
    <div class="scroll" tabindex="0" role="log" aria-label="#${channel.name}">${messageList(view)}</div>
    <button class="jump" type="button" hidden>${words.jumpToLatest} ↓</button>
    <p class="composer">${channel.members.includes(workspace.world.bot.userId) ? words.readOnly(view.names.user(workspace.world.clicker) ?? '') : words.notMember}</p>
    <p class="offline" role="status" hidden>${words.offline}</p>
  </main>
</body>
</html>`;
}

function channelList({ workspace, channel, words, lang }: View): Html {
  return html`<ul id="channels">${workspace.channels.map((one) => {
    const href = `/?channel=${one.id}${lang === undefined ? '' : `&lang=${encodeURIComponent(lang)}`}`;
    const current = one.id === channel.id;
    return html`<li id="c${one.id}" data-revision="${one.posted}">
      <a href="${href}" data-posted="${one.posted}" ${current ? html`aria-current="page"` : ''} title="${words.messages(one.posted)}">
        <span class="hash" aria-hidden="true">#</span><span class="name">${one.name}</span><span class="badge" hidden></span>
      </a>
    </li>`;
  })}</ul>`;
}

function messageList(view: View): Html {
  const { channel, words } = view;
  const replies = repliesOf(channel.messages);
  const items: Html[] = [];
  let day = '';
  for (const message of channel.messages) {
    const isReply = message.threadTs !== undefined && replies.has(message.threadTs);
    if (isReply && !message.broadcast) continue;
    if (view.day(message.at) !== day) {
      day = view.day(message.at);
      items.push(html`<li class="day" id="d${message.ts}" data-revision="0"><span>${day}</span></li>`);
    }
    items.push(isReply ? broadcastItem(view, message) : messageItem(view, message, replies.get(message.ts) ?? []));
  }
  if (items.length === 0) {
    items.push(
      html`<li class="empty" id="empty" data-revision="0"><strong>${words.empty}</strong><span>${words.emptyHint}</span></li>`,
    );
  }
  return html`<ol id="messages">${items}</ol>`;
}

/** By the parent's ts; a reply whose parent is forgotten stands for itself. */
function repliesOf(messages: readonly SlackMessage[]): Map<string, SlackMessage[]> {
  const replies = new Map<string, SlackMessage[]>();
  const known = new Set(messages.map((message) => message.ts));
  for (const message of messages) {
    if (message.threadTs === undefined || !known.has(message.threadTs)) continue;
    replies.set(message.threadTs, [...(replies.get(message.threadTs) ?? []), message]);
  }
  return replies;
}
