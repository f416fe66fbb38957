import { html } from 'hono/html';
import type { ChatRef } from '../board-snapshot.ts';
import type { Words } from '../i18n/words.ts';
import type { Html } from '../view.ts';
import { statusBadge } from './status.ts';

export function chatPath(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}

/** The chat that something is about, as a link to its page; a subject that is no chat as plain text. */
export function chatLink(words: Words, chat: ChatRef): Html {
  if (chat.id === null) return html`<span class="id">${chat.subject}</span>`;
  return html`<a class="id" href="${chatPath(chat.id)}" title="${words.chat} ${chat.id}">${chat.id}</a>`;
}

/** The chat with its channel. */
export function chatWithChannel(words: Words, chat: ChatRef): Html {
  return html`${chatLink(words, chat)}${chat.channel === null ? '' : html` <span class="dim">${chat.channel.name}</span>`}`;
}

/** The chat with its channel, its status and who has it. */
export function chatFacts(words: Words, chat: ChatRef): Html {
  if (chat.id === null) return chatLink(words, chat);
  return html`${chatWithChannel(words, chat)} ${statusBadge(words, chat.status)} <span class="dim">${chat.assignee?.name ?? words.unassigned}</span>`;
}
