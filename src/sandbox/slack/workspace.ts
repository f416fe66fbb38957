/**
 * The workspace that the Slack stand-in plays: channels, people, messages with their edits. Message times (`ts`) are
 * unique in the workspace, grow, and name a message within its channel, as Slack's do.
 */
import type { Clock } from '../../domain/clock.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { World, WorldSlackChannel, WorldSlackUser } from '../world.ts';

export interface SlackContent {
  text: string;
  blocks: JsonObject[];
  attachments: JsonObject[];
}

export interface SlackMessage extends SlackContent {
  ts: string;
  channelId: string;
  /** User id of the author; the bot's own for what the service posts. */
  userId: string;
  /** When it was posted, epoch ms. */
  at: number;
  /** The first message of the thread that it answers. */
  threadTs?: string;
  /** A reply that is shown in the channel too. */
  broadcast: boolean;
  /** The only one who sees it, for an ephemeral message. */
  visibleTo?: string;
  metadata?: JsonObject;
  edited?: { ts: string; at: number };
  /** What it said before each edit, oldest first. */
  history: (SlackContent & { at: number })[];
}

export interface SlackChannel extends WorldSlackChannel {
  isArchived: boolean;
  isPrivate: boolean;
  members: string[];
  messages: SlackMessage[];
  /** How many messages it ever had; the oldest are forgotten. */
  posted: number;
}

/** A demo runs for days: each channel keeps this many messages. */
export const KEPT_MESSAGES = 500;

export interface Post extends Partial<SlackContent> {
  channelId: string;
  userId: string;
  threadTs?: string;
  broadcast?: boolean;
  visibleTo?: string;
  metadata?: JsonObject;
}

export interface Workspace {
  readonly world: World['slack'];
  readonly channels: SlackChannel[];
  readonly users: readonly WorldSlackUser[];
  /** Grows with every change: what a page polls. */
  readonly version: number;
  /** By id. */
  findChannel(id: string): SlackChannel | undefined;
  /** By id, `name` or `#name`, as only posting does it. */
  findChannelToPost(idOrName: string): SlackChannel | undefined;
  findMessage(channelId: string, ts: string): SlackMessage | undefined;
  post(post: Post): SlackMessage;
  edit(message: SlackMessage, content: Partial<SlackContent>, metadata?: JsonObject): void;
  remove(message: SlackMessage): void;
  /** Makes a channel, for tests that need another one. */
  addChannel(channel: WorldSlackChannel & { isPrivate?: boolean; isArchived?: boolean }): SlackChannel;
}

export function createWorkspace(clock: Clock, world: World['slack']): Workspace {
  const channels: SlackChannel[] = [];
  let version = 0;
  let lastTs = 0;

  const nextTs = (): string => {
    // Microseconds fit a number exactly; two messages of one millisecond get the next free one.
    lastTs = Math.max(lastTs + 1, clock.now() * 1000);
    return `${Math.floor(lastTs / 1_000_000)}.${String(lastTs % 1_000_000).padStart(6, '0')}`;
  };

  const workspace: Workspace = {
    world,
    channels,
    users: world.users,
    get version() {
      return version;
    },
    findChannel: (id) => channels.find((channel) => channel.id === id),
    findChannelToPost: (idOrName) => {
      const name = idOrName.startsWith('#') ? idOrName.slice(1) : idOrName;
      return channels.find((channel) => channel.id === idOrName || channel.name === name);
    },
    findMessage: (channelId, ts) =>
      workspace
        .findChannel(channelId)
        ?.messages.find((message) => message.ts === ts && message.visibleTo === undefined),
    post: ({ text = '', blocks = [], attachments = [], broadcast = false, ...rest }) => {
      const message: SlackMessage = {
        ...rest,
        text,
        blocks,
        attachments,
        broadcast,
        ts: nextTs(),
        at: clock.now(),
        history: [],
      };
      const channel = workspace.findChannel(rest.channelId);
      if (channel !== undefined) {
        channel.messages.push(message);
        channel.posted += 1;
        if (channel.messages.length > KEPT_MESSAGES) channel.messages.shift();
      }
      version += 1;
      return message;
    },
    edit: (message, content, metadata) => {
      const { text, blocks, attachments } = message;
      const at = clock.now();
      message.history.push({ text, blocks, attachments, at: message.edited?.at ?? message.at });
      Object.assign(message, content);
      if (metadata !== undefined) message.metadata = metadata;
      message.edited = { ts: nextTs(), at };
      version += 1;
    },
    remove: (message) => {
      const channel = workspace.findChannel(message.channelId);
      if (channel !== undefined) channel.messages = channel.messages.filter((one) => one !== message);
      version += 1;
    },
    addChannel: (channel) => {
      const added: SlackChannel = {
        isArchived: false,
        isPrivate: false,
        ...channel,
        members: [...world.users.map((user) => user.id), ...(channel.botIsMember ? [world.bot.userId] : [])],
        messages: [],
        posted: 0,
      };
      channels.push(added);
      version += 1;
      return added;
    },
  };
  for (const channel of world.channels) workspace.addChannel(channel);
  return workspace;
}
