import { html } from 'hono/html';
import { fill } from '../i18n/words.ts';
import type { Html, Render } from '../view.ts';

const toIso = (at: number) => new Date(at).toISOString();

/** An instant: the time of day, with the date when it is another day's; the whole of it, with its zone, as a title. */
export function timeTag({ view, now }: Render, at: number): Html {
  return html`<time datetime="${toIso(at)}" data-time title="${view.moment(at)}">${view.time(at, now)}</time>`;
}

/** Time until an instant, which ticks: `due in 4m 12s`, `due now`, `due 3s ago`. `text` has a place for the span. */
export function countdown({ view, words, now }: Render, at: number, text: string = words.tick.dueIn): Html {
  const left = at - now;
  const shown =
    left >= 1000
      ? fill(text, view.span(left))
      : left > -5000
        ? words.tick.dueNow
        : fill(words.tick.overdue, view.span(-left));
  return html`<time class="tick" datetime="${toIso(at)}" data-tick="until" data-text="${text}" title="${view.moment(at)}">${shown}</time>`;
}

/** Time since an instant, which ticks: `12m 4s`. */
export function elapsed({ view, now }: Render, since: number, text = '{}'): Html {
  return html`<time class="tick" datetime="${toIso(since)}" data-tick="since" data-text="${text}" title="${view.moment(since)}">${fill(text, view.span(now - since))}</time>`;
}
