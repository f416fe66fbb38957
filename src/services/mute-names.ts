import { DESTINATION_NAMES } from '../domain/action.ts';
import { suggestion } from '../domain/did-you-mean.ts';
import { findAgentId, findChannelId } from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import type { MuteMatcher, PauseScope } from '../domain/mute.ts';
import type { Directory, Rule } from '../domain/rule.ts';
import { agentIds } from '../engine/silences.ts';

/** What people name in a silence or a pause becomes ids. A name that nobody knows would hold nothing back, silently. */
export interface NamesKnown {
  rules: readonly Rule[];
  directory: Directory;
}

/** As a request has it: ids, or names of the directory. */
export interface MatcherRequest {
  rule?: string | undefined;
  channel?: string | undefined;
  session?: string | undefined;
  agent?: string | undefined;
  /** Said where nothing else is: the silence is about everything. */
  everything?: boolean | undefined;
}

/** @throws AppError bad_request */
export function toMatcher(
  { rule, channel, session, agent, everything }: MatcherRequest,
  known: NamesKnown,
): MuteMatcher {
  const matcher: MuteMatcher = {};
  if (rule !== undefined) matcher.ruleId = getRuleId(rule, known);
  if (channel !== undefined) matcher.channelId = getChannelId(channel, known);
  if (session !== undefined) matcher.sessionId = session;
  if (agent !== undefined) {
    matcher.agentId = getAgentId(agent, known);
    const aliases = agentIds(matcher, known.directory).slice(1);
    if (aliases.length > 0) matcher.agentAliases = aliases;
  }
  const isEmpty = Object.keys(matcher).length === 0;
  if (isEmpty && everything !== true) {
    throw new AppError('bad_request', 'The silence names nothing that it is about.', {
      remedy: 'Name a rule, a channel, a session or an agent; or say "everything" to keep all of Slack quiet.',
    });
  }
  if (!isEmpty && everything === true) {
    throw new AppError('bad_request', 'The silence is about everything, and about something.', {
      remedy: 'Say "everything", or name what it is about.',
    });
  }
  return matcher;
}

/** @throws AppError bad_request */
export function toScope(scope: PauseScope, known: NamesKnown): PauseScope {
  switch (scope.kind) {
    case 'everything':
      return scope;
    case 'rule':
      return { kind: 'rule', id: getRuleId(scope.id, known) };
    case 'channel':
      return { kind: 'channel', id: getChannelId(scope.id, known) };
    case 'destination':
      if (DESTINATION_NAMES.some((name) => name === scope.id)) return scope;
      throw unknown('destination', scope.id, DESTINATION_NAMES);
  }
}

function getRuleId(id: string, { rules }: NamesKnown): string {
  if (rules.some((rule) => rule.id === id)) return id;
  throw unknown(
    'rule',
    id,
    rules.map((rule) => rule.id),
  );
}

/** Zoho's own ids are long numbers: one that the directory does not list may be right all the same. */
const ZOHO_ID = /^\d{6,30}$/;

function getChannelId(idOrName: string, { directory }: NamesKnown): string {
  const found = findChannelId(directory, idOrName) ?? (ZOHO_ID.test(idOrName) ? idOrName : undefined);
  if (found !== undefined) return found;
  throw unknown('channel', idOrName, namesOf(directory.channels));
}

function getAgentId(idOrName: string, { directory }: NamesKnown): string {
  const found = findAgentId(directory, idOrName) ?? (ZOHO_ID.test(idOrName) ? idOrName : undefined);
  if (found !== undefined) return found;
  throw unknown('agent', idOrName, namesOf(directory.agents));
}

function namesOf(entries: ReadonlyMap<string, { name: string }>): string[] {
  return [...entries].flatMap(([id, { name }]) => [name, id]);
}

function unknown(kind: string, name: string, known: readonly string[]): AppError {
  const hint = suggestion(name, known);
  const remedy =
    kind === 'channel' || kind === 'agent' ? 'Give its id in Zoho, or list it in rules/directory.json.' : '';
  return new AppError('bad_request', `There is no ${kind} "${name}".`, {
    remedy: [hint, remedy].filter((text) => text !== '').join(' ') || 'None is known.',
  });
}
