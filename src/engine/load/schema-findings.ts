import * as z from 'zod';
import { ACTION_TYPES } from '../../domain/action.ts';
import { findNearest, suggestion } from '../../domain/did-you-mean.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { CONDITION_KEYS } from '../../domain/rule-file.ts';
import type { Finding, FindingText } from './fault.ts';
import type { JsonPath } from './json-source.ts';
import { branchOf, childOf, keysOf, type SchemaPlace, schemaAt } from './schema-walk.ts';

/**
 * From zod's issues to faults that people can act on. zod says of a union only that no branch fits; here the branch that
 * the author meant is picked (see schema-walk.ts) and its own issues are told. Paths lead into `value`.
 */
export function schemaFindings(schema: z.core.$ZodType, value: Json, issues: readonly z.core.$ZodIssue[]): Finding[] {
  return withoutRenamed(issues.flatMap((issue) => toFindings(schema, value, issue, [])));
}

/** A key that is misspelt is not missing as well: where the one is told, the other is left out. */
function withoutRenamed(findings: readonly Finding[]): Finding[] {
  const places = (code: string) =>
    findings.flatMap((finding) =>
      finding.code === code ? [{ key: String(finding.path.at(-1)), owner: ownerOf(finding) }] : [],
    );
  const missing = places('missing-key');
  const renamed = places('unknown-key').map(({ key, owner }) => {
    const here = missing.flatMap((place) => (place.owner === owner ? [place.key] : []));
    return `${owner} ${findNearest(key, here)}`;
  });
  return findings.filter(
    (finding) => finding.code !== 'missing-key' || !renamed.includes(`${ownerOf(finding)} ${finding.path.at(-1)}`),
  );
}

function ownerOf({ path }: Finding): string {
  return JSON.stringify(path.slice(0, -1));
}

function toFindings(schema: z.core.$ZodType, file: Json, issue: z.core.$ZodIssue, prefix: JsonPath): Finding[] {
  const path = [...prefix, ...toJsonPath(issue.path)];
  const value = path.reduce<Json | undefined>(childOf, file);
  const place = schemaAt(schema, path, file);
  if (issue.code === 'unrecognized_keys') {
    const roots = isCondition(place) ? conditionKeysOf(value) : [];
    if (roots.length > 1) return [twoRoots(path, roots)];
    const known = keysOf(place);
    return issue.keys.map((key) => ({ path: [...path, key], on: 'key', ...unknownKey(key, known) }));
  }
  if (value === undefined) return [{ path, ...missingKey(path, place) }];
  if (issue.code === 'invalid_union' && issue.discriminator === undefined) {
    const index = place.options === undefined ? undefined : branchOf(place.options, value);
    const chosen = index === undefined ? undefined : issue.errors[index];
    if (chosen !== undefined) return chosen.flatMap((inner) => toFindings(schema, file, inner, path));
  }
  const on = issue.code === 'invalid_key' ? 'key' : 'value';
  return [{ path, on, ...describe(issue, path, value, place) }];
}

function describe(issue: z.core.$ZodIssue, path: JsonPath, value: Json, place: SchemaPlace): FindingText {
  const remedy = remedyOf(place);
  switch (issue.code) {
    case 'invalid_type':
      return wrong('wrong-type', path, `must be ${kindName(issue.expected)}, not ${kindOf(value)}`, remedy);
    case 'invalid_union':
      return issue.discriminator === undefined ? noBranch(issue, path, value, place) : unknownAction(value);
    case 'invalid_value': {
      const known = issue.values.map(String);
      const message = `${shown(value)} is not one of ${known.join(', ')}`;
      const near = findNearest(String(value), known) !== undefined;
      return { code: 'bad-value', message, remedy: near ? suggestion(String(value), known) : remedy };
    }
    case 'too_small':
      return wrong('too-small', path, `must ${bound(issue.origin, issue.minimum, 'least')}`, remedy);
    case 'too_big':
      return wrong('too-big', path, `must ${bound(issue.origin, issue.maximum, 'most')}`, remedy);
    case 'invalid_format': {
      const what = issue.format === 'url' ? 'is no address such as https://example.org/runbook' : issue.message;
      const duration = issue.message.includes('duration');
      const form = 'Write whole numbers with d, h, m, s, the largest unit first, without blanks.';
      return { code: 'bad-value', message: `${shown(value)} ${what}`, remedy: duration ? form : remedy };
    }
    case 'invalid_key': {
      const what = issue.issues[0]?.message ?? issue.message;
      return { code: 'bad-key', message: `${shown(String(path.at(-1)))} ${what}`, remedy };
    }
    default:
      return wrong('bad-value', path, issue.message, remedy);
  }
}

