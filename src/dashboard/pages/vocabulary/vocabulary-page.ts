import { html } from 'hono/html';
import { sha256Hex } from '../../../domain/hash.ts';
import type { DashboardDeps } from '../../deps.ts';
import { fill } from '../../i18n/words.ts';
import type { LiveFragment, LiveSource } from '../../live/live-source.ts';
import { emptyState } from '../../parts/panel.ts';
import { timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import type { VocabularyItem, VocabularyView } from '../../vocabulary-view.ts';

/** Values, types and fields that nobody knew Zoho Desk to send, and the button that accepts them. */
export function vocabularySource(deps: Pick<DashboardDeps, 'vocabulary'>): LiveSource<VocabularyView> {
  return { read: () => deps.vocabulary(), fragments: vocabularyFragments };
}

function vocabularyFragments(view: VocabularyView): LiveFragment[] {
  return [
    { id: 'fresh', data: view.fresh, render: (render) => freshList(render, view.fresh) },
    { id: 'accepted', data: view.accepted, render: (render) => acceptedList(render, view.accepted) },
  ];
}

export function vocabularyPage(render: Render, fragments: readonly LiveFragment[]): Html {
  const { vocabulary: text } = render.words;
  const content = (id: string) => fragments.find((fragment) => fragment.id === id)?.render(render) ?? html``;
  return html`<h1 class="page-title">${text.title}</h1>
<p class="dim lead">${text.intro}</p>
<div id="fresh">${content('fresh')}</div>
<div id="accepted">${content('accepted')}</div>`;
}

function freshList(render: Render, { rows, more }: VocabularyView['fresh']): Html {
  const { words } = render;
  if (rows.length === 0) {
    return html`<section class="panel">${emptyState(words.vocabulary.empty, words.vocabulary.emptyHint)}</section>`;
  }
  return html`<ol class="panel rule-list">${rows.map((item) => vocabularyRow(render, item))}</ol>
${more ? html`<p class="dim">${words.more}: <code>GET /api/v1/vocabulary</code></p>` : ''}`;
}

function acceptedList(render: Render, rows: readonly VocabularyItem[]): Html {
  if (rows.length === 0) return html``;
  return html`<h2 class="section-title">${render.words.vocabulary.acceptedTitle}</h2>
<ol class="panel rule-list">${rows.map((item) => vocabularyRow(render, item))}</ol>`;
}

/** One entry. Its button works without scripts too: the form then leads back to the page. */
export function vocabularyRow(render: Render, item: VocabularyItem): Html {
  const { words, view } = render;
  const { vocabulary: text } = words;
  const id = elementId(item);
  return html`<li class="rule word" id="word-${id}" tabindex="-1">
  <div class="rule-main">
    <h2><code class="word-value">${item.value}</code></h2>
    <p class="line small"><code>${item.field}</code></p>
    <details id="sample-${id}"><summary>${text.sample}</summary><pre class="sample" tabindex="0" lang="en">${JSON.stringify(item.sample, null, 2)}</pre></details>
  </div>
  <div class="rule-facts">
    <p><strong class="number">${text.seen(item.seen, view.number(item.seen))}</strong></p>
    <p class="dim">${fill(text.first, '')}${timeTag(render, item.firstSeenAt)}</p>
    <p class="dim">${fill(text.last, '')}${timeTag(render, item.lastSeenAt)}</p>
  </div>
  <div class="rule-facts">${readers(render, item)}</div>
  <div class="alert-side word-side">${acceptance(render, item)}</div>
</li>`;
}

/** What the script knows a row by when it is sent again: a value may hold anything. */
function elementId({ field, value }: Pick<VocabularyItem, 'field' | 'value'>): string {
  return sha256Hex(JSON.stringify([field, value])).slice(0, 16);
}

function readers({ words }: Render, { rules }: VocabularyItem): Html {
  const { vocabulary: text } = words;
  if (rules.length === 0) return html`<p class="dim">${text.noRule}</p>`;
  return html`<p class="dim">${text.rules}</p>
<ul class="plain">${rules.map(({ id, name, onUnknown }) => html`<li><a href="/rules#rule-${id}">${name}</a> <span class="dim">${text.onUnknown[onUnknown]}</span></li>`)}</ul>`;
}

function acceptance(render: Render, { field, value, acceptedAt, acceptedBy }: VocabularyItem): Html {
  const { vocabulary: text } = render.words;
  if (acceptedAt !== null) {
    return html`<p class="dim">${fill(text.acceptedBy, acceptedBy ?? '')} ${timeTag(render, acceptedAt)}</p>`;
  }
  const path = `/vocabulary/accept?${new URLSearchParams({ field, value })}`;
  return html`<form method="post" action="${path}" hx-post="${path}" hx-target="closest li" hx-swap="outerMorph"><button type="submit" id="accept-${elementId({ field, value })}" aria-label="${fill(text.acceptLabel, { field, value })}">${text.accept}</button></form>`;
}
