import { suggestion } from '../../domain/did-you-mean.ts';
import {
  findAgentId,
  findBotId,
  findDepartmentId,
  findSlackChannel,
  findSlackUser,
  findTeamAgents,
} from '../../domain/directory.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { isTemplate } from '../templates/liquid.ts';
import { actionListsOf, type PlacedAction } from './action-list.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** Names written in params that directory.json does not have. Warnings: what a template renders to is seen only then. */
export const checkNames: RuleCheck = ({ file, directory }) => {
  if (directory === undefined) return [];
  return actionListsOf(file)
    .flatMap((list) => list.actions)
    .flatMap(({ action, path }) => namesIn(action, [...path, 'params']).flatMap((use) => checkName(use, directory)));
};

type Kind = keyof typeof KINDS;

interface NameUse {
  kind: Kind;
  value: unknown;
  path: JsonPath;
}

const isZohoId = (text: string) => /^(?=.*\d)[A-Za-z0-9_-]{1,64}$/.test(text);
const isSlackId = (text: string) => /^[A-Z][A-Z0-9]{6,}$/.test(text);

/** How each kind is found, listed, and told from an id. */
const KINDS = {
  agent: { find: findAgentId, list: (directory: Directory) => namesOf(directory.agents), isId: isZohoId },
  bot: { find: findBotId, list: (directory: Directory) => namesOf(directory.bots), isId: isZohoId },
  department: {
    find: findDepartmentId,
    list: (directory: Directory) => namesOf(directory.departments),
    isId: isZohoId,
  },
  team: { find: findTeamAgents, list: (directory: Directory) => [...directory.teams.keys()], isId: () => false },
  'Slack user': {
    find: (directory: Directory, name: string) => findSlackUser(directory, name) ?? findAgentId(directory, name),
    list: (directory: Directory) => [...directory.slackUsers.keys()],
    isId: (text: string) => isSlackId(text) || /^@?(?:here|channel|everyone)$/.test(text),
  },
  'Slack channel': {
    find: findSlackChannel,
    list: (directory: Directory) => [...directory.slackChannels.keys()],
    // Slack knows channels by #name itself; only a name without # can be nothing but the directory's.
    isId: (text: string) => text.startsWith('#') || isSlackId(text),
  },
} as const;

function namesOf(entries: ReadonlyMap<string, { name: string }>): string[] {
  return [...entries.values()].map(({ name }) => name);
}

function namesIn({ type, params }: PlacedAction['action'], path: JsonPath): NameUse[] {
  const use = (kind: Kind, key: string): NameUse => ({ kind, value: params[key], path: [...path, key] });
  switch (type) {
    case 'slack.alert':
      return [use('Slack channel', 'channel'), use('Slack user', 'mention')];
    case 'slack.post':
      return [use('Slack channel', 'channel')];
    case 'zoho.updateTicket':
      return [use('agent', 'assigneeId')];
    case 'zoho.assignSession': {
      const from = isJsonObject(params['from']) ? params['from'] : {};
      const agents = Array.isArray(from['agents']) ? from['agents'] : [];
      return [
        use('agent', 'agentId'),
        use('bot', 'botId'),
        { kind: 'department', value: from['department'], path: [...path, 'from', 'department'] },
        { kind: 'team', value: from['team'], path: [...path, 'from', 'team'] },
        ...agents.map((value, index): NameUse => ({ kind: 'agent', value, path: [...path, 'from', 'agents', index] })),
      ];
    }
    default:
      return [];
  }
}

function checkName({ kind, value, path }: NameUse, directory: Directory): Finding[] {
  if (typeof value !== 'string' || value.trim() === '' || isTemplate(value)) return [];
  const { find, list, isId } = KINDS[kind];
  const text = value.trim();
  if (find(directory, text) !== undefined || isId(text)) return [];
  const known = list(directory);
  return [
    {
      path,
      severity: 'warning',
      code: 'unknown-name',
      message: `directory.json has no ${kind} "${text}"`,
      remedy: known.length === 0 ? `Add the ${kind} to directory.json, or write its id.` : suggestion(text, known),
    },
  ];
}
