import { html } from 'hono/html';
import type { BoardChat, Listed } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { chatLink } from '../../parts/chat-link.ts';
import { emptyState, panelContent } from '../../parts/panel.ts';
import { statusBadge } from '../../parts/status.ts';
import { elapsed } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { listCount } from './list-count.ts';

/** Open chats, those first whose customers wait longest. */
export function chatsPanel(render: Render, chats: Listed<BoardChat>): Html {
  const { words } = render;
  const body =
    chats.rows.length === 0
      ? emptyState(words.chats.empty, words.chats.emptyHint)
      : html`<ol class="rows">${chats.rows.map((chat) => chatRow(render, chat))}</ol>`;
  return panelContent('chats', { title: words.chats.title, count: listCount(render, chats), body });
}

function chatRow(render: Render, chat: BoardChat): Html {
  const { words, view } = render;
  const messages = fill(words.chats.messages, { in: view.number(chat.messagesIn), out: view.number(chat.messagesOut) });
  return html`<li class="row chat-row" id="chat-${chat.id}">
  <p class="line">${chatLink(words, chat)} ${statusBadge(words, chat.status)}${chat.statusSince === null ? '' : html` <span class="dim">${elapsed(render, chat.statusSince, words.chats.inStatus)}</span>`}<span class="push">${chat.waitingSince === null ? '' : elapsed(render, chat.waitingSince, words.chats.waiting)}</span></p>
  <p class="line dim"><span>${chat.channel?.name ?? words.noChannel}</span> <span class="${chat.assignee === null ? 'nobody' : ''}">${chat.assignee?.name ?? words.unassigned}</span><span class="push" title="${messages}"><span class="visually-hidden">${messages}</span><span aria-hidden="true">↓${view.number(chat.messagesIn)} ↑${view.number(chat.messagesOut)}</span></span></p>
</li>`;
}
