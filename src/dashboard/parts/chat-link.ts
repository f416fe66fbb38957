import { html } from 'hono/html';
import { parseSubject } from '../../domain/desk-subject.ts';
import type { ChatRef } from '../board-snapshot.ts';
import { fill, type Words } from '../i18n/words.ts';
import type { Html } from '../view.ts';
import { statusBadge } from './status.ts';

export function chatPath(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}

/** What something is about that is no chat: the desk, a channel or an agent by name, anything else by its id. */
export function subjectText(words: Words, { subject, channel, assignee }: Omit<ChatRef, 'id' | 'status'>): string {
  const about = parseSubject(subject);
  switch (about?.kind) {
    case 'desk':
      return words.subjects.desk;
    case 'channel':
      return fill(words.subjects.channel, channel?.name ?? about.id);
    case 'agent':
      return fill(words.subjects.agent, assignee?.name ?? about.id);
    case undefined:
      return subject;
  }
}

/** The chat that something is about, as a link to its page; a subject that is no chat as plain text. */
export function chatLink(words: Words, chat: ChatRef): Html {
  if (chat.id === null) return html`<span class="id" title="${chat.subject}">${subjectText(words, chat)}</span>`;
  return html`<a class="id" href="${chatPath(chat.id)}" title="${words.chat} ${chat.id}">${chat.id}</a>`;
}

/** The chat with its channel. */
export function chatWithChannel(words: Words, chat: ChatRef): Html {
  if (chat.id === null) return chatLink(words, chat);
  return html`${chatLink(words, chat)}${chat.channel === null ? '' : html` <span class="dim">${chat.channel.name}</span>`}`;
}

/** The chat with its channel, its status and who has it. */
export function chatFacts(words: Words, chat: ChatRef): Html {
  if (chat.id === null) return chatLink(words, chat);
  return html`${chatWithChannel(words, chat)} ${statusBadge(words, chat.status)} <span class="dim">${chat.assignee?.name ?? words.unassigned}</span>`;
}
