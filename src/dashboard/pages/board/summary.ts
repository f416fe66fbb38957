import { html } from 'hono/html';
import type { BoardSnapshot, ChannelCount } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { elapsed } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { withFilter } from './board-filter.ts';

/** The numbers that a supervisor looks at first. */
export function summary(render: Render, { counts, system }: Pick<BoardSnapshot, 'counts' | 'system'>): Html {
  const { words, view } = render;
  const waitingSince = earliest(counts);
  const waiting = sum(counts, 'waiting');
  const unassigned = sum(counts, 'unassigned');
  return html`<ul class="kpis">
${kpi(render, words.kpis.open, sum(counts, 'chats'), '', undefined, '/')}
${kpi(
  render,
  words.kpis.onHold,
  sum(
    counts.filter(({ status }) => status === 'ON_HOLD'),
    'chats',
  ),
  '',
  undefined,
  withFilter('/', { status: 'ON_HOLD' }),
)}
${kpi(render, words.kpis.unassigned, unassigned, unassigned > 0 ? 'warn' : '')}
${kpi(render, words.kpis.waiting, waiting, '', waitingSince === undefined ? undefined : elapsed(render, waitingSince, words.kpis.longest))}
${kpi(render, words.kpis.holds, system.holdsRunning, '', undefined, '#holds')}
${kpi(render, words.kpis.alerts, system.alertsOpen, system.alertsOpen > 0 ? 'bad' : '', undefined, '#alerts')}
${kpi(
  render,
  words.kpis.events,
  system.inboxEvents,
  '',
  system.inboxSince === null
    ? html`${words.kpis.allJudged}`
    : html`${fill(words.kpis.eventsSince, view.time(system.inboxSince, render.now))}`,
)}
</ul>`;
}

function kpi({ view }: Render, label: string, value: number, tone: string, note?: Html, href?: string): Html {
  const inner = html`<span class="kpi-label">${label}</span> <strong class="kpi-value">${view.number(value)}</strong> <span class="kpi-note">${note ?? ''}</span>`;
  return html`<li class="kpi ${tone}">${href === undefined ? html`<div>${inner}</div>` : html`<a href="${href}">${inner}</a>`}</li>`;
}

function sum(counts: readonly ChannelCount[], of: 'chats' | 'unassigned' | 'waiting'): number {
  return counts.reduce((total, count) => total + count[of], 0);
}

function earliest(counts: readonly ChannelCount[]): number | undefined {
  const times = counts.flatMap(({ waitingSince }) => (waitingSince === null ? [] : [waitingSince]));
  return times.length === 0 ? undefined : Math.min(...times);
}
