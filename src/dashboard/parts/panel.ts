import { html } from 'hono/html';
import type { Html } from '../view.ts';

/**
 * The frame of a panel. Its content is a live fragment, its head and its scrolling body belong to that content; the
 * size of the frame does not follow the content, so that a refresh moves nothing.
 */
export function panel(id: string, className: string, content: Html): Html {
  return html`<section id="${id}" class="panel ${className}" aria-labelledby="${id}-title">${content}</section>`;
}

/** Head and body of a panel. The body scrolls and can be reached by the keyboard for that. */
export function panelContent(id: string, parts: { title: string; count?: string; aside?: Html; body: Html }): Html {
  return html`<header class="panel-head">
  <h2 id="${id}-title">${parts.title}</h2>${parts.count === undefined ? '' : html` <span class="count">${parts.count}</span>`}${parts.aside ?? ''}
</header>
<div class="panel-body" tabindex="0" role="group" aria-labelledby="${id}-title">${parts.body}</div>`;
}

/** In place of a list that has nothing: what that means and what would fill it. */
export function emptyState(text: string, hint: string): Html {
  return html`<div class="empty"><strong>${text}</strong><span>${hint}</span></div>`;
}
