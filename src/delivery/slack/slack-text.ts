import { cutText } from '../cut-text.ts';

/** Slack's mark-up, as far as our own texts need it. What templates render is escaped by the templates. */

/** Exactly these three have a meaning of their own (docs.slack.dev, formatting). */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An instant in the reader's own zone and language; in UTC where Slack cannot render it (notifications). */
export function slackDate(at: number): string {
  const fallback = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${fallback}>`;
}

/** A link; the address and the label cannot break out of it. */
export function slackLink(url: string, label: string): string {
  return `<${escapeSlack(url).replaceAll('|', '%7C')}|${escapeSlack(label).replaceAll('|', '¦')}>`;
}

/** Mark-up of at most `max` characters; a link, mention or entity that the cut would split is left out whole. */
export function cutMarkup(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = cutText(text, max).slice(0, -1);
  const opened = kept.lastIndexOf('<');
  const whole = opened > kept.lastIndexOf('>') ? kept.slice(0, opened) : kept;
  return `${whole.replace(/&[a-z]{0,3}$/, '')}…`;
}
