import type { AlertCard, AlertState } from '../../domain/alert.ts';
import { type CardTarget, slackUserOf } from '../../domain/card-buttons.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toButtons } from './alert-buttons.ts';
import { fitBlocks, MAX_TEXT_LENGTH } from './fit-blocks.ts';
import { cutMarkup, escapeSlack, slackDate, slackLink } from './slack-text.ts';

/**
 * An alert as Slack shows it: a header that carries state and severity, the text, fields, and a line of context. The
 * same builder makes the first post and every edit, so that a card never loses a part on its way.
 */

/** Where the alert is in its life; `by` is a Slack user id or a name. Times are epoch ms; of a snooze `at` is its end. */
export interface CardLife {
  state: AlertState;
  openedAt?: number | undefined;
  at?: number | undefined;
  by?: string | undefined;
  reason?: string | undefined;
}

export const SEVERITY_EMOJI = { info: '🔵', warning: '🟠', critical: '🔴' } as const;
export const STATE_EMOJI = { acknowledged: '👀', snoozed: '💤', resolved: '✅' } as const;
const STATE_WORD = { acknowledged: 'Acknowledged', snoozed: 'Snoozed', resolved: 'Resolved' } as const;

/**
 * The message for chat.postMessage or chat.update; `text` is what notifications and screen readers get.
 * @param target what its buttons are about; without one it has none
 */
export function toCardMessage(
  card: AlertCard,
  life: CardLife,
  target?: CardTarget,
): { text: string; blocks: JsonObject[] } {
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
    ...(target === undefined ? [] : toButtons(life.state, target)),
  ];
  const text = cutMarkup(`${emoji} ${escapeSlack(card.ruleName)}: ${body}`, MAX_TEXT_LENGTH);
  return { text, blocks: fitBlocks(blocks) };
}

/** Whether two cards say the same. One of them may have been read from the store, its keys in another order. */
export function isSameCard(one: AlertCard, other: AlertCard): boolean {
  const parts = ({ text, severity, mention, fields = [] }: AlertCard) =>
    JSON.stringify([text, severity, mention, fields.map(({ title, value }) => [title, value])]);
  return parts(one) === parts(other);
}

/** What a repeat says in the thread of its card, and with it in the channel. */
export function toRepeatText(card: AlertCard): string {
  const body = card.mention === undefined ? card.text : `${card.mention} ${card.text}`;
  return cutMarkup(`🔁 ${body}`, MAX_TEXT_LENGTH);
}

function toFields(card: AlertCard): JsonObject[] {
  if (card.fields === undefined || card.fields.length === 0) return [];
  const fields = card.fields.map(({ title, value }) => ({ type: 'mrkdwn', text: `*${title}*\n${value}` }));
  return [{ type: 'section', fields }];
}

/** "Resolved after 12m by @ana: the chat was answered · today at 10:15"; undefined while the alert is open. */
function toStatusLine({ state, openedAt, at, by: actor, reason: told }: CardLife): string | undefined {
  if (state === 'open') return undefined;
  if (state === 'snoozed') return `*Snoozed*${at === undefined ? '' : ` until ${slackDate(at)}`}${toWho(actor)}`;
  // A resolution by hand says who in its reason, and an edit that comes later knows nothing else of it.
  const byHand = told === undefined ? undefined : /^resolved by (.+)$/.exec(told)?.[1];
  const by = actor ?? byHand;
  const reason = byHand === undefined ? told : undefined;
  const after = openedAt !== undefined && at !== undefined ? ` after ${formatDuration(at - openedAt)}` : '';
  const who = by !== undefined && reason?.includes(by) ? '' : toWho(by);
  const why = reason === undefined ? '' : `: ${escapeSlack(reason)}`;
  const when = at === undefined ? '' : ` · ${slackDate(at)}`;
  return `*${STATE_WORD[state]}*${after}${who}${why}${when}`;
}

/** A mention for who came by Slack: an edit notifies nobody. */
function toWho(by: string | undefined): string {
  if (by === undefined) return '';
  const user = slackUserOf(by);
  return ` by ${user === undefined ? escapeSlack(by) : `<@${user}>`}`;
}

/** Owner, runbook and link; undefined without any. */
export function toContext({ owner, runbook, link }: AlertCard): string | undefined {
  const parts = [
    ...(owner === undefined ? [] : [`Owner: ${escapeSlack(owner)}`]),
    ...(runbook === undefined ? [] : [slackLink(runbook, 'What to do')]),
    ...(link === undefined ? [] : [slackLink(link, 'Open in Vigia')]),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}
