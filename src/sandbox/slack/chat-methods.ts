/** `chat.*`: post, edit and delete messages, with Slack's checks in Slack's order: channel, membership, content. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { checkBlocks } from './blocks.ts';
import {
  flagArgument,
  jsonArgument,
  listArgument,
  type MethodContext,
  type SlackArguments,
  type SlackMethod,
  textArgument,
  tier,
} from './method.ts';
import { SlackRefusal } from './refusals.ts';
import type { SlackChannel, SlackContent, SlackMessage } from './workspace.ts';

/** Longer texts of new messages are cut, with a warning; of edits they are refused. */
const MAX_POSTED_TEXT = 40_000;
const MAX_EDITED_TEXT = 4_000;
const MAX_ATTACHMENTS = 100;

export const chatMethods: Record<string, SlackMethod> = {
  'chat.postMessage': {
    scope: 'chat:write',
    limit: (limits, { args, workspace }) => {
      const named = textArgument(args, 'channel') ?? '';
      return { key: `post ${workspace.findChannelToPost(named)?.id ?? named}`, limit: limits.post };
    },
    run: (context) => {
      const { workspace, args } = context;
      const channel = channelToPost(context);
      const content = readContent(args);
      if (content.text === undefined && !content.blocks?.length && !content.attachments?.length) {
        throw new SlackRefusal('no_text');
      }
      const threadTs = textArgument(args, 'thread_ts');
      if (threadTs !== undefined && workspace.findMessage(channel.id, threadTs) === undefined) {
        throw new SlackRefusal('cannot_reply_to_message');
      }
      const metadata = jsonArgument(args, 'metadata', 'invalid_metadata_format');
      const truncated = (content.text ?? '').length > MAX_POSTED_TEXT;
      const message = workspace.post({
        ...content,
        ...(truncated ? { text: (content.text ?? '').slice(0, MAX_POSTED_TEXT) } : {}),
        channelId: channel.id,
        userId: workspace.world.bot.userId,
        ...(threadTs === undefined ? {} : { threadTs, broadcast: flagArgument(args, 'reply_broadcast') }),
        ...(isJsonObject(metadata) ? { metadata } : {}),
      });
      return {
        channel: channel.id,
        ts: message.ts,
        message: toMessageJson(context, message),
        ...(truncated ? { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } } : {}),
      };
    },
  },

  'chat.update': {
    scope: 'chat:write',
    limit: tier('tier3', 'chat.update'),
    run: (context) => {
      const { workspace, args, editWindowMs, now } = context;
      const channel = channelById(context);
      const message = workspace.findMessage(channel.id, textArgument(args, 'ts') ?? '');
      if (message === undefined) throw new SlackRefusal('message_not_found');
      if (message.userId !== workspace.world.bot.userId) throw new SlackRefusal('cant_update_message');
      if (editWindowMs !== undefined && now - message.at > editWindowMs) throw new SlackRefusal('edit_window_closed');
      const content = readContent(args);
      if (Object.keys(content).length === 0) throw new SlackRefusal('no_text');
      if ((content.text ?? '').length > MAX_EDITED_TEXT) throw new SlackRefusal('msg_too_long');
      const metadata = jsonArgument(args, 'metadata', 'invalid_metadata_format');
      workspace.edit(message, content, isJsonObject(metadata) ? metadata : undefined);
      return { channel: channel.id, ts: message.ts, text: message.text, message: toMessageJson(context, message) };
    },
  },

  'chat.delete': {
    scope: 'chat:write',
    limit: tier('tier3', 'chat.delete'),
    run: (context) => {
      const { workspace, args } = context;
      const channel = channelById(context);
      const message = workspace.findMessage(channel.id, textArgument(args, 'ts') ?? '');
      if (message === undefined) throw new SlackRefusal('message_not_found');
      if (message.userId !== workspace.world.bot.userId) throw new SlackRefusal('cant_delete_message');
      workspace.remove(message);
      return { channel: channel.id, ts: message.ts };
    },
  },

  'chat.postEphemeral': {
    scope: 'chat:write',
    limit: tier('tier4', 'chat.postEphemeral'),
    run: (context) => {
      const { workspace, args } = context;
      const channel = channelToPost(context);
      const user = textArgument(args, 'user');
      if (user === undefined || !channel.members.includes(user)) throw new SlackRefusal('user_not_in_channel');
      const content = readContent(args);
      if (Object.keys(content).length === 0) throw new SlackRefusal('no_text');
      const userId = workspace.world.bot.userId;
      return { message_ts: workspace.post({ ...content, channelId: channel.id, userId, visibleTo: user }).ts };
    },
  },

  'chat.getPermalink': {
    limit: tier('tier4', 'chat.getPermalink'),
    run: (context) => {
      const channel = channelById(context);
      const ts = textArgument(context.args, 'message_ts') ?? '';
      if (context.workspace.findMessage(channel.id, ts) === undefined) throw new SlackRefusal('message_not_found');
      return { channel: channel.id, permalink: `${context.baseUrl}/?channel=${channel.id}#m${ts}` };
    },
  },
};

/** Posting takes an id or a name, and needs the bot in the channel. */
function channelToPost({ workspace, args }: MethodContext): SlackChannel {
  const channel = workspace.findChannelToPost(textArgument(args, 'channel') ?? '');
  return checkOpen(channel, workspace.world.bot.userId);
}

/** Everything else takes the id only. */
function channelById({ workspace, args }: MethodContext): SlackChannel {
  const channel = workspace.findChannel(textArgument(args, 'channel') ?? '');
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  return channel;
}

function checkOpen(channel: SlackChannel | undefined, botUserId: string): SlackChannel {
  // A private channel that the bot is not in does not exist for it.
  const isMember = channel?.members.includes(botUserId) === true;
  if (channel === undefined || (channel.isPrivate && !isMember)) throw new SlackRefusal('channel_not_found');
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  if (!isMember) throw new SlackRefusal('not_in_channel');
  return channel;
}

/** The parts of a message that the call names; what is not named is not there. */
function readContent(args: SlackArguments): Partial<SlackContent> {
  const text = textArgument(args, 'text');
  const blocks = listArgument(args, 'blocks', 'invalid_blocks_format');
  const attachments = listArgument(args, 'attachments', 'invalid_attachments');
  if (blocks !== undefined) refuseFaults('invalid_blocks', checkBlocks(blocks));
  if (attachments !== undefined) {
    if (attachments.length > MAX_ATTACHMENTS) throw new SlackRefusal('too_many_attachments');
    const faults = attachments.flatMap((one, index) =>
      one.blocks === undefined ? [] : checkBlocks(one.blocks, `/attachments/${index}/blocks`),
    );
    refuseFaults('invalid_attachments', faults);
  }
  return {
    ...(text === undefined ? {} : { text }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(attachments === undefined ? {} : { attachments }),
  };
}

function refuseFaults(error: string, faults: string[]): void {
  if (faults.length === 0) return;
  throw new SlackRefusal(error, {
    errors: faults,
    response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) },
  });
}

/** A message as the API shows it. */
export function toMessageJson({ workspace }: Pick<MethodContext, 'workspace'>, message: SlackMessage): JsonObject {
  const { bot, teamId } = workspace.world;
  return {
    type: 'message',
    user: message.userId,
    ...(message.userId === bot.userId ? { bot_id: bot.botId, app_id: 'A04SANDBOX1' } : {}),
    team: teamId,
    ts: message.ts,
    text: message.text,
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.broadcast ? { subtype: 'thread_broadcast' } : {}),
    ...(message.edited === undefined ? {} : { edited: { user: message.userId, ts: message.edited.ts } }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  };
}
