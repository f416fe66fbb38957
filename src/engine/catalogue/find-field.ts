import { isPersonalPath } from '../../domain/personal.ts';
import { EVENT_FIELDS } from './event-fields.ts';
import { FACTS, type FactName, findFact } from './facts.ts';
import type { FactField } from './field.ts';

/**
 * What a path into a fact leads to. `open`: a field that is not listed, in a fact that takes any; `known` are the
 * listed names at that place, for a suggestion. `unknown`: nothing that could be there.
 */
export type FieldLookup =
  | { kind: 'field'; field: FactField; optional: boolean; personal: boolean }
  | { kind: 'open'; known: string[]; name: string; personal: boolean }
  | { kind: 'unknown'; known: string[]; name: string };

/**
 * Follows `segments` into the fact. `eventTypes` are the types that the rule is for, which decide the fields of
 * `event`; leave it out where they are not known.
 */
export function findField(fact: string, segments: readonly string[], eventTypes?: readonly string[]): FieldLookup {
  const definition = findFact(fact);
  if (definition === undefined) return { kind: 'unknown', known: Object.keys(FACTS), name: fact };
  let field: FactField = {
    kind: 'object',
    about: definition.about,
    optional: false,
    fields: fieldsOf(fact, eventTypes),
  };
  let optional = false;
  let personal = false;
  for (const name of segments) {
    const known = Object.keys(field.fields ?? {});
    const next = childOf(field, name);
    if (next === undefined) {
      if (!definition.open || isScalar(field)) return { kind: 'unknown', known, name };
      return { kind: 'open', known, name, personal: fact === 'event' && isPersonalPath(segments.join('.')) };
    }
    optional ||= next.optional;
    personal ||= next.personal === true;
    field = next;
  }
  return { kind: 'field', field, optional, personal };
}

/** The listed fields of a fact, those of `event` by the types of event. */
export function fieldsOf(fact: string, eventTypes?: readonly string[]): Record<string, FactField> {
  const fields = findFact(fact)?.fields ?? {};
  if (fact !== 'event') return fields;
  const types = eventTypes ?? Object.keys(EVENT_FIELDS);
  return Object.assign({}, ...types.map((type) => EVENT_FIELDS[type] ?? {}), fields);
}

/** Every listed path of a fact, dotted, with its field: for completion and documentation. */
export function listPaths(fact: FactName): [path: string, field: FactField][] {
  const visit = (fields: Record<string, FactField>, prefix: string): [string, FactField][] =>
    Object.entries(fields).flatMap(([name, field]) => [
      [`${prefix}${name}`, field] as [string, FactField],
      ...visit(field.fields ?? {}, `${prefix}${name}.`),
    ]);
  return visit(fieldsOf(fact), '');
}

function childOf(field: FactField, name: string): FactField | undefined {
  if (field.kind === 'map') return field.entries;
  return field.fields !== undefined && Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
}

function isScalar(field: FactField): boolean {
  return field.kind !== 'object' && field.kind !== 'map' && field.kind !== 'any';
}
