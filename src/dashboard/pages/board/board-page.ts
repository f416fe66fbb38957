import { html } from 'hono/html';
import type { ChatFilter } from '../../../store/read/chat-filter.ts';
import type { BoardSnapshot, ChannelCount } from '../../board-snapshot.ts';
import type { DashboardDeps } from '../../deps.ts';
import type { LiveFragment, LiveSource } from '../../live/live-source.ts';
import { panel } from '../../parts/panel.ts';
import { statusName } from '../../parts/status.ts';
import type { Html, Render } from '../../view.ts';
import { alertsPanel } from './alerts-panel.ts';
import { isFiltered, withFilter } from './board-filter.ts';
import { chatsPanel } from './chats-panel.ts';
import { holdsPanel } from './holds-panel.ts';
import { actionsPanel, decisionsPanel } from './latest-panels.ts';
import { matrixPanel } from './matrix.ts';
import { summary } from './summary.ts';
import { systemStrip } from './system-strip.ts';
import { tilesPanel } from './tiles-panel.ts';
import { welcome } from './welcome.ts';

/** The board: what is open, what is about to happen, what has just happened. */
export function boardSource(
  deps: Pick<DashboardDeps, 'board' | 'setup'>,
  filter: ChatFilter,
): LiveSource<BoardSnapshot> {
  return {
    read: () => deps.board(filter),
    fragments: (snapshot) => boardFragments(snapshot, filter, deps.setup),
  };
}

function boardFragments(snapshot: BoardSnapshot, filter: ChatFilter, setup: DashboardDeps['setup']): LiveFragment[] {
  const {
    anyEvent,
    counts,
    chats,
    holds,
    groups,
    alerts,
    decisions,
    actions,
    troubled,
    troubles,
    tiles,
    datasets,
    system,
  } = snapshot;
  return [
    { id: 'system', data: system, render: (render) => systemStrip(render, system) },
    { id: 'welcome', data: anyEvent, render: (render) => (anyEvent ? html`` : welcome(render, setup)) },
    {
      id: 'summary',
      data: [counts, system.inboxEvents, system.inboxSince, system.holdsRunning, system.alertsOpen],
      render: (render) => summary(render, { counts, system }),
    },
    { id: 'filter', data: counts, render: (render) => filterBar(render, counts, filter) },
    { id: 'alerts', data: [groups, alerts], render: (render) => alertsPanel(render, groups, alerts) },
    { id: 'holds', data: holds, render: (render) => holdsPanel(render, holds) },
    { id: 'matrix', data: counts, render: (render) => matrixPanel(render, counts, filter) },
    { id: 'chats', data: chats, render: (render) => chatsPanel(render, chats) },
    { id: 'decisions', data: decisions, render: (render) => decisionsPanel(render, decisions) },
    {
      id: 'actions',
      data: [actions, troubled, troubles],
      render: (render) => actionsPanel(render, { actions, troubled, troubles }),
    },
    { id: 'tiles', data: [tiles, datasets], render: (render) => tilesPanel(render, { tiles, datasets }) },
  ];
}

const PANELS = ['alerts', 'holds', 'matrix', 'chats', 'decisions', 'actions', 'tiles'] as const;

export function boardPage(render: Render, fragments: readonly LiveFragment[]): Html {
  const { words } = render;
  const content = (id: string) => fragments.find((fragment) => fragment.id === id)?.render(render) ?? html``;
  return html`<h1 class="visually-hidden">${words.nav.board}</h1>
<div id="system">${content('system')}</div>
<div id="welcome">${content('welcome')}</div>
<section id="summary" aria-label="${words.kpis.label}">${content('summary')}</section>
<div id="filter" class="filter">${content('filter')}</div>
<div class="board">
${PANELS.map((id) => panel(id, `panel-${id}`, content(id)))}
</div>`;
}

/** Which chats the lists are about, and the way back to all. */
function filterBar(render: Render, counts: readonly ChannelCount[], filter: ChatFilter): Html {
  const { words } = render;
  if (!isFiltered(filter)) return html``;
  const { status, channelId } = filter;
  const chips: Html[] = [];
  if (status !== undefined) {
    const rest = channelId === undefined ? {} : { channelId };
    chips.push(chip(statusName(words, status), withFilter('/', rest), words.filter.removeStatus));
  }
  if (channelId !== undefined) {
    const known = counts.find(({ channel }) => (channel?.id ?? null) === channelId)?.channel;
    const rest = status === undefined ? {} : { status };
    chips.push(chip(known?.name ?? channelId ?? words.noChannel, withFilter('/', rest), words.filter.removeChannel));
  }
  return html`<nav aria-label="${words.filter.label}">${words.filter.showing} ${chips} <a href="/">${words.filter.clear}</a></nav>`;
}

function chip(text: string, href: string, label: string): Html {
  return html`<a class="chip" href="${href}" aria-label="${label}: ${text}">${text} <span aria-hidden="true">×</span></a> `;
}
