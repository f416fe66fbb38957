import { html } from 'hono/html';
import type { ChatFilter } from '../../../store/read/chat-filter.ts';
import type { ChannelCount, Named } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { emptyState, panelContent } from '../../parts/panel.ts';
import { STATUS_ORDER, statusName } from '../../parts/status.ts';
import type { Html, Render } from '../../view.ts';
import { withFilter } from './board-filter.ts';

/** Open chats by channel and status. Each number is a link that shows only those chats; the one in force leads back. */
export function matrixPanel(render: Render, counts: readonly ChannelCount[], filter: ChatFilter): Html {
  const { words, view } = render;
  const body =
    counts.length === 0
      ? emptyState(words.matrix.empty, words.matrix.emptyHint)
      : table(render, toTable(counts, view.words.locale), filter);
  const total = counts.reduce((sum, { chats }) => sum + chats, 0);
  return panelContent('matrix', { title: words.matrix.title, count: view.number(total), body });
}

interface Table {
  /** Null: chats whose status is not known. */
  statuses: (string | null)[];
  channels: { channel: Named | null; total: number; cells: Map<string | null, number> }[];
  totals: Map<string | null, number>;
  total: number;
  largest: number;
}

/** Always shown, so that the table keeps its shape while chats come and go. */
const ALWAYS: readonly string[] = ['OPEN', 'ON_PROGRESS', 'ON_HOLD'];

function toTable(counts: readonly ChannelCount[], locale: string): Table {
  const totals = new Map<string | null, number>();
  const byChannel = new Map<string | null, Table['channels'][number]>();
  let largest = 0;
  for (const { channel, status, chats } of counts) {
    const row = byChannel.get(channel?.id ?? null) ?? { channel, total: 0, cells: new Map() };
    byChannel.set(channel?.id ?? null, row);
    row.cells.set(status, (row.cells.get(status) ?? 0) + chats);
    row.total += chats;
    totals.set(status, (totals.get(status) ?? 0) + chats);
    largest = Math.max(largest, row.cells.get(status) ?? 0);
  }
  const known = STATUS_ORDER.filter((status) => ALWAYS.includes(status) || totals.has(status));
  const others = [...totals.keys()].filter((status) => !STATUS_ORDER.some((one) => one === status));
  const byName = new Intl.Collator(locale);
  return {
    statuses: [...known, ...others.sort((a, b) => byName.compare(a ?? '\uffff', b ?? '\uffff'))],
    channels: [...byChannel.values()].sort((a, b) =>
      byName.compare(a.channel?.name ?? '\uffff', b.channel?.name ?? '\uffff'),
    ),
    totals,
    total: [...totals.values()].reduce((sum, chats) => sum + chats, 0),
    largest,
  };
}

function table(render: Render, { statuses, channels, totals, total, largest }: Table, filter: ChatFilter): Html {
  const { words } = render;
  return html`<table class="matrix">
<caption class="visually-hidden">${words.matrix.caption}</caption>
<thead><tr><th scope="col">${words.matrix.channel}</th>${statuses.map((status) => html`<th scope="col">${statusName(words, status)}</th>`)}<th scope="col">${words.matrix.total}</th></tr></thead>
<tbody>
${channels.map(({ channel, cells, total: ofChannel }) => {
  const channelId = channel?.id ?? null;
  const name = channel?.name ?? words.noChannel;
  return html`<tr id="channel-${channelId ?? 'none'}"><th scope="row" title="${name}">${name}</th>${statuses.map(
    (status) => cell(render, cells.get(status) ?? 0, { status, channelId }, filter, name, largest),
  )}${cell(render, ofChannel, { channelId }, filter, name, 0)}</tr>
`;
})}
</tbody>
<tfoot><tr><th scope="row">${words.matrix.total}</th>${statuses.map((status) =>
    cell(render, totals.get(status) ?? 0, { status }, filter, words.matrix.all, 0),
  )}<td><strong>${render.view.number(total)}</strong></td></tr></tfoot>
</table>`;
}

/** How many shades a number's share of the largest one can have. */
const SHADES = 5;

function cell(
  { words, view }: Render,
  chats: number,
  target: ChatFilter,
  filter: ChatFilter,
  channel: string,
  largest: number,
): Html {
  const isCurrent = target.status === filter.status && target.channelId === filter.channelId;
  if (chats === 0 && !isCurrent)
    return html`<td class="zero"><span aria-hidden="true">·</span><span class="visually-hidden">0</span></td>`;
  const shade = largest === 0 ? 0 : Math.max(1, Math.ceil((chats / largest) * SHADES));
  const status = target.status === undefined ? words.matrix.all : statusName(words, target.status);
  const label = fill(words.matrix.cell, { count: view.number(chats), status, channel });
  return html`<td><a class="shade-${shade}" href="${isCurrent ? '/' : withFilter('/', target)}" aria-label="${label}"${isCurrent ? html` aria-current="true"` : ''}>${view.number(chats)}</a></td>`;
}
