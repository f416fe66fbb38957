import { html } from 'hono/html';
import type { BoardSnapshot } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { emptyState, panelContent } from '../../parts/panel.ts';
import { timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';

/** The numbers that rules keep by dashboard.update, and the datasets that they record into. */
export function tilesPanel(render: Render, { tiles, datasets }: Pick<BoardSnapshot, 'tiles' | 'datasets'>): Html {
  const { words } = render;
  if (tiles.length === 0 && datasets.length === 0) {
    return panelContent('tiles', {
      title: words.tiles.title,
      body: emptyState(words.tiles.empty, words.tiles.emptyHint),
    });
  }
  const groups = Map.groupBy(tiles, ({ tile }) => tile);
  return panelContent('tiles', {
    title: words.tiles.title,
    body: html`<div class="tiles">${[...groups].map(([tile, values]) => tileCard(render, tile, values))}</div>${datasetList(render, datasets)}`,
  });
}

function tileCard(render: Render, tile: string, values: BoardSnapshot['tiles']): Html {
  const [only] = values;
  const isSingle = values.length === 1 && only !== undefined && only.by === '';
  return html`<section class="tile" id="tile-${encodeURIComponent(tile)}"><h3>${tile}</h3>${
    isSingle
      ? html`<p class="tile-value">${valueText(render, only.value)}</p>`
      : html`<dl>${values.map(({ by, value }) => html`<div><dt title="${by}">${by === '' ? '—' : by}</dt><dd>${valueText(render, value)}</dd></div>`)}</dl>`
  }</section>`;
}

function valueText({ view }: Render, value: number | string): string {
  return typeof value === 'number' ? view.number(value) : value;
}

/** A dataset of this many rows or more is not counted to the end; see listDatasets. */
const MOST = 10_000;

function datasetList(render: Render, datasets: BoardSnapshot['datasets']): Html | '' {
  const { words, view, now } = render;
  if (datasets.length === 0) return '';
  const rows = (count: number) => words.tiles.rows(count, `${view.number(count)}${count >= MOST ? '+' : ''}`);
  return html`<section class="datasets"><h3 class="group">${words.tiles.datasets}</h3><dl>${datasets.map(
    ({ dataset, rows: count, lastAt }) =>
      html`<div id="dataset-${encodeURIComponent(dataset)}"><dt><code>${dataset}</code></dt><dd>${rows(count)} <span class="dim">${fill(words.tiles.last, '')}${timeTag({ words, view, now }, lastAt)}</span></dd></div>`,
  )}</dl></section>`;
}
