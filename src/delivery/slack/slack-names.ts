import type { Directory } from '../../domain/rule.ts';
import { escapeSlack } from './slack-text.ts';

/** Readable names of channels and people → what Slack takes. */

/** The channel id of a name of directory.json; anything else (an id, a `#name` that only Slack knows) as written. */
export function resolveChannel(directory: Directory, written: string): string {
  const bare = written.replace(/^#/, '');
  const { slackChannels } = directory;
  return slackChannels.get(written) ?? slackChannels.get(`#${bare}`) ?? slackChannels.get(bare) ?? written;
}

const USER_ID = /^[UW][A-Z0-9]{6,}$/;
const GROUP_ID = /^S[A-Z0-9]{6,}$/;
const BROADCASTS = new Set(['here', 'channel', 'everyone']);

/**
 * The mark-up that notifies whom the rule names: a name of directory.json, an agent (name, id or ZUID) with a Slack id,
 * a Slack user or group id, here or channel. A name that nobody knows stays readable as `@name`: the alert goes out, and
 * shows whom it could not reach.
 */
export function toMention(directory: Directory, written: string): { markup: string; known: boolean } {
  const name = written.replace(/^@/, '');
  if (BROADCASTS.has(name)) return { markup: `<!${name}>`, known: true };
  const id = directory.slackUsers.get(written) ?? directory.slackUsers.get(name) ?? findAgentSlackId(directory, name);
  const target = id ?? name;
  if (USER_ID.test(target)) return { markup: `<@${target}>`, known: true };
  if (GROUP_ID.test(target)) return { markup: `<!subteam^${target}>`, known: true };
  return { markup: `@${escapeSlack(name)}`, known: false };
}

function findAgentSlackId(directory: Directory, name: string): string | undefined {
  const byId = directory.agents.get(name) ?? directory.agents.get(directory.agentIdByZuid.get(name) ?? '');
  if (byId !== undefined) return byId.slack;
  for (const agent of directory.agents.values()) if (agent.name === name) return agent.slack;
  return undefined;
}
