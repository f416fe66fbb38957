import { formatDuration, parseDuration } from '../domain/duration.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { SESSION_STATUSES } from '../domain/vocabulary.ts';
import type { JsonPath } from '../engine/load/json-source.ts';

/**
 * Small changes of a rule, one at a time: another operator, another threshold, another status, a condition or an action
 * left out. A change that no test notices is something that the tests do not hold.
 */
export interface Mutant {
  /** Where the change is, in the rule's file. */
  path: JsonPath;
  /** What was changed, such as `"equal" → "notEqual"`. */
  what: string;
  rule: JsonObject;
}

export function makeMutants(rule: JsonObject): Mutant[] {
  return [
    ...(rule.conditions === undefined ? [] : mutateCondition(rule, ['conditions'], rule.conditions)),
    ...mutateDuration(rule, ['for']),
    ...mutateDuration(rule, ['keepFor']),
    ...mutateDuration(rule, ['repeat', 'every']),
    ...mutateNumber(rule, ['repeat', 'times']),
    ...mutateNumber(rule, ['limit', 'count']),
    ...mutateDuration(rule, ['limit', 'within']),
    ...['episodeBy', 'keepFor', 'repeat', 'limit', 'during', 'exclusive', 'inhibitedBy'].flatMap((key) =>
      leaveOut(rule, [key]),
    ),
    ...mutateActions(rule, ['actions']),
    ...mutateActions(rule, ['onResolve']),
    ...mutateSteps(rule),
  ];
}

/** What each operator becomes. */
const OTHER_OPERATORS: Readonly<Record<string, string>> = {
  equal: 'notEqual',
  notEqual: 'equal',
  in: 'notIn',
  notIn: 'in',
  contains: 'doesNotContain',
  doesNotContain: 'contains',
  lessThan: 'lessThanInclusive',
  lessThanInclusive: 'lessThan',
  greaterThan: 'greaterThanInclusive',
  greaterThanInclusive: 'greaterThan',
  olderThan: 'newerThan',
  newerThan: 'olderThan',
  changedFrom: 'changedTo',
  changedTo: 'changedFrom',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};

function mutateCondition(rule: JsonObject, path: JsonPath, condition: Json): Mutant[] {
  if (!isJsonObject(condition)) return [];
  for (const group of ['all', 'any'] as const) {
    const members = condition[group];
    if (!Array.isArray(members)) continue;
    const other = group === 'all' ? 'any' : 'all';
    const { [group]: _, ...rest } = condition;
    return [
      ...(members.length < 2 ? [] : [change(rule, path, { ...rest, [other]: members }, `"${group}" → "${other}"`)]),
      ...(members.length < 2 ? [] : members.flatMap((__, index) => leaveOut(rule, [...path, group, index]))),
      ...members.flatMap((member, index) => mutateCondition(rule, [...path, group, index], member)),
    ];
  }
  if (condition.not !== undefined) {
    return [
      change(rule, path, condition.not, '"not" left out'),
      ...mutateCondition(rule, [...path, 'not'], condition.not),
    ];
  }
  if (typeof condition.operator !== 'string') return [];
  const operator = OTHER_OPERATORS[condition.operator];
  return [
    ...(operator === undefined
      ? []
      : [change(rule, [...path, 'operator'], operator, `"${condition.operator}" → "${operator}"`)]),
    ...mutateValue(rule, [...path, 'value'], condition.value),
  ];
}

function mutateValue(rule: JsonObject, path: JsonPath, value: Json | undefined): Mutant[] {
  if (typeof value === 'boolean') return [change(rule, path, !value, `${value} → ${!value}`)];
  if (typeof value === 'number') return mutateNumber(rule, path);
  if (Array.isArray(value)) {
    return value.length < 2 ? [] : value.flatMap((_, index) => leaveOut(rule, [...path, index]));
  }
  if (typeof value !== 'string') return [];
  if (parseDuration(value) !== undefined) return mutateDuration(rule, path);
  const statuses: readonly string[] = SESSION_STATUSES;
  const place = statuses.indexOf(value);
  const other = place === -1 ? undefined : statuses[(place + 1) % statuses.length];
  return other === undefined ? [] : [change(rule, path, other, `"${value}" → "${other}"`)];
}

