import { findAgentId, findSlackChannel, findSlackUser } from '../../domain/directory.ts';
import type { Directory } from '../../domain/rule.ts';
import { escapeSlack } from './slack-text.ts';

/** Readable names of channels and people → what Slack takes. */

/** The channel id of a name of directory.json; anything else (an id, a `#name` that only Slack knows) as written. */
export function resolveChannel(directory: Directory, written: string): string {
  return findSlackChannel(directory, written) ?? written;
}

/** What people call a channel: the directory's name of an id, else what is written. */
export function toChannelName(directory: Directory, written: string): string {
  for (const [name, id] of directory.slackChannels) if (id === written) return name;
  return written;
}

const USER_ID = /^[UW][A-Z0-9]{6,}$/;
const GROUP_ID = /^S[A-Z0-9]{6,}$/;
const BROADCASTS = new Set(['here', 'channel', 'everyone']);

/**
 * The mark-up that notifies whom the rule names: a name of directory.json, an agent (name, id or ZUID) with a Slack id,
 * a Slack user or group id, here or channel. A name that nobody knows stays readable as `@name`: the alert goes out, and
 * shows whom it could not reach.
 */
export function toMention(directory: Directory, written: string): string {
  const name = written.replace(/^@/, '');
  if (BROADCASTS.has(name)) return `<!${name}>`;
  const agent = directory.agents.get(findAgentId(directory, name) ?? '');
  const target = findSlackUser(directory, name) ?? agent?.slack ?? name;
  if (USER_ID.test(target)) return `<@${target}>`;
  if (GROUP_ID.test(target)) return `<!subteam^${target}>`;
  return `@${escapeSlack(agent?.name ?? name)}`;
}
