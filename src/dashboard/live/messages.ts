import { html } from 'hono/html';
import type { Render } from '../view.ts';
import type { LiveFragment } from './live-source.ts';

/**
 * The stream's messages (text/event-stream). htmx swaps what has no name, each fragment into its element; what has a
 * name reaches our own script (assets/live.js) as an event: `beat` and `fault`.
 */
const encoder = new TextEncoder();

export function toFragmentMessage(fragments: readonly LiveFragment[], render: Render): Uint8Array {
  const partials = fragments.map(
    (fragment) =>
      html`<hx-partial hx-target="#${fragment.id}" hx-swap="innerMorph">${fragment.render(render)}</hx-partial>`,
  );
  return toMessage(String(html`${partials}`));
}

/** The service's time: the viewer's clock may be wrong, and the sandbox's runs faster. */
export function toBeat(now: number): Uint8Array {
  return toMessage(String(now), 'beat');
}

/** What the stream is about cannot be read at the moment. */
export const faultMessage = toMessage('unreadable', 'fault');

function toMessage(data: string, event?: string): Uint8Array {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return encoder.encode(`${event === undefined ? '' : `event: ${event}\n`}${lines.join('')}\n`);
}
