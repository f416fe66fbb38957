import { html } from 'hono/html';
import type { Html, Render } from '../view.ts';
import { timeTag } from './time.ts';

/** Instants as the engine writes them into its sentences. */
const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)/;

/** A text in which the instants are told in the viewer's zone. */
export function withTimes(render: Render, text: string): Html {
  return html`${text.split(INSTANT).map((part, index) => {
    const at = index % 2 === 1 ? Date.parse(part) : Number.NaN;
    return Number.isNaN(at) ? part : timeTag(render, at);
  })}`;
}

/** A sentence that the service wrote, which is English whatever the page's language. */
export function reasonText(render: Render, reason: string): Html {
  return html`<span class="reason" lang="en" title="${reason}">${withTimes(render, reason)}</span>`;
}
