/** One message as HTML: author, text or blocks, attachments with their colour, edits, and its thread below it. */
import { html } from 'hono/html';
import { isJsonObject, type JsonObject } from '../../../domain/json.ts';
import type { SlackContent, SlackMessage, Workspace } from '../workspace.ts';
import { type Html, type Names, renderMrkdwn, safeLink } from './mrkdwn.ts';
import type { Words } from './words.ts';

export interface ViewContext {
  workspace: Workspace;
  words: Words;
  names: Names;
  /** The message whose elements can be clicked on: what it said before an edit cannot. */
  clickOn?: SlackMessage;
  /** Time of day, such as 14:05. */
  time: (at: number) => string;
  /** The whole instant, for titles. */
  instant: (at: number) => string;
}

/** A message of the channel with its replies. The revision changes with anything that is shown in it. */
export function messageItem(context: ViewContext, message: SlackMessage, replies: readonly SlackMessage[]): Html {
  const revision = [message, ...replies].map((one) => one.history.length).join('.');
  return html`<li class="message" id="m${message.ts}" data-revision="${replies.length}:${revision}">
    ${messageBody(context, message)}
    ${
      replies.length === 0
        ? ''
        : html`<div class="thread">
            <p class="thread-count">${context.words.replies(replies.length)}</p>
            <ol>${replies.map((reply) => html`<li class="message reply" id="m${reply.ts}">${messageBody(context, reply)}</li>`)}</ol>
          </div>`
    }
  </li>`;
}

/** A reply that was sent to the channel too. */
export function broadcastItem(context: ViewContext, message: SlackMessage): Html {
  return html`<li class="message" id="b${message.ts}" data-revision="${message.history.length}">
    ${messageBody(context, message, html`<p class="note">${context.words.alsoInThread}</p>`)}
  </li>`;
}

function messageBody(context: ViewContext, message: SlackMessage, note?: Html): Html {
  const { words, names, workspace } = context;
  const name = names.user(message.userId) ?? message.userId;
  const isBot = message.userId === workspace.world.bot.userId;
  return html`<div class="avatar ${isBot ? 'bot' : `tone-${toneOf(message.userId)}`}" aria-hidden="true">${isBot ? logo : initials(name)}</div>
    <div class="body">
      <p class="meta">
        <strong class="author">${name}</strong>
        ${isBot ? html`<span class="app-tag">${words.app}</span>` : ''}
        <a class="time" href="#m${message.ts}"><time datetime="${new Date(message.at).toISOString()}" title="${context.instant(message.at)}">${context.time(message.at)}</time></a>
      </p>
      ${message.visibleTo === undefined ? '' : html`<p class="note">${words.onlyVisibleTo(names.user(message.visibleTo) ?? message.visibleTo)}</p>`}
      ${note ?? ''}
      ${contentView({ ...context, clickOn: message }, message)}
      ${message.edited === undefined ? '' : editsView(context, message)}
    </div>`;
}

function contentView(context: ViewContext, content: SlackContent): Html {
  // As in Slack, the text is only the fallback where there are blocks; beside attachments it is shown.
  return html`${
    content.blocks.length > 0
      ? content.blocks.map((block) => blockView(context, block))
      : content.text === ''
        ? ''
        : html`<div class="text">${renderMrkdwn(content.text, context.names)}</div>`
  }${content.attachments.map((attachment) => attachmentView(context, attachment))}`;
}

function editsView(context: ViewContext, message: SlackMessage): Html {
  const { words } = context;
  return html`<details class="edits" data-key="${message.ts}">
    <summary title="${words.editedTimes(message.history.length)}">(${words.edited}${message.history.length > 1 ? ` ×${message.history.length}` : ''})</summary>
    <ol>${message.history.map(
      (version) =>
        html`<li><time datetime="${new Date(version.at).toISOString()}">${context.time(version.at)}</time><div>${contentView(context, version)}</div></li>`,
    )}</ol>
  </details>`;
}

