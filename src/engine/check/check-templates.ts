import { suggestion } from '../../domain/did-you-mean.ts';
import { SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { ActionFile } from '../../domain/rule-file.ts';
import { FACTS, type FactName } from '../catalogue/facts.ts';
import { findField } from '../catalogue/find-field.ts';
import { formatSegments } from '../catalogue/path.ts';
import { resultFieldsOf } from '../catalogue/result-fields.ts';
import { readsOf } from '../computed/rule-reads.ts';
import type { Finding, FindingText } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { analyseTemplate, type TemplateFaultAt, type TemplatePath } from '../templates/analyse-template.ts';
import { KEPT_FILTERS, OWN_FILTERS } from '../templates/filters.ts';
import { KEPT_TAGS } from '../templates/liquid.ts';
import { actionListsOf } from './action-list.ts';
import { type TemplateMoment, whyAbsent } from './computed-in-templates.ts';
import { fieldFault } from './field-faults.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** Every text in params is a template: it parses, and what it reads is there when the action is rendered. */
export const checkTemplates: RuleCheck = ({ file, trigger, named = new Map() }) => {
  const reads = readsOf(file.conditions, named);
  return actionListsOf(file).flatMap(({ when, actions }) => {
    const types = new Map(actions.flatMap(({ action: { id, type } }) => (id === undefined ? [] : [[id, type]])));
    return actions.flatMap(({ action, path, visible }) =>
      textsIn(action.params, [...path, 'params']).flatMap(([text, at]) =>
        checkTemplate(text, at, { trigger, when, reads, visible, types, type: action.type }),
      ),
    );
  });
};

interface Scope extends TemplateMoment {
  visible: readonly string[];
  /** Of the actions with an id. */
  types: ReadonlyMap<string, ActionFile['type']>;
  type: ActionFile['type'];
}

/** Every text within params, with its place. */
export function textsIn(value: unknown, path: JsonPath): [text: string, path: JsonPath][] {
  if (typeof value === 'string') return [[value, path]];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  return isJsonObject(value) ? Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key])) : [];
}

function checkTemplate(text: string, path: JsonPath, scope: Scope): Finding[] {
  const { fault, paths } = analyseTemplate(text);
  if (fault !== undefined) return [{ path, offset: fault.offset, ...templateFault(fault) }];
  return paths.flatMap((read): Finding[] => {
    const wrong = read.root === 'results' ? resultsFault(read, scope) : readFault(read, scope);
    return wrong === undefined ? [] : [{ path, offset: read.offset, ...wrong }];
  });
}

function templateFault({ message, unknown }: TemplateFaultAt): FindingText {
  if (unknown?.kind === 'filter') {
    const remedy = suggestion(unknown.name, [...Object.keys(OWN_FILTERS), ...KEPT_FILTERS], 60);
    return { code: 'unknown-filter', message, remedy };
  }
  if (unknown?.kind === 'tag') return { code: 'bad-template', message, remedy: suggestion(unknown.name, KEPT_TAGS) };
  const remedy = 'Templates are Liquid: {{ session.id }}, {{ hold.elapsed | duration }}, {% if … %} … {% endif %}.';
  return { code: 'bad-template', message, remedy };
}

function resultsFault(
  { segments: [id, field], dynamic }: TemplatePath,
  { visible, types }: Scope,
): FindingText | undefined {
  if (id === undefined) {
    if (!dynamic) return { code: 'unknown-result', message: 'whose result?', remedy: 'Write {{ results.<id>.… }}.' };
    const remedy = 'Write the id out: {{ results.assign.agentName }}.';
    return { code: 'unknown-result', message: 'the id of the action must be written out', remedy };
  }
  if (visible.includes(id)) return resultFieldFault(id, field, types.get(id));
  const remedy =
    visible.length === 0 ? 'Give the action an "id", and let it stand before this one.' : suggestion(id, visible);
  return { code: 'unknown-result', message: `no earlier action is called "${id}"`, remedy };
}

function resultFieldFault(
  _id: string,
  field: string | undefined,
  type: ActionFile['type'] | undefined,
): FindingText | undefined {
  if (field === undefined || type === undefined) return undefined;
  const known = Object.keys(resultFieldsOf(type));
  if (known.includes(field)) return undefined;
  return { code: 'unknown-result', message: `${type} has no result "${field}"`, remedy: suggestion(field, known) };
}

/** The facts that are there when an action of this list is made. */
function readableFacts(moment: Scope): FactName[] {
  const { trigger, when } = moment;
  const names = Object.keys(FACTS).filter((name) => name in FACTS) as FactName[];
  return names.filter((name) => {
    const { scope } = FACTS[name];
    if (whyAbsent(name, [], moment) !== undefined) return false;
    if (scope === 'hold-templates') return trigger?.kind !== 'event' || when === 'later';
    if (scope !== 'moment') return true;
    if (when === 'later' || trigger?.kind === 'hold') return false;
    return name !== 'transition' || trigger?.kind !== 'event' || trigger.on.includes(SESSION_STATUS_EVENT);
  });
}

function readFault({ root, segments, dynamic }: TemplatePath, scope: Scope): FindingText | undefined {
  const readable: string[] = readableFacts(scope);
  if (!readable.includes(root)) return rootFault(root, readable, scope);
  const { trigger } = scope;
  const absent = whyAbsent(root, segments, scope);
  if (absent !== undefined) return notAvailable(formatSegments([root, ...segments]), absent, readable);
  const lookup = findField(root, segments, trigger?.kind === 'event' ? trigger.on : undefined);
  const name = formatSegments([root, ...segments]);
  const fault = fieldFault({ fact: root, segments, lookup, name, whole: segments.length === 0 });
  if (fault !== undefined) return fault.code === 'unknown-path' ? { ...fault, code: 'unknown-variable' } : fault;
  if (dynamic && lookup.kind === 'field' && lookup.field.kind !== 'map' && lookup.field.kind !== 'any') {
    const message = `which field of ${name} is not written out`;
    return { code: 'unknown-variable', message, remedy: 'Write the field: {{ session.status }}.' };
  }
  const personal = lookup.kind !== 'unknown' && (lookup.kind === 'open' || lookup.kind === 'field') && lookup.personal;
  if (!personal || scope.type !== 'record') return undefined;
  return {
    code: 'personal-data',
    severity: 'warning',
    message: `${name} is personal data, and a record is kept`,
    remedy: 'Record an id, a length or a kind instead.',
  };
}

function rootFault(root: string, readable: readonly string[], scope: Scope): FindingText {
  const { trigger, when } = scope;
  const known = [...readable, 'results'];
  if (!(root in FACTS)) {
    return { code: 'unknown-variable', message: `there is no "${root}"`, remedy: suggestion(root, known) };
  }
  const why =
    whyAbsent(root, [], scope) ??
    (root === 'hold' || root === 'episode'
      ? 'an event rule fires at once, without a hold'
      : when === 'later'
        ? 'a step or the end of an episode comes later, when the event is gone'
        : trigger?.kind === 'hold'
          ? 'a hold fires when its time has come, not at an event; what an event carries may be personal and is gone'
          : `only ${SESSION_STATUS_EVENT} events have a transition`);
  return notAvailable(root, why, readable);
}

function notAvailable(name: string, why: string, readable: readonly string[]): FindingText {
  const remedy = `Known here: ${[...readable, 'results'].join(', ')}.`;
  return { code: 'not-available', message: `"${name}" is not there: ${why}`, remedy };
}
