import type { ActionSpec } from '../../domain/action.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { NameOf } from './describe-condition.ts';
import type { Language } from './language.ts';

/** Actions as what Vigia does; what a template works out is shown by what it reads. */
export function describeActions(specs: readonly ActionSpec[], language: Language, nameOf: NameOf): string {
  const parts = specs.map((spec) => describeAction(spec, language, nameOf));
  // Several tiles or rows of one name are one thing to a reader.
  return language.and([...new Set(parts)]);
}

function describeAction({ type, params }: ActionSpec, language: Language, nameOf: NameOf): string {
  const { actions } = language;
  const say = (value: Json | undefined) => describeParam(value, language, nameOf);
  switch (type) {
    case 'slack.alert':
      return actions.card(say(params.channel));
    case 'slack.post':
      return actions.post(say(params.channel));
    case 'zoho.assignSession':
      return describeAssignment(params, language, say);
    case 'zoho.setSessionStatus':
      return actions.setStatus(language.values[String(params.status)] ?? say(params.status));
    case 'zoho.updateTicket':
      return actions.updateTicket;
    case 'zoho.commentTicket':
      return actions.commentTicket;
    case 'http.request':
      return actions.request(hostOf(String(params.url)) ?? say(params.url));
    case 'dashboard.update':
      return actions.tile(say(params.tile));
    case 'record':
      return actions.record(say(params.dataset));
  }
}

function describeAssignment(
  { agentId, botId, pick, from }: ActionSpec['params'],
  language: Language,
  say: (value: Json | undefined) => string,
): string {
  const named = agentId ?? botId;
  if (named !== undefined) return language.actions.assignTo(say(named));
  const source = isJsonObject(from) ? describeSource(from, language, say) : undefined;
  return language.actions.assignPick(language.picks[String(pick)] ?? String(pick), source);
}

function describeSource(
  { department, team, agents }: Record<string, Json>,
  { from, or }: Language,
  say: (value: Json | undefined) => string,
): string | undefined {
  if (department !== undefined) return from.department(say(department));
  if (team !== undefined) return from.team(say(team));
  return Array.isArray(agents) ? from.agents(or(agents.map(say))) : undefined;
}

/** A literal by its name; of a template, what it reads. */
function describeParam(value: Json | undefined, language: Language, nameOf: NameOf): string {
  const text = String(value ?? '');
  const reads = /^\{\{\s*([\w.]+)[^{}]*\}\}$/.exec(text)?.[1];
  if (reads !== undefined) return language.computed(language.fields[reads] ?? reads);
  return text.includes('{{') || text.includes('{%') ? language.computed('…') : (nameOf(text) ?? text);
}

/** Of an address only the host: the rest may hold a key. */
function hostOf(url: string): string | undefined {
  return URL.parse(url)?.host;
}
