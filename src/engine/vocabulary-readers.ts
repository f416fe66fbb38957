import type { Rule } from '../domain/rule.ts';
import { FIELD_VOCABULARY } from '../domain/vocabulary.ts';
import { findField } from './catalogue/find-field.ts';
import { pathParts } from './facts.ts';
import { allLeaves, type NamedConditions } from './load/condition-tree.ts';

/**
 * Which rules read what Zoho may have added to: by vocabulary for values, by `<event type>.<path>` for fields of events,
 * by type for types of events. For the people who are told of something new.
 */
export type VocabularyReaders = ReadonlyMap<string, readonly Rule[]>;

/** Of the rules that are not off. */
export function compileReaders(rules: readonly Rule[], named: NamedConditions): VocabularyReaders {
  const readers = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const key of new Set(keysOf(rule, named))) readers.set(key, [...(readers.get(key) ?? []), rule]);
  }
  return readers;
}

function keysOf(rule: Rule, named: NamedConditions): string[] {
  const types = rule.trigger.kind === 'event' ? rule.trigger.on : [];
  const keys = types.map((type) => typeKey(type));
  for (const { fact, path = '' } of allLeaves(rule.conditions, named)) {
    const parts = pathParts(path);
    const lookup = findField(fact, parts, types.length === 0 ? undefined : types);
    if (lookup.kind === 'field' && lookup.field.speaks !== undefined) keys.push(lookup.field.speaks);
    if (fact === 'transition' && parts.length === 0) keys.push('session.status');
    if (fact === 'event') for (const type of types) keys.push(fieldKey(`${type}.${parts.join('.')}`));
  }
  return keys;
}

const typeKey = (type: string) => `event.type/${type}`;
const fieldKey = (name: string) => `${FIELD_VOCABULARY}/${name}`;

/** The rules whose judging depends on this vocabulary, type of event or field of an event. */
export function readersOf(readers: VocabularyReaders, field: string, value: string): readonly Rule[] {
  if (field === FIELD_VOCABULARY) return readers.get(fieldKey(value)) ?? [];
  const byName = readers.get(field) ?? [];
  return field === 'event.type' ? [...new Set([...byName, ...(readers.get(typeKey(value)) ?? [])])] : byName;
}
