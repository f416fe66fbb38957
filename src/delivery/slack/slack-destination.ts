import { getLogger } from '@logtape/logtape';
import * as z from 'zod';
import type { Delivery, DeliveryOutcome, Destination } from '../../domain/action.ts';
import type { AlertCard } from '../../domain/alert.ts';
import { isWorthACard } from '../../domain/alert-group.ts';
import type { CardTarget } from '../../domain/card-buttons.ts';
import type { Clock } from '../../domain/clock.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { readParams } from '../rendered-params.ts';
import type { Fetch } from '../send-request.ts';
import { isSameCard, toCardMessage, toRepeatText } from './alert-card.ts';
import { fitBlocks, MAX_TEXT_LENGTH } from './fit-blocks.ts';
import { toGroupMessage } from './group-card.ts';
import { callSlack, type SlackAnswer, type SlackApiOptions } from './slack-api.ts';
import { resolveChannel, toChannelName } from './slack-names.ts';
import { toSlackOutcome } from './slack-outcome.ts';
import {
  alertSchema,
  alertUpdateSchema,
  groupCardSchema,
  postSchema,
  repeatSchema,
  toAlertCard,
  toCardLife,
} from './slack-params.ts';
import type { FindAlert, FindGroup, Pace } from './slack-ports.ts';
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
  /** Whether clicks are heard: cards have buttons then. */
  interactive?: boolean | undefined;
  clock: Clock;
  pace: Pace;
  findAlert: FindAlert;
  findGroup: FindGroup;
  directory: () => Directory;
  fetch?: Fetch | undefined;
  timeoutMs?: number | undefined;
  /** Makes the calls in place of Slack's own client. */
  call?: SlackCall | undefined;
}

/** One call of Slack's Web API by its method, such as `chat.postMessage`. */
export type SlackCall = (method: string, args: Record<string, unknown>, signal: AbortSignal) => Promise<SlackAnswer>;

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
  /** Whether a reply in a thread is shown in the channel too. */
  broadcast?: boolean;
}

