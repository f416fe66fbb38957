import { getLogger } from '@logtape/logtape';
import * as z from 'zod';
import type { Delivery, DeliveryOutcome, Destination } from '../../domain/action.ts';
import type { AlertCard } from '../../domain/alert.ts';
import type { Clock } from '../../domain/clock.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { readParams } from '../rendered-params.ts';
import type { Fetch } from '../send-request.ts';
import { toCardMessage } from './alert-card.ts';
import { fitBlocks, MAX_TEXT_LENGTH } from './fit-blocks.ts';
import { callSlack, type SlackApiOptions } from './slack-api.ts';
import { resolveChannel, toChannelName } from './slack-names.ts';
import { toSlackOutcome } from './slack-outcome.ts';
import { alertSchema, alertUpdateSchema, postSchema, toAlertCard, toCardLife } from './slack-params.ts';
import type { FindAlert, Pace } from './slack-ports.ts';
import { cutMarkup } from './slack-text.ts';

/**
 * Slack: messages, alert cards, and the edits of cards. A message has no idempotency key: a lost answer is `uncertain`.
 * An edit has none either and needs none, since it may be repeated.
 */
export interface SlackDestinationOptions {
  /** The bot token; without it the destination is not connected. */
  token?: string | undefined;
  apiUrl?: string | undefined;
  /** Where people reach Vigia, for links; without a slash at the end. */
  publicUrl?: string | undefined;
  clock: Clock;
  pace: Pace;
  findAlert: FindAlert;
  directory: () => Directory;
  fetch?: Fetch | undefined;
  timeoutMs?: number | undefined;
}

/** Slack takes one message a second for a channel, and some 50 edits a minute for the whole workspace. */
const POST_INTERVAL_MS = 1_000;
const UPDATE_INTERVAL_MS = 1_200;

/** The card cannot be edited any more: a new one takes its place. */
const CARD_GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

const log = getLogger(['vigia', 'slack']);

interface Message {
  /** As people call it, for reasons. */
  channelName: string;
  /** As Slack takes it. */
  channel: string;
  text: string;
  blocks?: JsonObject[];
  thread?: string | undefined;
}

export function createSlackDestination(options: SlackDestinationOptions): Destination {
  const { token } = options;
  if (token === undefined || token === '') {
    const reason = 'Slack is not connected: set SLACK_BOT_TOKEN';
    return { name: 'slack', connected: false, deliver: async () => ({ kind: 'not_connected', reason }) };
  }
  const { apiUrl, fetch, timeoutMs } = options;
  return createConnected({ ...options, api: { token, apiUrl, fetch, timeoutMs } });
}

function createConnected(options: SlackDestinationOptions & { api: SlackApiOptions }): Destination {
  const { api, clock, directory, pace } = options;

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    switch (delivery.type) {
      case 'slack.post':
        return deliverPost(delivery, signal);
      case 'slack.alert':
        return deliverAlert(delivery, signal);
      case 'slack.alertUpdate':
        return deliverAlertUpdate(delivery, signal);
      default:
        return { kind: 'refused', reason: `Slack cannot carry out ${delivery.type}` };
    }
  }

  async function deliverPost(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    const read = readParams(postSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const { channel, text, blocks, thread } = read.params;
    return post(
      {
        ...toTarget(channel),
        text: cutMarkup(text, MAX_TEXT_LENGTH),
        ...(blocks === undefined ? {} : { blocks: fitBlocks(blocks) }),
        thread,
      },
      signal,
    );
  }

  async function deliverAlert(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    if (delivery.episodeOver) return { kind: 'skipped', reason: 'the episode was over before the card was posted' };
    const read = readParams(alertSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const card = toAlertCard(delivery, read.params, { directory: directory(), publicUrl: options.publicUrl });
    return post({ ...toTarget(read.params.channel), ...toCardMessage(card, { state: 'open' }) }, signal, card);
  }

  async function deliverAlertUpdate(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    const read = readParams(alertUpdateSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const alert = await options.findAlert(delivery.orgId, read.params.alertId);
    if (alert === undefined) return { kind: 'skipped', reason: 'the alert is not kept any more' };
    const { slackChannel: channel, slackTs: ts, card } = alert;
    if (channel === undefined || ts === undefined || card === undefined) {
      return { kind: 'skipped', reason: 'the card was never posted' };
    }
    const message = toCardMessage(card, toCardLife(alert, read.params));
    const turn = await takeTurn('slack:update', UPDATE_INTERVAL_MS, 'edits');
    if (turn !== undefined) return turn;
    // `parse` is none for a post and client for an edit unless it is said; both must read the same.
    const answer = await call('chat.update', { channel, ts, ...message, parse: 'none' }, signal);
    if (answer.ok) return delivered(answer.data, channel, card);
    if (answer.kind === 'error' && CARD_GONE.has(answer.error)) {
      log.info('card of alert {alertId} cannot be edited ({error}): posting a new one', {
        alertId: alert.id,
        error: answer.error,
      });
      return post({ ...toTarget(channel), ...message }, signal, card);
    }
    return toSlackOutcome(answer, { api, channel: toChannelName(directory(), channel), idempotent: true });
  }

  function toTarget(written: string): Pick<Message, 'channel' | 'channelName'> {
    return { channel: resolveChannel(directory(), written), channelName: toChannelName(directory(), written) };
  }

  async function post(message: Message, signal: AbortSignal, card?: AlertCard): Promise<DeliveryOutcome> {
    const { channel, channelName, text, blocks, thread } = message;
    const turn = await takeTurn(`slack:post:${channel}`, POST_INTERVAL_MS, `messages in ${channelName}`);
    if (turn !== undefined) return turn;
    const args = {
      channel,
      text,
      ...(blocks === undefined ? {} : { blocks }),
      ...(thread === undefined ? {} : { thread_ts: thread }),
      // A preview is an addition, and makes Slack fetch the link.
      unfurl_links: false,
      unfurl_media: false,
    };
    const answer = await call('chat.postMessage', args, signal);
    if (answer.ok) return delivered(answer.data, channel, card);
    return toSlackOutcome(answer, { api, channel: channelName, idempotent: false });
  }

  async function takeTurn(key: string, intervalMs: number, what: string): Promise<DeliveryOutcome | undefined> {
    const turn = await pace(key, intervalMs);
    if (turn.ok) return undefined;
    return { kind: 'retry', reason: `keeping Slack's pace for ${what}`, afterMs: turn.retryAfterMs, counts: false };
  }

  async function call(method: string, args: Record<string, unknown>, signal: AbortSignal) {
    const answer = await callSlack(api, method, args, clock.now(), signal);
    const result = answer.ok ? 'ok' : answer.kind === 'error' ? answer.error : answer.kind;
    log.debug('{method} {result}', { method, result });
    return answer;
  }

  return { name: 'slack', connected: true, deliver };
}

const postedSchema = z.object({ channel: z.string().optional(), ts: z.string() });

/** Edits need the channel's id and the ts that Slack answered: a name would not do. */
function delivered(data: Record<string, unknown>, channel: string, card?: AlertCard): DeliveryOutcome {
  const posted = postedSchema.safeParse(data);
  if (!posted.success) return { kind: 'uncertain', reason: 'Slack said ok without the ts of the message' };
  const result: JsonObject = { channel: posted.data.channel ?? channel, ts: posted.data.ts };
  return { kind: 'delivered', result: card === undefined ? result : { ...result, card: toJsonCard(card) } };
}

/** A card is plain JSON: texts, and lists and objects of texts. */
function toJsonCard(card: AlertCard): JsonObject {
  return { ...card } as JsonObject;
}
