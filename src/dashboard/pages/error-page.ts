import { html } from 'hono/html';
import { fill } from '../i18n/words.ts';
import type { Html, Render } from '../view.ts';

/** What went wrong, in words for people, and the way back. */
export function errorPage(
  { words }: Render,
  parts: { title: string; text: string; requestId: string | undefined },
): Html {
  return html`<section class="panel error-page" aria-labelledby="error-title">
  <h1 id="error-title">${parts.title}</h1>
  <p>${parts.text}</p>
  <p><a href="/">${words.errors.home}</a></p>
  ${parts.requestId === undefined ? '' : html`<p class="dim small">${fill(words.errors.request, parts.requestId)}</p>`}
</section>`;
}
