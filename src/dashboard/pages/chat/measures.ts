import { html } from 'hono/html';
import type { ChatView } from '../../chat-view.ts';
import { fill } from '../../i18n/words.ts';
import { STATUS_ORDER, statusBadge, statusName } from '../../parts/status.ts';
import { elapsed, timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';

/** What is known of a chat. */
export function chatFactsList(render: Render, { session, channel, assignee }: ChatView): Html {
  const { words } = render;
  const { chatPage: text } = words;
  const type = session.assigneeType;
  const typeName = type === 'AGENT' || type === 'BOT' ? text.assigneeTypes[type] : type;
  const since =
    session.statusSince === null || session.endedAt !== null
      ? ''
      : html` <span class="dim">${elapsed(render, session.statusSince, text.since)}</span>`;
  return html`<h2 class="visually-hidden" id="facts-title">${text.facts}</h2><dl class="facts">
${fact(text.status, html`${statusBadge(words, session.status)}${since}`)}
${fact(text.assignee, assignee === null ? html`<span class="nobody">${words.unassigned}</span>` : html`${assignee.name}${typeName === null ? '' : html` <span class="dim">${typeName}</span>`}`)}
${fact(text.channel, html`${channel?.name ?? words.noChannel}`)}
${optional(text.integration, session.integration)}
${optional(text.replyStatus, session.replyStatus)}
${optional(text.ticket, session.ticketId)}
${optional(text.contact, session.contactId)}
${fact(text.created, timeTag(render, session.createdAt))}
${session.endedAt === null ? '' : fact(text.ended, timeTag(render, session.endedAt))}
</dl>`;
}

/** What the service measured of it. */
export function chatMeasures(render: Render, { session }: ChatView): Html {
  const { words, view } = render;
  const { chatPage: text } = words;
  const until = (at: number | null) =>
    at === null ? html`<span class="dim">${text.notYet}</span>` : html`${view.span(at - session.createdAt)}`;
  const messages = fill(text.messagesValue, {
    in: view.number(session.messagesIn),
    out: view.number(session.messagesOut),
  });
  return html`<h2 id="measures-title">${text.measures}</h2><dl class="facts">
${fact(text.duration, session.endedAt === null ? elapsed(render, session.createdAt) : html`${view.span(session.endedAt - session.createdAt)}`)}
${session.waitingSince === null ? '' : fact(text.waiting, elapsed(render, session.waitingSince))}
${fact(text.firstAssigned, until(session.firstAssignedAt))}
${fact(text.firstResponse, until(session.firstResponseAt))}
${fact(text.messages, html`${messages}`)}
${fact(text.holds, html`${view.number(session.holds)}`)}
${fact(text.reassignments, html`${view.number(session.reassignments)}`)}
</dl>
${timeInStatuses(render, session)}`;
}

function timeInStatuses(render: Render, session: ChatView['session']): Html | '' {
  const { words, view, now } = render;
  const { status, statusSince, endedAt, timeIn } = session;
  // An ended chat stays ended: how long is no measure of it.
  const running = status !== null && statusSince !== null && endedAt === null ? { status, statusSince } : undefined;
  const times = new Map(Object.entries(timeIn));
  if (running !== undefined)
    times.set(running.status, (times.get(running.status) ?? 0) + Math.max(0, now - running.statusSince));
  if (times.size === 0) return '';
  const largest = Math.max(1, ...times.values());
  const order = (name: string) => {
    const known: readonly string[] = STATUS_ORDER;
    const place = known.indexOf(name);
    return place === -1 ? STATUS_ORDER.length : place;
  };
  const rows = [...times].sort(([a], [b]) => order(a) - order(b));
  return html`<h3>${words.chatPage.timeIn}</h3><dl class="bars">${rows.map(([name, ms]) => {
    const before = running?.status === name ? running.statusSince - (timeIn[name] ?? 0) : undefined;
    return html`<div><dt>${statusName(words, name)}</dt><dd>${before === undefined ? html`${view.span(ms)}` : elapsed(render, before)}</dd><progress max="${largest}" value="${ms}" aria-hidden="true"></progress></div>`;
  })}</dl>`;
}

function fact(name: string, value: Html): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function optional(name: string, value: string | null): Html | '' {
  return value === null || value === '' ? '' : fact(name, html`<code>${value}</code>`);
}
