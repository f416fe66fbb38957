import type { Action } from '../../domain/action.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { takePlace } from '../../engine/card-groups.ts';
import type { AlertChange } from '../../engine/subject-state.ts';
import { renderParams } from '../../engine/templates/render-params.ts';
import { createCardGroups } from './card-groups.ts';
import { createRate, type Rate, type RateSummary } from './rates.ts';

/**
 * What a ruleset would say in Slack: messages by channel and minute, cards that share one counted as the service does
 * (`groupAlerts`, and the budget of a channel). Each message counts in the minute in which it would be ready to be sent.
 */
export interface SlackLoad {
  /** Busiest channel first. */
  channels: SlackChannelLoad[];
  /** Cards that were changed; Slack allows about fifty in a minute for the whole workspace. */
  edits: RateSummary;
  /** Messages whose channel could not be worked out: a template reads what only a delivery knows. */
  unknownChannel: number;
}

export interface SlackChannelLoad {
  /** As the rules name it, or its id where the directory has one. */
  channel: string;
  messages: RateSummary;
  /** Cards over the budget, which share one. */
  overBudget: number;
  /** Cards of rules with `groupAlerts`, which share one. */
  grouped: number;
}

export interface SlackCounter {
  /** What a judging has queued, changed or resolved at `now`. */
  take(actions: readonly Action[], changes: readonly AlertChange[], now: number): void;
  /** When the card of a group is due; undefined: none waits. */
  nextAt(): number | undefined;
  /** Posts and edits the cards of groups that are due. */
  due(now: number): void;
  load(): SlackLoad;
}

export interface SlackCounterOptions {
  directory: Directory;
  /** Cards of its own that a channel gets in a minute. */
  cardBudget: number;
  /** Whether what happens now belongs to the stretch that is reported. */
  counts: (now: number) => boolean;
}

const MINUTE_MS = 60_000;
/** Slack takes a message a second for each channel. */
export const SLACK_MESSAGES_PER_MINUTE = 60;
/** Edits of a whole workspace. */
export const SLACK_EDITS_PER_MINUTE = 50;
/** More channels than any workspace's rules name; what is over them is counted as one. */
const MAX_CHANNELS = 1_000;
const OTHERS = '(others)';

interface Channel {
  messages: Rate;
  overBudget: number;
  grouped: number;
  /** When its latest cards were admitted, of the last minute. */
  admitted: readonly number[];
}

export function createSlackCounter({ directory, cardBudget, counts }: SlackCounterOptions): SlackCounter {
  const channels = new Map<string, Channel>();
  const edits = createRate(MINUTE_MS, SLACK_EDITS_PER_MINUTE);
  const groups = createCardGroups();
  let unknownChannel = 0;

  function channelOf(name: string): Channel {
    const key = channels.size < MAX_CHANNELS || channels.has(name) ? name : OTHERS;
    const known = channels.get(key);
    if (known !== undefined) return known;
    const channel = {
      messages: createRate(MINUTE_MS, SLACK_MESSAGES_PER_MINUTE),
      overBudget: 0,
      grouped: 0,
      admitted: [],
    };
    channels.set(key, channel);
    return channel;
  }

  /** Undefined, and counted, where it cannot be told. */
  function findChannel({ spec, context }: Action, params: JsonObject, now: number): string | undefined {
    if (spec.type !== 'slack.alert' && spec.type !== 'slack.post' && spec.type !== 'slack.alertUpdate')
      return undefined;
    const type = spec.type === 'slack.post' ? 'slack.post' : 'slack.alert';
    const rendered = renderParams(type, { channel: params['channel'] ?? '' }, context, { directory });
    if (rendered.ok && typeof rendered.params['channel'] === 'string') return rendered.params['channel'];
    if (counts(now)) unknownChannel += 1;
    return undefined;
  }

  function say(name: string, now: number): void {
    if (counts(now)) channelOf(name).messages.add(now);
  }

  function edit(now: number): void {
    if (counts(now)) edits.add(now);
  }

  function postCard(action: Action, now: number): void {
    const name = findChannel(action, action.spec.params, now);
    if (name === undefined) return;
    const channel = channelOf(name);
    if (action.grouping === undefined) {
      const admitted = takePlace(channel.admitted, { perMinute: cardBudget, now });
      if (admitted !== undefined) {
        channel.admitted = admitted;
        say(name, now);
        return;
      }
    }
    groups.join(action, name, now);
    if (!counts(now)) return;
    if (action.grouping === undefined) channel.overBudget += 1;
    else channel.grouped += 1;
  }

  function changeCard(action: Action, now: number): void {
    const { alertId, change, card } = action.spec.params;
    // The card of its group tells of it.
    if (typeof alertId === 'string' && groups.isMember(alertId)) return;
    edit(now);
    if (change !== 'repeated' || typeof card !== 'object' || card === null || Array.isArray(card)) return;
    const name = findChannel(action, card, now);
    if (name !== undefined) say(name, now);
  }

  return {
    take(actions, changes, now) {
      for (const action of actions) {
        switch (action.spec.type) {
          case 'slack.alert':
            postCard(action, now);
            break;
          case 'slack.post': {
            const name = findChannel(action, action.spec.params, now);
            if (name !== undefined) say(name, now);
            break;
          }
          case 'slack.alertUpdate':
            changeCard(action, now);
            break;
        }
      }
      for (const { id, state } of changes) if (state === 'resolved') groups.resolve(id);
    },
    nextAt: groups.nextAt,
    due(now) {
      for (const { channel, isPost } of groups.tend(now)) {
        if (isPost) say(channel, now);
        else edit(now);
      }
    },
    load: () => ({
      channels: [...channels]
        .map(([channel, { messages, overBudget, grouped }]) => ({
          channel,
          messages: messages.summary(),
          overBudget,
          grouped,
        }))
        .filter(({ messages, overBudget, grouped }) => messages.total + overBudget + grouped > 0)
        .sort((a, b) => b.messages.total - a.messages.total || (a.channel < b.channel ? -1 : 1)),
      edits: edits.summary(),
      unknownChannel,
    }),
  };
}
