import type { AlertCard, AlertState } from '../../domain/alert.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { JsonObject } from '../../domain/json.ts';
import { fitBlocks, MAX_TEXT_LENGTH } from './fit-blocks.ts';
import { cutMarkup, escapeSlack, slackDate, slackLink } from './slack-text.ts';

/**
 * An alert as Slack shows it: a header that carries state and severity, the text, fields, and a line of context. The
 * same builder makes the first post and every edit, so that a card never loses a part on its way.
 */

/** Where the alert is in its life; `by` is a Slack user id or a name. Times are epoch ms. */
export interface CardLife {
  state: AlertState;
  openedAt?: number | undefined;
  at?: number | undefined;
  by?: string | undefined;
  reason?: string | undefined;
}

const SEVERITY_EMOJI = { info: '🔵', warning: '🟠', critical: '🔴' } as const;
const STATE_EMOJI = { acknowledged: '👀', snoozed: '💤', resolved: '✅' } as const;
const STATE_WORD = { acknowledged: 'Acknowledged', snoozed: 'Snoozed', resolved: 'Resolved' } as const;

/** The message for chat.postMessage or chat.update; `text` is what notifications and screen readers get. */
export function toCardMessage(card: AlertCard, life: CardLife): { text: string; blocks: JsonObject[] } {
  const emoji = life.state === 'open' ? SEVERITY_EMOJI[card.severity ?? 'warning'] : STATE_EMOJI[life.state];
  const body = card.mention === undefined ? card.text : `${card.mention} ${card.text}`;
  const status = toStatusLine(life);
  const context = toContext(card);
  const blocks: JsonObject[] = [
    { type: 'header', text: { type: 'plain_text', text: `${emoji} ${card.ruleName}`, emoji: true } },
    { type: 'section', text: { type: 'mrkdwn', text: body } },
    ...toFields(card),
    ...(status === undefined ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text: status }] }]),
    ...(context === undefined ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text: context }] }]),
  ];
  const text = cutMarkup(`${emoji} ${escapeSlack(card.ruleName)}: ${body}`, MAX_TEXT_LENGTH);
  return { text, blocks: fitBlocks(blocks) };
}

function toFields(card: AlertCard): JsonObject[] {
  if (card.fields === undefined || card.fields.length === 0) return [];
  const fields = card.fields.map(({ title, value }) => ({ type: 'mrkdwn', text: `*${title}*\n${value}` }));
  return [{ type: 'section', fields }];
}

/** "Resolved after 12m by @ana: the chat was answered · today at 10:15"; undefined while the alert is open. */
function toStatusLine({ state, openedAt, at, by, reason }: CardLife): string | undefined {
  if (state === 'open') return undefined;
  const after = openedAt !== undefined && at !== undefined ? ` after ${formatDuration(at - openedAt)}` : '';
  const who =
    by === undefined || reason?.includes(by)
      ? ''
      : ` by ${/^[UW][A-Z0-9]{6,}$/.test(by) ? `<@${by}>` : escapeSlack(by)}`;
  const why = reason === undefined ? '' : `: ${escapeSlack(reason)}`;
  const when = at === undefined ? '' : ` · ${slackDate(at)}`;
  return `*${STATE_WORD[state]}*${after}${who}${why}${when}`;
}

function toContext({ owner, runbook, link }: AlertCard): string | undefined {
  const parts = [
    ...(owner === undefined ? [] : [`Owner: ${escapeSlack(owner)}`]),
    ...(runbook === undefined ? [] : [slackLink(runbook, 'What to do')]),
    ...(link === undefined ? [] : [slackLink(link, 'Open in Vigia')]),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}
