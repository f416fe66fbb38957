import { html } from 'hono/html';
import { AppError } from '../../../domain/errors.ts';
import type { TimelinePosition } from '../../../store/read/timeline.ts';
import type { ChatView } from '../../chat-view.ts';
import type { DashboardDeps } from '../../deps.ts';
import { fill } from '../../i18n/words.ts';
import type { LiveFragment, LiveSource } from '../../live/live-source.ts';
import { chatPath } from '../../parts/chat-link.ts';
import type { Html, Render } from '../../view.ts';
import { alertList } from '../board/alerts-panel.ts';
import { holdList } from '../board/holds-panel.ts';
import { whyPath } from '../why/question.ts';
import { chatFactsList, chatMeasures } from './measures.ts';
import { timelineEntry } from './timeline-entry.ts';
import { formatPlace } from './timeline-place.ts';

/** One chat: what is known of it, what was measured, what runs, and everything that happened in the order of time. */
export function chatSource(
  deps: Pick<DashboardDeps, 'chat'>,
  id: string,
  after: TimelinePosition | undefined,
): LiveSource<ChatView> {
  return {
    async read() {
      const view = await deps.chat(id, after);
      if (view === undefined) throw new AppError('not_found', `there is no chat ${id}`);
      return view;
    },
    fragments: (view) => chatFragments(view, after),
  };
}

function chatFragments(chat: ChatView, after: TimelinePosition | undefined): LiveFragment[] {
  const { session, channel, assignee, holds, alerts, entries, next } = chat;
  return [
    { id: 'facts', data: [session, channel, assignee], render: (render) => chatFactsList(render, chat) },
    { id: 'running', data: [holds, alerts], render: (render) => running(render, chat) },
    { id: 'measures', data: session, render: (render) => chatMeasures(render, chat) },
    { id: 'timeline', data: [entries, next], render: (render) => timeline(render, chat, after) },
  ];
}

export function chatPage(render: Render, id: string, fragments: readonly LiveFragment[]): Html {
  const { words } = render;
  const content = (name: string) => fragments.find((fragment) => fragment.id === name)?.render(render) ?? html``;
  return html`<p class="crumbs"><a href="/">← ${words.chatPage.back}</a></p>
<h1 class="page-title">${fill(words.chatPage.title, id)}</h1>
<p class="ask-why"><a href="${whyPath(id)}">${words.why.link}</a></p>
<div class="chat-page">
  <div class="chat-side">
    <section id="facts" class="panel padded" aria-labelledby="facts-title">${content('facts')}</section>
    <section id="measures" class="panel padded" aria-labelledby="measures-title">${content('measures')}</section>
  </div>
  <div class="chat-main">
    <div id="running">${content('running')}</div>
    <section id="timeline" class="panel padded" aria-labelledby="timeline-title">${content('timeline')}</section>
  </div>
</div>`;
}

function running(render: Render, { holds, alerts }: ChatView): Html {
  const { words } = render;
  return html`${alerts.length === 0 ? '' : html`<section class="panel" id="running-alerts" aria-labelledby="running-alerts-title"><header class="panel-head"><h2 id="running-alerts-title">${words.alerts.title}</h2></header>${alertList(render, alerts)}</section>`}${holds.length === 0 ? '' : html`<section class="panel" id="running-holds" aria-labelledby="running-holds-title"><header class="panel-head"><h2 id="running-holds-title">${words.holds.title}</h2></header>${holdList(render, holds)}</section>`}`;
}

function timeline(render: Render, { session, entries, next }: ChatView, after: TimelinePosition | undefined): Html {
  const { words } = render;
  const { chatPage: text } = words;
  const start = after === undefined ? '' : html`<a href="${chatPath(session.id)}">↑ ${text.fromStart}</a>`;
  const more =
    next === undefined
      ? ''
      : html`<a href="${chatPath(session.id)}?after=${encodeURIComponent(formatPlace(next))}">${text.later} ↓</a>`;
  return html`<h2 id="timeline-title">${text.timeline}</h2>${start}
${entries.length === 0 ? html`<p class="dim">${text.emptyTimeline}</p>` : html`<ol class="timeline">${entries.map((entry) => timelineEntry(render, entry))}</ol>`}
${more}<p class="dim small">${text.legend}</p>`;
}
