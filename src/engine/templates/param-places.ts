import type { RuleActionType } from '../../domain/action.ts';
import type { Escaping } from './liquid.ts';

/**
 * What each place in the params of an action is: how values put there are escaped, and what becomes of a place that
 * renders to nothing.
 */
export interface Place {
  escaping: Escaping;
  /**
   * `refuse`: the action cannot be meant without it. `omit`: it is left out. `empty`: an empty text. `null`: null, where
   * a value keeps its type.
   */
  whenEmpty: 'refuse' | 'omit' | 'empty' | 'null';
  /** Lists and objects become their JSON text: the place takes plain values only. */
  flat?: boolean;
  /** Longest text that the destination takes; a longer one is cut. */
  maxLength?: number;
}

/** Slack shows about this much of a message's text; @slack/web-api sends more, Slack cuts it. */
export const MAX_SLACK_TEXT = 4_000;
const MAX_SLACK_FIELD = 2_000;
/** Zoho refuses a longer comment. */
const MAX_COMMENT = 32_000;

const id: Place = { escaping: 'plain', whenEmpty: 'refuse' };
const optionalId: Place = { escaping: 'plain', whenEmpty: 'omit' };
const slackText: Place = { escaping: 'slack', whenEmpty: 'refuse', maxLength: MAX_SLACK_TEXT };
const slackField: Place = { escaping: 'slack', whenEmpty: 'empty', maxLength: MAX_SLACK_FIELD };
const number: Place = { escaping: 'typed', whenEmpty: 'refuse', flat: true };
const json: Place = { escaping: 'typed', whenEmpty: 'null' };
const cell: Place = { ...json, flat: true };

/** By the first key of the params; what is deeper belongs to its first key. */
const PLACES: Record<RuleActionType, Record<string, Place>> = {
  'slack.alert': { channel: id, text: slackText, severity: optionalId, mention: optionalId, fields: slackField },
  'slack.post': { channel: id, text: slackText, thread: optionalId },
  'zoho.assignSession': { agentId: id, botId: id, pick: id, from: id },
  'zoho.setSessionStatus': { status: id },
  'zoho.updateTicket': { assigneeId: id, teamId: id, status: id, priority: id, fields: json },
  'zoho.commentTicket': { text: { escaping: 'plain', whenEmpty: 'refuse', maxLength: MAX_COMMENT } },
  'http.request': {
    url: { escaping: 'url', whenEmpty: 'refuse' },
    headers: optionalId,
    method: optionalId,
    body: json,
  },
  'dashboard.update': { tile: id, set: number, add: number, by: id },
  record: { dataset: id, fields: cell },
};

/** Keys of Slack's blocks whose texts Slack reads as mrkdwn, and those that are addresses; others are taken as they are. */
const BLOCK_TEXT_KEYS = new Set(['text', 'alt_text', 'title', 'title_text', 'fallback']);
const BLOCK_URL_KEYS = new Set(['url', 'image_url', 'thumb_url', 'video_url', 'title_url']);

/** The place at a path of an action's params, such as `['fields', '0', 'title']`. */
export function placeOf(type: RuleActionType, path: readonly string[]): Place {
  const [key = ''] = path;
  if (type === 'slack.post' && key === 'blocks') return blockPlace(path);
  const places = PLACES[type];
  return (Object.hasOwn(places, key) ? places[key] : undefined) ?? optionalId;
}

function blockPlace(path: readonly string[]): Place {
  const key = path.findLast((segment) => !/^\d+$/.test(segment)) ?? '';
  if (BLOCK_TEXT_KEYS.has(key)) return { escaping: 'slack', whenEmpty: 'empty' };
  if (BLOCK_URL_KEYS.has(key)) return { escaping: 'url', whenEmpty: 'empty' };
  return { escaping: 'plain', whenEmpty: 'empty' };
}
