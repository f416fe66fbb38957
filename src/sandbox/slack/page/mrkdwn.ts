/**
 * Slack's mrkdwn as HTML: bold, italic, strike, code, quotes, links, mentions, a few emoji. The text is foreign: every
 * piece of it goes through `html`, which escapes, and links are kept only where they lead to the web or to a mail.
 */
import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

/** Finds readable names for ids. */
export interface Names {
  user(id: string): string | undefined;
  channel(id: string): string | undefined;
}

export function renderMrkdwn(text: string, names: Names): Html[] {
  return text.split('```').flatMap((part, index) =>
    // Odd parts stand between two fences.
    index % 2 === 1 ? [html`<pre>${decode(part.replace(/^\n/, ''))}</pre>`] : renderLines(part, names),
  );
}

function renderLines(text: string, names: Names): Html[] {
  const lines = text.split('\n');
  return lines.map((line, index) => {
    const quoted = /^(?:>|&gt;) ?/.exec(line);
    if (quoted !== null) return html`<blockquote>${renderInline(line.slice(quoted[0].length), names)}</blockquote>`;
    return html`${renderInline(line, names)}${index < lines.length - 1 ? html`<br>` : ''}`;
  });
}

/** One token at a time; what no token matches is text. Every alternative is bounded by its closing mark. */
const TOKEN =
  /<([^<>]{1,2000})>|`([^`]{1,2000})`|(?<![\w*])\*([^*\n]{1,2000})\*(?![\w*])|(?<![\w_])_([^_\n]{1,2000})_(?![\w_])|(?<![\w~])~([^~\n]{1,2000})~(?![\w~])|:([a-z0-9_+-]{1,40}):/g;

function renderInline(text: string, names: Names): Html[] {
  const pieces: Html[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) pieces.push(html`${decode(text.slice(at, match.index))}`);
    pieces.push(renderToken(match, names));
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push(html`${decode(text.slice(at))}`);
  return pieces;
}

function renderToken(match: RegExpMatchArray, names: Names): Html {
  const [whole, angled, code, bold, italic, strike, emoji] = match;
  if (angled !== undefined) return renderAngled(angled, names);
  if (code !== undefined) return html`<code>${decode(code)}</code>`;
  if (bold !== undefined) return html`<strong>${renderInline(bold, names)}</strong>`;
  if (italic !== undefined) return html`<em>${renderInline(italic, names)}</em>`;
  if (strike !== undefined) return html`<s>${renderInline(strike, names)}</s>`;
  return html`${EMOJI[emoji ?? ''] ?? whole}`;
}

/** `<@U…>`, `<#C…|name>`, `<!here>`, `<!subteam^S…|@name>`, `<!date^…|fallback>`, `<https://…|label>`. */
function renderAngled(content: string, names: Names): Html {
  const bar = content.indexOf('|');
  const target = bar === -1 ? content : content.slice(0, bar);
  const label = bar === -1 ? undefined : decode(content.slice(bar + 1));
  if (target.startsWith('@')) return mention(`@${label ?? names.user(target.slice(1)) ?? target.slice(1)}`);
  if (target.startsWith('#')) return mention(`#${label ?? names.channel(target.slice(1)) ?? target.slice(1)}`);
  if (target.startsWith('!date')) return html`${label ?? ''}`;
  if (target.startsWith('!')) return mention(label ?? `@${target.slice(1)}`);
  const href = decode(target);
  return safeLink(href, label ?? href) ?? html`${label ?? href}`;
}

function mention(text: string): Html {
  return html`<span class="mention">${text}</span>`;
}

/** A link to the web or to a mail; undefined for any other address. */
export function safeLink(href: string, label: string, className = ''): Html | undefined {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return undefined;
  return html`<a class="${className}" href="${href}" rel="noreferrer noopener" target="_blank">${label}</a>`;
}

/** Slack's three entities; `html` escapes the outcome again. */
function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const EMOJI: Record<string, string> = {
  arrow_right: '➡️',
  bell: '🔔',
  busts_in_silhouette: '👥',
  clock3: '🕒',
  electric_plug: '🔌',
  eyes: '👀',
  fire: '🔥',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  information_source: 'ℹ️',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  link: '🔗',
  no_bell: '🔕',
  no_entry: '⛔',
  red_circle: '🔴',
  repeat: '🔁',
  rotating_light: '🚨',
  speech_balloon: '💬',
  tada: '🎉',
  warning: '⚠️',
  white_check_mark: '✅',
  x: '❌',
  zzz: '💤',
};
