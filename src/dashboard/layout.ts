import { html } from 'hono/html';
import type { AssetRoutes } from './asset-routes.ts';
import { fill, LANGUAGES, type Words } from './i18n/words.ts';
import { logo, themeIcon } from './parts/icons.ts';
import type { Html, Render } from './view.ts';

/** The frame of every page: head, top bar, main region, and the places where what happens is told. */
export interface PageParts {
  title: string;
  /** Which entry of the navigation is this page's. */
  current?: 'board' | 'rules';
  content: Html;
  /** What is held back now. */
  mutes?: Html;
  /** Address of the stream that keeps the fragments of this page current. */
  live?: string;
  /** Path and query of this page without `lang`, for the link to the other language. */
  here: URL;
  theme: 'light' | 'dark' | undefined;
  /** Whether the viewer logged in, and so can log out. */
  canLogOut?: boolean;
  /** The service's time runs this much faster than the viewer's. */
  timeScale?: number;
  /** Without the navigation: the login. */
  bare?: boolean;
}

/**
 * No indicator styles (the policy allows no inline style), no history of its own, and nothing but good answers swapped
 * into a page.
 */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  history: false,
  noSwap: [204, 304, '4xx', '5xx'],
});

/**
 * Our script comes before htmx's: it tells the server the viewer's zone (a cookie) and listens to the stream, and htmx
 * opens the stream as soon as it is there.
 */
export function layout(render: Render, href: AssetRoutes['href'], page: PageParts): Html {
  const { words, view, now } = render;
  return html`<!doctype html>
<html lang="${words.lang}" data-zone="${view.zone}"${page.theme === undefined ? '' : html` data-theme="${page.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="htmx-config" content="${HTMX_CONFIG}">
<title>${page.title === words.title ? words.title : `${page.title} · ${words.title}`}</title>
<link rel="icon" href="${href['vigia.svg']}" type="image/svg+xml">
<link rel="stylesheet" href="${href['vigia.css']}">
<script src="${href['vigia.js']}" defer></script>
<script src="${href['htmx.js']}" defer></script>
</head>
<body data-now="${now}" data-scale="${page.timeScale ?? 1}" data-words="${JSON.stringify(clientWords(words))}">
<a class="skip" href="#content">${words.skip}</a>
${page.bare === true ? '' : topBar(render, page)}
<p id="notice" class="notice" role="status" hidden></p>
<main id="content" tabindex="-1">
<div id="mutes" data-mutes>${page.mutes ?? ''}</div>
${page.content}
</main>
<p id="announcer" class="visually-hidden" aria-live="polite"></p>
${page.live === undefined ? '' : html`<div id="live" hidden hx-sse:connect="${page.live}" hx-trigger="load, vigia:connect" hx-swap="none"></div>`}
</body>
</html>`;
}

function topBar(render: Render, page: PageParts): Html {
  const { words, view, now } = render;
  const entry = (name: 'board' | 'rules', path: string) =>
    html`<a href="${path}"${page.current === name ? html` aria-current="page"` : ''}>${words.nav[name]}</a>`;
  return html`<header class="top">
  <a class="brand" href="/" aria-label="Vigia, ${words.nav.board}">${logo}<span>Vigia</span></a>
  <nav aria-label="${words.nav.label}">${entry('board', '/')}${entry('rules', '/rules')}</nav>
  <div class="tools">
    ${page.live === undefined ? '' : html`<span id="pulse" class="pulse" data-state="connecting" title="${words.live.connecting}"><span class="label">${words.live.connecting}</span></span>`}
    <span class="zone" title="${fill(words.tools.timeZone, view.zone)}"><span class="visually-hidden">${fill(words.tools.timeZone, '')}</span><span data-zone-name>${view.zoneName(now)}</span></span>
    ${LANGUAGES.filter((other) => other !== words).map((other) => languageLink(other, words, page.here))}
    <button id="theme" type="button" class="icon-button" title="${words.tools.theme}" aria-label="${words.tools.theme}" hidden>${themeIcon}</button>
    ${page.canLogOut === true ? html`<form method="post" action="/logout"><button type="submit" class="link-button">${words.nav.logout}</button></form>` : ''}
  </div>
</header>
<noscript><p class="notice">${words.live.still}</p></noscript>`;
}

function languageLink(other: Words, words: Words, here: URL): Html {
  const to = new URL(here);
  to.searchParams.set('lang', other.lang);
  return html`<a class="language" href="${to.pathname}${to.search}" hreflang="${other.lang}" lang="${other.lang}">${words.tools.otherLanguage}</a>`;
}

/** What the pages' script says by itself. */
function clientWords({ units, tick, live, alerts }: Words) {
  return {
    units,
    dueNow: tick.dueNow,
    overdue: tick.overdue,
    live: live.live,
    reconnecting: live.reconnecting,
    lost: live.lost,
    back: live.back,
    unreadable: live.unreadable,
    failed: alerts.failed,
    newAlert: alerts.new('{}'),
  };
}
