import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { Directory } from '../../domain/rule.ts';
import { toTransportOutcome } from '../transport-fault.ts';
import { callSlack, SLACK_TIMEOUT_MS, type SlackApiOptions } from './slack-api.ts';
import { resolveChannel } from './slack-names.ts';
import { findRemedy, type SlackFailure } from './slack-outcome.ts';

/**
 * What `vigia doctor` tells of Slack: whether the token works, whether the bot is in each channel that a rule names, and
 * a test message. It only asks, except for slackSendTest.
 */
export interface SlackDoctorOptions extends SlackApiOptions {
  clock: Clock;
  directory: Directory;
}

export interface SlackDiagnosis {
  auth: { ok: true; team: string; user: string } | { ok: false; reason: string };
  /** One for each channel asked about, in that order; empty when the token does not work. */
  channels: SlackChannelDiagnosis[];
}

/** `unknown`: Slack would not say, for the reason given. */
export interface SlackChannelDiagnosis {
  /** As the rule writes it. */
  written: string;
  state: 'member' | 'not_member' | 'archived' | 'not_found' | 'unknown';
  id?: string;
  /** What to do; absent when all is well. */
  remedy?: string;
}

/** Pages of conversations.list that are read: 200 channels each. */
const MAX_PAGES = 50;

const authSchema = z.object({ team: z.string().optional(), user: z.string().optional() });
const channelSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  is_member: z.boolean().optional(),
  is_archived: z.boolean().optional(),
});
type SlackChannel = z.infer<typeof channelSchema>;
const infoSchema = z.object({ channel: channelSchema });
const listSchema = z.object({
  channels: z.array(channelSchema),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export async function slackDiagnose(
  options: SlackDoctorOptions,
  channels: readonly string[],
  signal: AbortSignal,
): Promise<SlackDiagnosis> {
  const auth = await callSlack(options, 'auth.test', {}, options.clock.now(), signal);
  if (!auth.ok) return { auth: { ok: false, reason: toReason(auth, options) }, channels: [] };
  const { team = 'a workspace without a name', user = 'a bot without a name' } =
    authSchema.safeParse(auth.data).data ?? {};
  const lookUp = createChannelLookUp(options, signal);
  const diagnoses: SlackChannelDiagnosis[] = [];
  for (const written of channels) diagnoses.push(await lookUp(written));
  return { auth: { ok: true, team, user }, channels: diagnoses };
}

/** Posts a line that says where it comes from; tells what a person can do when it did not arrive. */
export async function slackSendTest(
  options: SlackDoctorOptions,
  written: string,
  signal: AbortSignal,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  const channel = resolveChannel(options.directory, written);
  const text = 'A test message of Vigia, sent by `vigia doctor --send-test`. Alerts for this channel will arrive here.';
  const answer = await callSlack(options, 'chat.postMessage', { channel, text }, options.clock.now(), signal);
  return answer.ok ? { ok: true } : { ok: false, reason: toReason(answer, options, written) };
}

function createChannelLookUp(options: SlackDoctorOptions, signal: AbortSignal) {
  let list: Promise<ChannelList> | undefined;

  /** conversations.info wants an id; a name is searched for in the list, which is read once. */
  return async (written: string): Promise<SlackChannelDiagnosis> => {
    const channel = resolveChannel(options.directory, written);
    if (/^[CGD][A-Z0-9]{6,}$/.test(channel)) {
      const answer = await callSlack(options, 'conversations.info', { channel }, options.clock.now(), signal);
      if (answer.ok) return diagnose(written, infoSchema.safeParse(answer.data).data?.channel);
      if (answer.kind === 'error' && answer.error === 'channel_not_found') return diagnose(written, undefined);
      return { written, state: 'unknown', id: channel, remedy: toReason(answer, options, written) };
    }
    list ??= listChannels(options, signal);
    const { channels, failure } = await list;
    const found = channels.find(({ name }) => name === channel.replace(/^#/, ''));
    if (found === undefined && failure !== undefined) {
      return { written, state: 'unknown', remedy: toReason(failure, options, written) };
    }
    return diagnose(written, found);
  };
}

/** What could be read before a failure is of use too. */
interface ChannelList {
  channels: SlackChannel[];
  failure?: SlackFailure;
}

async function listChannels(options: SlackDoctorOptions, signal: AbortSignal): Promise<ChannelList> {
  const channels: SlackChannel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const args = { types: 'public_channel,private_channel', limit: 200, ...(cursor ? { cursor } : {}) };
    const answer = await callSlack(options, 'conversations.list', args, options.clock.now(), signal);
    if (!answer.ok) return { channels, failure: answer };
    const read = listSchema.safeParse(answer.data);
    if (!read.success) return { channels, failure: { ok: false, kind: 'garbled' } };
    channels.push(...read.data.channels);
    cursor = read.data.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') break;
  }
  return { channels };
}

function diagnose(written: string, channel: SlackChannel | undefined): SlackChannelDiagnosis {
  if (channel === undefined) {
    const remedy = `check the name, or invite the bot if the channel is private: /invite @vigia in ${written}`;
    return { written, state: 'not_found', remedy };
  }
  const { id } = channel;
  if (channel.is_archived)
    return { written, state: 'archived', id, remedy: 'unarchive it, or name another in the rule' };
  if (channel.is_member) return { written, state: 'member', id };
  return { written, state: 'not_member', id, remedy: `invite the bot: /invite @vigia in ${written}` };
}

function toReason(failure: SlackFailure, options: SlackDoctorOptions, channel = 'the channel'): string {
  switch (failure.kind) {
    case 'error':
      return findRemedy(failure, channel) ?? `Slack answered ${failure.error}`;
    case 'status':
      return `Slack answered ${failure.status}: check SLACK_API_URL and any proxy`;
    case 'garbled':
      return 'what answered is not Slack: check SLACK_API_URL and any proxy';
    case 'transport':
      return toTransportOutcome(failure, 'Slack', options.timeoutMs ?? SLACK_TIMEOUT_MS).reason;
  }
}