/** The colour stands in an SVG attribute: the page's policy allows no inline styles. */
function attachmentView(context: ViewContext, attachment: JsonObject): Html {
  const blocks = Array.isArray(attachment.blocks) ? attachment.blocks.filter(isJsonObject) : [];
  const text = typeof attachment.text === 'string' ? attachment.text : '';
  const fields = Array.isArray(attachment.fields) ? attachment.fields.filter(isJsonObject) : [];
  return html`<div class="attachment">
    <svg class="bar" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 4 4"><rect width="4" height="4" fill="${colorOf(attachment.color)}"/></svg>
    <div class="attachment-body">
      ${typeof attachment.title === 'string' ? html`<p class="attachment-title">${attachment.title}</p>` : ''}
      ${text === '' ? '' : html`<div class="text">${renderMrkdwn(text, context.names)}</div>`}
      ${blocks.map((block) => blockView(context, block))}
      ${
        fields.length === 0
          ? ''
          : html`<div class="fields">${fields.map(
              (field) =>
                html`<div class="field"><strong>${String(field.title ?? '')}</strong><br>${renderMrkdwn(String(field.value ?? ''), context.names)}</div>`,
            )}</div>`
      }
    </div>
  </div>`;
}

const NAMED_COLORS: Record<string, string> = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };

function colorOf(color: unknown): string {
  if (typeof color !== 'string') return '#8d8d93';
  const hex = /^#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$/.exec(color)?.[1];
  return NAMED_COLORS[color] ?? (hex === undefined ? '#8d8d93' : `#${hex}`);
}

function blockView(context: ViewContext, block: JsonObject): Html {
  switch (block.type) {
    case 'header':
      return html`<h3 class="block-header">${textView(context, block.text)}</h3>`;
    case 'section':
      return sectionView(context, block);
    case 'context':
      return html`<div class="context">${listOf(block.elements).map((one) => html`<span>${textView(context, one)}</span>`)}</div>`;
    case 'actions':
      return html`<div class="actions">${listOf(block.elements).map((one) => elementView(context, one))}</div>`;
    case 'divider':
      return html`<hr>`;
    case 'image':
      return html`<p class="note">🖼 ${String(block.alt_text ?? '')}</p>`;
    default:
      return html`<p class="note">${String(block.type)}</p>`;
  }
}

function sectionView(context: ViewContext, block: JsonObject): Html {
  const fields = listOf(block.fields);
  return html`<div class="section">
    <div class="section-main">
      ${block.text === undefined ? '' : html`<div class="text">${textView(context, block.text)}</div>`}
      ${fields.length === 0 ? '' : html`<div class="fields">${fields.map((one) => html`<div class="field">${textView(context, one)}</div>`)}</div>`}
    </div>
    ${isJsonObject(block.accessory) ? elementView(context, block.accessory) : ''}
  </div>`;
}

function elementView(context: ViewContext, element: JsonObject): Html {
  if (element.type === 'static_select') return menuView(context, element);
  if (element.type !== 'button') return html`<span class="button">${String(element.type)}</span>`;
  const label = labelOf(element.text);
  const className = `button ${element.style === 'primary' || element.style === 'danger' ? element.style : ''}`;
  const link = typeof element.url === 'string' ? safeLink(element.url, label, className) : undefined;
  if (link !== undefined) return link;
  const { clickOn } = context;
  if (clickOn === undefined || typeof element.action_id !== 'string') {
    return html`<span class="${className}">${label}</span>`;
  }
  return html`<button type="button" class="${className}" data-action="${element.action_id}" data-ts="${clickOn.ts}">${label}</button>`;
}

function menuView({ clickOn }: ViewContext, { placeholder, options, action_id: actionId }: JsonObject): Html {
  const label = labelOf(placeholder);
  if (clickOn === undefined || typeof actionId !== 'string') return html`<span class="button">${label} ▾</span>`;
  return html`<select class="button" data-action="${actionId}" data-ts="${clickOn.ts}" aria-label="${label}"><option value="" selected disabled>${label}</option>${listOf(options).map((option) => html`<option value="${String(option.value ?? '')}">${labelOf(option.text)}</option>`)}</select>`;
}

function labelOf(text: unknown): string {
  return isJsonObject(text) && typeof text.text === 'string' ? text.text : '';
}

function textView(context: ViewContext, value: unknown): Html | Html[] {
  if (!isJsonObject(value) || typeof value.text !== 'string') return html``;
  if (value.type === 'mrkdwn') return renderMrkdwn(value.text, context.names);
  return html`<span class="plain">${value.text}</span>`;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function initials(name: string): string {
  const words = name.split(/[\s.]+/).filter((word) => word !== '');
  return `${words[0]?.[0] ?? '?'}${words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''}`.toUpperCase();
}

/** One of six avatar colours, the same for the same person. */
function toneOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum += letter.charCodeAt(0);
  return sum % 6;
}

/** An eye that keeps watch. */
const logo = html`<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="2"><path d="M2 12s3.6-6 10-6 10 6 10 6-3.6 6-10 6S2 12 2 12Z"/><circle cx="12" cy="12" r="3" fill="currentColor"/></svg>`;