type CardMessage = ReturnType<typeof toCardMessage>;

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
  const makeCall: SlackCall =
    options.call ?? ((method, args, signal) => callSlack(api, method, args, clock.now(), signal));

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    switch (delivery.type) {
      case 'slack.post':
        return deliverPost(delivery, signal);
      case 'slack.alert':
        return deliverAlert(delivery, signal);
      case 'slack.alertUpdate':
        return deliverAlertUpdate(delivery, signal);
      case 'slack.groupCard':
        return deliverGroupCard(delivery, signal);
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
    // A card of no episode is no alert: nothing could be acknowledged.
    const target = delivery.episodeId === undefined ? undefined : targetOf(delivery.actionId);
    return post({ ...toTarget(read.params.channel), ...toCardMessage(card, { state: 'open' }, target) }, signal, card);
  }

  async function deliverAlertUpdate(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    if (delivery.params['change'] === 'repeated') return deliverRepeat(delivery, signal);
    if (delivery.params['change'] === 'ticked') return deliverTick(delivery, signal);
    const read = readParams(alertUpdateSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const alert = await options.findAlert(delivery.orgId, read.params.alertId);
    if (alert === undefined) return { kind: 'skipped', reason: 'the alert is not kept any more' };
    const { slackChannel: channel, slackTs: ts, card } = alert;
    if (channel === undefined || ts === undefined || card === undefined) {
      return { kind: 'skipped', reason: 'the card was never posted' };
    }
    const message = toCardMessage(card, toCardLife(alert, read.params), targetOf(alert.id));
    const turn = await takeTurn('slack:update', UPDATE_INTERVAL_MS, 'edits');
    if (turn !== undefined) return turn;
    const { outcome } = await edit({ what: `alert ${alert.id}`, channel, ts, message, card }, signal);
    return outcome;
  }

  /** Says what is true at the moment of the call: what has changed while it waited for its turn is in it. */
  async function deliverGroupCard(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    const read = readParams(groupCardSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const { groupId } = read.params;
    const before = await options.findGroup(delivery.orgId, groupId);
    if (before === undefined) return { kind: 'skipped', reason: 'the group is not kept any more' };
    const target = toTarget(before.slackChannel);
    const turn =
      before.slackTs === undefined
        ? await takePostTurn(target)
        : await takeTurn('slack:update', UPDATE_INTERVAL_MS, 'edits');
    if (turn !== undefined) return turn;
    const group = await options.findGroup(delivery.orgId, groupId);
    if (group === undefined) return { kind: 'skipped', reason: 'the group is not kept any more' };
    const { slackTs: ts, counts } = group;
    if (ts === undefined && !isWorthACard(counts)) {
      return { kind: 'skipped', reason: 'all were over before the card was posted' };
    }
    const message = toGroupMessage(group, targetOf(groupId, 'group'));
    const { outcome } =
      ts === undefined
        ? { outcome: await send({ ...target, ...message }, signal) }
        : await edit({ what: `group ${groupId}`, channel: target.channel, ts, message }, signal);
    if (outcome.kind !== 'delivered') return outcome;
    const { total, open, acknowledged } = counts;
    return { kind: 'delivered', result: { ...outcome.result, total, open, acknowledged } };
  }

  /**
   * Tells a card again. Its text is that of the moment, and a reply in its thread that is shown in the channel too says so:
   * an edit notifies nobody. Editing comes first, since it may be repeated when the reply has to be tried again.
   */
  async function deliverRepeat(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    if (delivery.episodeOver) return { kind: 'skipped', reason: 'the episode was over before the card was told again' };
    const read = readParams(repeatSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const alert = await options.findAlert(delivery.orgId, read.params.alertId);
    if (alert === undefined) return { kind: 'skipped', reason: 'the alert is not kept any more' };
    if (alert.groupId !== undefined) return { kind: 'skipped', reason: 'the card of its group tells of it' };
    if (alert.state !== 'open') return { kind: 'skipped', reason: `the alert was ${alert.state} meanwhile` };
    const card = toAlertCard(delivery, read.params.card, { directory: directory(), publicUrl: options.publicUrl });
    const message = toCardMessage(card, { state: 'open' }, targetOf(alert.id));
    const { slackChannel: channel, slackTs: ts } = alert;
    // The first post came to nothing: then this is the card.
    if (channel === undefined || ts === undefined) {
      return post({ ...toTarget(read.params.card.channel), ...message }, signal, card);
    }
    const target = toTarget(channel);
    const turn = (await takeTurn('slack:update', UPDATE_INTERVAL_MS, 'edits')) ?? (await takePostTurn(target));
    if (turn !== undefined) return turn;
    const { outcome, edited } = await edit({ what: `alert ${alert.id}`, channel, ts, message, card }, signal);
    if (!edited || outcome.kind !== 'delivered') return outcome;
    const replied = await send({ ...target, text: toRepeatText(card), thread: ts, broadcast: true }, signal);
    return replied.kind === 'delivered' ? outcome : replied;
  }

  /** The card of a schedule rule at a later tick: edited when it says something else by then, and nobody is called. */
  async function deliverTick(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    if (delivery.episodeOver) return { kind: 'skipped', reason: 'the episode was over before the card was edited' };
    const read = readParams(repeatSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const { alertId, card: params } = read.params;
    const alert = await options.findAlert(delivery.orgId, alertId);
    if (alert === undefined) return { kind: 'skipped', reason: 'the alert is not kept any more' };
    if (alert.groupId !== undefined) return { kind: 'skipped', reason: 'the card of its group tells of it' };
    if (alert.state === 'resolved') return { kind: 'skipped', reason: 'the alert was resolved meanwhile' };
    const card = toAlertCard(delivery, params, { directory: directory(), publicUrl: options.publicUrl });
    const message = toCardMessage(
      card,
      toCardLife(alert, { alertId, change: 'open', by: undefined, reason: undefined }),
      targetOf(alert.id),
    );
    const { slackChannel: channel, slackTs: ts } = alert;
    // The first post came to nothing: then this is the card.
    if (channel === undefined || ts === undefined)
      return post({ ...toTarget(params.channel), ...message }, signal, card);
    if (alert.card !== undefined && isSameCard(alert.card, card)) {
      return { kind: 'skipped', reason: 'the card says the same already' };
    }
    const turn = await takeTurn('slack:update', UPDATE_INTERVAL_MS, 'edits');
    if (turn !== undefined) return turn;
    return (await edit({ what: `alert ${alert.id}`, channel, ts, message, card }, signal)).outcome;
  }

  /** Edits a card in place; one that cannot be edited any more is posted anew (`edited` is false then). */
  async function edit(
    place: { what: string; channel: string; ts: string; message: CardMessage; card?: AlertCard },
    signal: AbortSignal,
  ): Promise<{ outcome: DeliveryOutcome; edited: boolean }> {
    const { what, channel, ts, message, card } = place;
    // `parse` is none for a post and client for an edit unless it is said; both must read the same.
    const answer = await call('chat.update', { channel, ts, ...message, parse: 'none' }, signal);
    if (answer.ok) return { outcome: delivered(answer.data, channel, card), edited: true };
    if (answer.kind === 'error' && CARD_GONE.has(answer.error)) {
      const { error } = answer;
      log.info('card of {what} cannot be edited ({error}): posting a new one', { what, error });
      return { outcome: await post({ ...toTarget(channel), ...message }, signal, card), edited: false };
    }
    const failure = { api, channel: toChannelName(directory(), channel), idempotent: true };
    return { outcome: toSlackOutcome(answer, failure), edited: false };
  }

  function targetOf(id: string, kind: CardTarget['kind'] = 'alert'): CardTarget | undefined {
    return options.interactive === true ? { kind, id } : undefined;
  }

  function toTarget(written: string): Pick<Message, 'channel' | 'channelName'> {
    return { channel: resolveChannel(directory(), written), channelName: toChannelName(directory(), written) };
  }

  async function post(message: Message, signal: AbortSignal, card?: AlertCard): Promise<DeliveryOutcome> {
    return (await takePostTurn(message)) ?? send(message, signal, card);
  }

  function takePostTurn({ channel, channelName }: Pick<Message, 'channel' | 'channelName'>) {
    return takeTurn(`slack:post:${channel}`, POST_INTERVAL_MS, `messages in ${channelName}`);
  }

  async function send(message: Message, signal: AbortSignal, card?: AlertCard): Promise<DeliveryOutcome> {
    const { channel, text, blocks, thread, channelName, broadcast = false } = message;
    const args = {
      channel,
      text,
      ...(blocks === undefined ? {} : { blocks }),
      ...(thread === undefined ? {} : { thread_ts: thread, ...(broadcast && { reply_broadcast: true }) }),
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
    const answer = await makeCall(method, args, signal);
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
