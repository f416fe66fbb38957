import type { Alert, AlertState } from '../../domain/alert.ts';
import type { GroupView } from '../../domain/alert-group.ts';
import type { CardTarget } from '../../domain/card-buttons.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toButtons } from './alert-buttons.ts';
import { type CardLife, SEVERITY_EMOJI, STATE_EMOJI, toCardMessage, toContext } from './alert-card.ts';
import { fitBlocks, MAX_TEXT_LENGTH } from './fit-blocks.ts';
import { cutMarkup, escapeSlack, slackDate, slackLink } from './slack-text.ts';

/**
 * The one card of many alerts: how many there are, how many of them are still open, since when, and a few of them as
 * lines with links. A group of one looks like any other card. Only the post mentions anybody: an edit would not call them again.
 */
const MAX_LINE = 220;

/** @param target what its buttons are about; without one it has none */
export function toGroupMessage(group: GroupView, target?: CardTarget): { text: string; blocks: JsonObject[] } {
  const { card, counts, latest, slackTs } = group;
  const [only, ...others] = latest;
  if (only !== undefined && others.length === 0 && counts.total === 1) {
    return toCardMessage(only.card ?? card, toLife(only), counts.notices > 0 ? undefined : target);
  }
  const isOver = counts.open === 0 && counts.notices === 0;
  const emoji = isOver ? STATE_EMOJI.resolved : SEVERITY_EMOJI[card.severity ?? 'warning'];
  const headline = toHeadline(group, isOver);
  const mention = slackTs === undefined && card.mention !== undefined ? `${card.mention} ` : '';
  const { link: _, ...common } = card;
  const context = toContext(common);
  const blocks: JsonObject[] = [
    { type: 'header', text: { type: 'plain_text', text: `${emoji} ${card.ruleName}`, emoji: true } },
    { type: 'section', text: { type: 'mrkdwn', text: `${mention}${headline}` } },
    { type: 'section', text: { type: 'mrkdwn', text: latest.map(toLine).join('\n') } },
    ...toContextBlocks([toRest(group), context]),
    ...(target === undefined ? [] : toButtons(toState(counts), target)),
  ];
  const text = cutMarkup(`${emoji} ${escapeSlack(card.ruleName)}: ${mention}${headline}`, MAX_TEXT_LENGTH);
  return { text, blocks: fitBlocks(blocks) };
}

/** `*1,000 chats*, 12 still open (3 acknowledged), since today at 10:15`. */
function toHeadline({ counts, openedAt, latest }: GroupView, isOver: boolean): string {
  const { total, open, acknowledged, notices, areChats } = counts;
  const what = areChats ? (total === 1 ? 'chat' : 'chats') : total === 1 ? 'alert' : 'alerts';
  const since = `since ${slackDate(openedAt)}`;
  if (isOver) {
    const lastAt = Math.max(openedAt, ...latest.map(({ resolvedAt }) => resolvedAt ?? openedAt));
    return `*All ${format(total)} ${what} resolved* after ${formatDuration(lastAt - openedAt)}`;
  }
  const seen = acknowledged === 0 ? '' : ` (${format(acknowledged)} acknowledged)`;
  const still = open === 0 && notices > 0 ? '' : `, ${format(open)} still open${seen}`;
  return `*${format(total)} ${what}*${still}, ${since}`;
}

/** What can still be done to the members. */
function toState({ open, acknowledged }: GroupView['counts']): AlertState {
  if (open === 0) return 'resolved';
  return open === acknowledged ? 'acknowledged' : 'open';
}

function toLine({ card, state, sessionId, subject }: Alert): string {
  const sign = state === 'open' ? '•' : STATE_EMOJI[state];
  const [first = ''] = (card?.text ?? '').split('\n');
  const text = first.trim() === '' ? escapeSlack(sessionId ?? subject) : first;
  const link = card?.link === undefined ? '' : ` · ${slackLink(card.link, 'Open')}`;
  return `${sign} ${cutMarkup(text, MAX_LINE)}${link}`;
}

/** What the lines do not show, and that no more is added once the group is closed. */
function toRest({ counts, latest, closedAt }: GroupView): string | undefined {
  const hidden = counts.total - new Set(latest.map(({ subject }) => subject)).size;
  const parts = [
    ...(hidden > 0 ? [`and ${format(hidden)} more`] : []),
    ...(closedAt !== undefined && counts.open > 0 ? ['what comes now gets a new card'] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}

function toContextBlocks(texts: readonly (string | undefined)[]): JsonObject[] {
  return texts.flatMap((text) =>
    text === undefined ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text }] }],
  );
}

function toLife(alert: Alert): CardLife {
  const { state, openedAt } = alert;
  if (state === 'resolved') return { state, openedAt, at: alert.resolvedAt, reason: alert.resolvedReason };
  if (state === 'acknowledged') return { state, openedAt, at: alert.acknowledgedAt, by: alert.acknowledgedBy };
  return { state, openedAt };
}

function format(count: number): string {
  return count.toLocaleString('en-US');
}
