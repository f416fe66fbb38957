import { html } from 'hono/html';
import type { Html, Render } from '../../view.ts';

/** Rule files are free to write anything as a runbook: only what is a web address becomes a link. */
export function runbookLink({ words }: Render, address: string | null): Html | '' {
  if (address === null || !/^https?:\/\//i.test(address)) return '';
  return html`<a href="${address}" rel="noreferrer noopener" target="_blank">${words.alerts.runbook}</a>`;
}