/** No branch of a union fits, and the value does not say which one is meant. */
function noBranch(issue: z.core.$ZodIssueInvalidUnion, path: JsonPath, value: Json, place: SchemaPlace): FindingText {
  if (isCondition(place)) {
    return {
      code: 'bad-condition',
      message: `a condition has one of ${CONDITION_KEYS.join(', ')}`,
      remedy: conditionRemedy(isJsonObject(value) ? Object.keys(value) : []),
    };
  }
  const kinds = issue.errors.flat().flatMap((inner) => ('expected' in inner ? [kindName(inner.expected)] : []));
  const expected = [...new Set(kinds)].join(', ');
  return wrong('wrong-type', path, `must be one of ${expected}; this is ${kindOf(value)}`, remedyOf(place));
}

function conditionRemedy(written: readonly string[]): string {
  for (const key of written) {
    const nearest = findNearest(key, CONDITION_KEYS);
    if (nearest !== undefined) return `Did you mean "${nearest}" instead of "${key}"?`;
  }
  return 'Write it like { "fact": "session", "path": "$.status", "operator": "equal", "value": "OPEN" }.';
}

function unknownAction(value: Json): FindingText {
  const message = `there is no action ${shown(value)}`;
  return { code: 'unknown-action', message, remedy: suggestion(String(value), ACTION_TYPES) };
}

function unknownKey(key: string, known: readonly string[]): FindingText {
  const remedy = suggestion(key, known, 20) || 'Remove it.';
  return { code: 'unknown-key', message: `unknown key "${key}"`, remedy };
}

function isCondition({ options }: SchemaPlace): boolean {
  return options?.some((option) => option instanceof z.ZodObject && 'all' in option.shape) ?? false;
}

/** Those keys of a value that tell what kind of condition it is, in the order of the file. */
function conditionKeysOf(value: Json | undefined): string[] {
  const kinds: readonly string[] = CONDITION_KEYS;
  return isJsonObject(value) ? Object.keys(value).filter((key) => kinds.includes(key)) : [];
}

function twoRoots(path: JsonPath, [first = '', second = '']: readonly string[]): Finding {
  return {
    path: [...path, second],
    on: 'key',
    code: 'two-roots',
    message: `"${second}" stands beside "${first}": only one of them would be judged`,
    remedy: 'Put one inside the other: { "all": [ …, { "any": [ … ] } ] }.',
  };
}

function missingKey(path: JsonPath, place: SchemaPlace): FindingText {
  const key = path.at(-1) ?? 'value';
  const remedy = key === 'type' ? `Known: ${ACTION_TYPES.join(', ')}.` : remedyOf(place);
  return { code: 'missing-key', message: `"${key}" is missing`, remedy };
}

function remedyOf({ description }: SchemaPlace): string {
  return description === undefined ? 'See docs/rules.md.' : `What it is: ${description}.`;
}

function wrong(code: string, path: JsonPath, what: string, remedy: string): FindingText {
  const key = path.findLast((segment) => typeof segment === 'string');
  const inList = typeof path.at(-1) === 'number';
  const subject = path.length === 0 ? 'the file' : inList ? `an entry of "${key}"` : `"${key}"`;
  return { code, message: `${subject} ${what}`, remedy };
}

function bound(origin: string, limit: number | bigint, which: 'least' | 'most'): string {
  if (which === 'least' && limit === 1 && (origin === 'array' || origin === 'string')) return 'not be empty';
  const unit = { array: ' entries', string: ' characters' }[origin];
  return unit === undefined ? `be at ${which} ${limit}` : `have at ${which} ${limit}${unit}`;
}

const KIND_NAMES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function kindName(expected: string): string {
  return KIND_NAMES[expected] ?? expected;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : kindName(typeof value);
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** Guarantee: the values come from JSON, so no key is a symbol. */
function toJsonPath(path: readonly PropertyKey[]): JsonPath {
  return path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
}
