/** Who and where: `auth.test`, `conversations.*`, `users.*`. Lists are paged by cursor. */
import type { JsonObject } from '../../domain/json.ts';
import type { WorldSlackUser } from '../world.ts';
import { toMessageJson } from './chat-methods.ts';
import { flagArgument, type MethodContext, type SlackMethod, textArgument, tier } from './method.ts';
import { SlackRefusal } from './refusals.ts';
import type { SlackChannel } from './workspace.ts';

export const directoryMethods: Record<string, SlackMethod> = {
  'api.test': { limit: tier('tier4', 'api.test'), run: ({ args }) => ({ args: { ...args, token: undefined } }) },

  'auth.test': {
    limit: tier('tier4', 'auth.test'),
    run: ({ workspace: { world }, baseUrl }) => ({
      url: `${baseUrl}/`,
      team: world.teamName,
      user: world.bot.name,
      team_id: world.teamId,
      user_id: world.bot.userId,
      bot_id: world.bot.botId,
      is_enterprise_install: false,
    }),
  },

  'conversations.info': {
    scope: 'channels:read',
    limit: tier('tier3', 'conversations.info'),
    run: (context) => ({ channel: toChannelJson(context, getChannel(context)) }),
  },

  'conversations.list': {
    scope: 'channels:read',
    limit: tier('tier2', 'conversations.list'),
    run: (context) => {
      const { args, workspace } = context;
      const types = (textArgument(args, 'types') ?? 'public_channel').split(',');
      const found = workspace.channels.filter(
        (channel) =>
          types.includes(channel.isPrivate ? 'private_channel' : 'public_channel') &&
          !(flagArgument(args, 'exclude_archived') && channel.isArchived),
      );
      const { page, next } = paged(context, found);
      return {
        channels: page.map((channel) => toChannelJson(context, channel)),
        response_metadata: { next_cursor: next },
      };
    },
  },

  'conversations.members': {
    scope: 'channels:read',
    limit: tier('tier4', 'conversations.members'),
    run: (context) => {
      const { page, next } = paged(context, getChannel(context).members);
      return { members: page, response_metadata: { next_cursor: next } };
    },
  },

  'conversations.join': {
    scope: 'channels:join',
    limit: tier('tier3', 'conversations.join'),
    run: (context) => {
      const channel = getChannel(context);
      const { userId } = context.workspace.world.bot;
      if (channel.isArchived) throw new SlackRefusal('is_archived');
      if (!channel.members.includes(userId)) channel.members.push(userId);
      return { channel: toChannelJson(context, channel) };
    },
  },

  'conversations.history': {
    scope: 'channels:history',
    limit: tier('tier3', 'conversations.history'),
    run: (context) => {
      const channel = getChannel(context);
      if (!channel.members.includes(context.workspace.world.bot.userId)) throw new SlackRefusal('not_in_channel');
      const shown = channel.messages.filter(
        (one) => one.visibleTo === undefined && (one.threadTs === undefined || one.broadcast),
      );
      const { page, next } = paged(context, shown.toReversed());
      return {
        messages: page.map((message) => toMessageJson(context, message)),
        has_more: next !== '',
        response_metadata: { next_cursor: next },
      };
    },
  },

  'conversations.replies': {
    scope: 'channels:history',
    limit: tier('tier3', 'conversations.replies'),
    run: (context) => {
      const channel = getChannel(context);
      const ts = textArgument(context.args, 'ts') ?? '';
      const parent = context.workspace.findMessage(channel.id, ts);
      if (parent === undefined) throw new SlackRefusal('thread_not_found');
      const thread = [parent, ...channel.messages.filter((one) => one.threadTs === ts)];
      return { messages: thread.map((message) => toMessageJson(context, message)), has_more: false };
    },
  },

  'users.info': {
    scope: 'users:read',
    limit: tier('tier4', 'users.info'),
    run: ({ args, workspace }) => {
      const user = allUsers({ workspace }).find((one) => one.id === textArgument(args, 'user'));
      if (user === undefined) throw new SlackRefusal('user_not_found');
      return { user: toUserJson({ workspace }, user) };
    },
  },

  'users.list': {
    scope: 'users:read',
    limit: tier('tier2', 'users.list'),
    run: (context) => {
      const { page, next } = paged(context, allUsers(context));
      return { members: page.map((user) => toUserJson(context, user)), response_metadata: { next_cursor: next } };
    },
  },

  'users.lookupByEmail': {
    scope: 'users:read.email',
    limit: tier('tier3', 'users.lookupByEmail'),
    run: ({ args, workspace }) => {
      const user = workspace.users.find((one) => one.email === textArgument(args, 'email')?.toLowerCase());
      if (user === undefined) throw new SlackRefusal('users_not_found');
      return { user: toUserJson({ workspace }, user) };
    },
  },
};

type InWorkspace = Pick<MethodContext, 'workspace'>;

function getChannel({ workspace, args }: MethodContext): SlackChannel {
  const channel = workspace.findChannel(textArgument(args, 'channel') ?? '');
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** A page of `limit` (default 100, at most 1,000) items; the cursor names the next item's index. */
function paged<T>({ args }: MethodContext, items: readonly T[]): { page: T[]; next: string } {
  const limit = Math.min(Math.max(Number(textArgument(args, 'limit') ?? 100), 1), 1000);
  const cursor = textArgument(args, 'cursor');
  const from = cursor === undefined ? 0 : Number(/^next:(\d{1,6})$/.exec(cursor)?.[1] ?? Number.NaN);
  if (!Number.isFinite(limit)) throw new SlackRefusal('invalid_limit');
  if (Number.isNaN(from)) throw new SlackRefusal('invalid_cursor');
  const end = from + limit;
  return { page: items.slice(from, end), next: end < items.length ? `next:${end}` : '' };
}

function toChannelJson({ workspace }: InWorkspace, channel: SlackChannel): JsonObject {
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_general: channel.name === 'general',
    is_member: channel.members.includes(workspace.world.bot.userId),
    num_members: channel.members.length,
    purpose: { value: channel.purpose, creator: '', last_set: 0 },
    topic: { value: '', creator: '', last_set: 0 },
  };
}

function allUsers({ workspace }: InWorkspace): WorldSlackUser[] {
  const { bot } = workspace.world;
  return [...workspace.users, { id: bot.userId, name: bot.name, realName: bot.name, email: '' }];
}

function toUserJson({ workspace }: InWorkspace, user: WorldSlackUser): JsonObject {
  return {
    id: user.id,
    team_id: workspace.world.teamId,
    name: user.name,
    real_name: user.realName,
    deleted: false,
    is_bot: user.id === workspace.world.bot.userId,
    tz: 'America/Sao_Paulo',
    profile: { real_name: user.realName, display_name: user.name, ...(user.email === '' ? {} : { email: user.email }) },
  };
}
