import { html } from 'hono/html';
import type { DashboardDeps } from '../deps.ts';
import { fill } from '../i18n/words.ts';
import type { LiveSource } from '../live/live-source.ts';
import type { MutesView } from '../mutes-view.ts';
import type { Html, Render } from '../view.ts';
import { timeTag } from './time.ts';

/** What is held back now, at the head of every page: pauses as a banner that nobody overlooks, silences as a quiet line. */
export function mutesNotice(render: Render, { pauses, silences }: MutesView): Html {
  return html`${pauses.map((pause) => pauseBanner(render, pause))}${silences.map((silence) => silenceLine(render, silence))}`;
}

/** Its button works without scripts too: the form then leads back to the board. */
function pauseBanner(render: Render, pause: MutesView['pauses'][number]): Html {
  const { words, view } = render;
  const { mutes } = words;
  const path = `/pauses/${encodeURIComponent(pause.id)}/lift`;
  const count = `${view.number(pause.actions === 'wait' ? pause.waiting : pause.heldBack)}${pause.more ? '+' : ''}`;
  return html`<div class="banner paused" role="alert">
  <p><strong>${fill(mutes.paused, whatOf(render, pause))}</strong> <span>${fill(mutes[pause.actions], count)}</span></p>
  <p class="small">${pause.owner}: ${pause.reason} · ${mutes.since} ${timeTag(render, pause.startsAt)} · ${pause.endsAt === null ? mutes.noEnd : html`${mutes.until} ${timeTag(render, pause.endsAt)}`} · <code>${pause.id}</code></p>
  <form method="post" action="${path}" hx-post="${path}" hx-target="closest [data-mutes]" hx-swap="innerMorph"><button type="submit" aria-label="${fill(mutes.liftLabel, whatOf(render, pause))}">${mutes.lift}</button></form>
</div>`;
}

function whatOf({ words }: Render, { scope, name }: MutesView['pauses'][number]): string {
  const { mutes, system } = words;
  if (scope.kind === 'everything') return mutes.everything;
  const known = Object.entries(system.destinations).find(([id]) => scope.kind === 'destination' && id === scope.id);
  return fill(mutes.scopes[scope.kind], known?.[1] ?? name ?? scope.id);
}

function silenceLine(
  render: Render,
  { id, names, owner, reason, until, heldBack }: MutesView['silences'][number],
): Html {
  const { words, view } = render;
  const { mutes } = words;
  const what = names.length === 0 ? mutes.everything : names.join(', ');
  return html`<p class="silence-line small"><span class="badge tone-warn">${mutes.silenced}</span> <strong>${what}</strong> ${mutes.until} ${timeTag(render, until)} <span class="dim">${owner}: ${reason} · ${fill(mutes.heldBack, view.number(heldBack))} · <code>${id}</code></span></p>`;
}

/** A live page with what is held back at its head. */
export function withMutes<Value>(
  deps: Pick<DashboardDeps, 'mutes'>,
  source: LiveSource<Value>,
): LiveSource<{ value: Value; mutes: MutesView }> {
  return {
    async read() {
      const [value, mutes] = await Promise.all([source.read(), deps.mutes()]);
      return { value, mutes };
    },
    fragments: ({ value, mutes }) => [
      { id: 'mutes', data: mutes, render: (render) => mutesNotice(render, mutes) },
      ...source.fragments(value),
    ],
  };
}