/** A tenth shorter and a tenth longer, by a second at least. */
function mutateDuration(rule: JsonObject, path: JsonPath): Mutant[] {
  const written = valueAt(rule, path);
  const ms = typeof written === 'string' ? parseDuration(written) : undefined;
  if (ms === undefined) return [];
  const tenth = Math.max(1_000, Math.round(ms / 10_000) * 1_000);
  return [ms - tenth, ms + tenth].flatMap((other) => {
    if (other <= 0) return [];
    const text = formatExactly(other);
    return [change(rule, path, text, `"${written}" → "${text}"`)];
  });
}

/** As `formatDuration`, of whole seconds and without rounding: `15m1s`. */
function formatExactly(ms: number): string {
  const short = formatDuration(ms).replaceAll(' ', '');
  return parseDuration(short) === ms ? short : `${ms / 1_000}s`;
}

function mutateNumber(rule: JsonObject, path: JsonPath): Mutant[] {
  const value = valueAt(rule, path);
  if (typeof value !== 'number') return [];
  return [value - 1, value + 1].map((other) => change(rule, path, other, `${value} → ${other}`));
}

function mutateActions(rule: JsonObject, path: JsonPath): Mutant[] {
  const list = valueAt(rule, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((action, index) => {
    const own = [...path, index];
    const without =
      list.length < 2
        ? path.length === 1 && path[0] === 'onResolve'
          ? leaveOut(rule, path)
          : []
        : leaveOut(rule, own);
    const failures = isJsonObject(action) ? mutateActions(rule, [...own, 'onFailure']) : [];
    return [...without, ...leaveOut(rule, [...own, 'needs']), ...failures];
  });
}

function mutateSteps(rule: JsonObject): Mutant[] {
  const { steps } = rule;
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((_, index) => [
    ...(steps.length < 2 ? leaveOut(rule, ['steps']) : leaveOut(rule, ['steps', index])),
    ...mutateDuration(rule, ['steps', index, 'after']),
    ...mutateActions(rule, ['steps', index, 'actions']),
  ]);
}

function leaveOut(rule: JsonObject, path: JsonPath): Mutant[] {
  const written = valueAt(rule, path);
  if (written === undefined) return [];
  const last = path.at(-1);
  const name = typeof last === 'string' ? `"${last}"` : describe(written);
  return [change(rule, path, undefined, `${name} left out`)];
}

function describe(value: Json): string {
  if (!isJsonObject(value)) return JSON.stringify(value);
  if (typeof value.type === 'string') return value.type;
  if (typeof value.fact !== 'string') return JSON.stringify(value).slice(0, 60);
  return `${value.fact} ${String(value.path ?? '')} ${String(value.operator ?? '')}`;
}

function change(rule: JsonObject, path: JsonPath, value: Json | undefined, what: string): Mutant {
  return { path, what, rule: replaceAt(rule, path, value) as JsonObject };
}

function valueAt(value: Json, path: JsonPath): Json | undefined {
  let present: Json | undefined = value;
  for (const part of path) {
    if (typeof part === 'number') present = Array.isArray(present) ? present[part] : undefined;
    else present = isJsonObject(present) ? present[part] : undefined;
  }
  return present;
}

/** A copy with another value at a path; undefined removes what is there. */
function replaceAt(whole: Json, [first, ...rest]: JsonPath, value: Json | undefined): Json {
  if (first === undefined) return value ?? null;
  if (typeof first === 'number') {
    const list = Array.isArray(whole) ? whole : [];
    if (rest.length === 0 && value === undefined) return list.filter((_, index) => index !== first);
    return list.map((item, index) => (index === first ? replaceAt(item, rest, value) : item));
  }
  const object = isJsonObject(whole) ? whole : {};
  if (rest.length > 0) return { ...object, [first]: replaceAt(object[first] ?? null, rest, value) };
  const { [first]: _, ...others } = object;
  return value === undefined ? others : { ...object, [first]: value };
}
