import type { DeskEvent } from '../domain/event.ts';
import { isAbsent, isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { isPersonalPath } from '../domain/personal.ts';
import { FIELD_VOCABULARY, isShippedValue, type VocabularyName } from '../domain/vocabulary.ts';
import { EVENT_FIELDS } from './catalogue/event-fields.ts';
import type { FactField } from './catalogue/field.ts';

/**
 * What an event says that Zoho was not known to say: a type, a value of one of its vocabularies, a field. It is looked
 * for in every event, so an ordinary one costs some look-ups in sets and makes nothing.
 */
export interface Sighting {
  /** A vocabulary, or `event.field`. */
  field: string;
  value: string;
}

/** Longest value of an entry; what an event says may be of any length. */
export const MAX_SIGHTED_LENGTH = 200;
/** Unknown things of one event that are looked at: one with thousands of fields is no news for each of them. */
const MOST_OF_ONE_EVENT = 20;

/** In the order in which they stand in the event; each once, at most twenty. */
export function sightVocabulary(event: DeskEvent): readonly Sighting[] {
  let found: Sighting[] | undefined;
  const add = (field: string, value: string) => {
    found ??= [];
    if (found.length < MOST_OF_ONE_EVENT && !found.some((one) => one.field === field && one.value === value)) {
      found.push({ field, value });
    }
  };
  if (!isShippedValue('event.type', event.type)) add('event.type', cut(event.type));
  const fields = Object.hasOwn(EVENT_FIELDS, event.type) ? EVENT_FIELDS[event.type] : undefined;
  if (fields !== undefined) look(event.payload, fields, event.type, add);
  return found ?? NOTHING;
}

const NOTHING: readonly Sighting[] = [];

function look(
  payload: JsonObject,
  fields: Record<string, FactField>,
  place: string,
  add: (field: string, value: string) => void,
): void {
  for (const name in payload) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const value = payload[name];
    if (field === undefined) add(FIELD_VOCABULARY, cut(`${place}.${name}`));
    else if (field.fields !== undefined && isJsonObject(value)) look(value, field.fields, `${place}.${name}`, add);
    else if (field.speaks !== undefined) judge(field.speaks, value, add);
  }
}

function judge(vocabulary: VocabularyName, value: Json | undefined, add: (field: string, value: string) => void): void {
  if (isAbsent(value) || typeof value === 'object') return;
  const text = typeof value === 'string' ? value : String(value);
  if (!isShippedValue(vocabulary, text)) add(vocabulary, cut(text));
}

function cut(text: string): string {
  return text.length <= MAX_SIGHTED_LENGTH ? text : `${text.slice(0, MAX_SIGHTED_LENGTH - 1).toWellFormed()}…`;
}

const MOST_SHOWN = 40;

/**
 * The event for people who wonder about it, without personal data: what is known field by field is shown, of everything
 * else the kind and the size, since nobody knows what an unknown field holds.
 */
export function sampleOf({ type, source, at, sessionId, payload }: DeskEvent): JsonObject {
  const fields = Object.hasOwn(EVENT_FIELDS, type) ? EVENT_FIELDS[type] : undefined;
  return {
    type,
    source,
    at: new Date(at).toISOString(),
    ...(sessionId === undefined ? {} : { sessionId }),
    payload: sampleObject(payload, fields ?? {}),
  };
}

function sampleObject(value: JsonObject, fields: Record<string, FactField>): JsonObject {
  const names = Object.keys(value).slice(0, MOST_SHOWN);
  return Object.fromEntries(
    names.map((name) => [
      cut(name),
      sampleField(value[name] ?? null, name, Object.hasOwn(fields, name) ? fields[name] : undefined),
    ]),
  );
}

function sampleField(value: Json, name: string, field: FactField | undefined): Json {
  if (isAbsent(value)) return value;
  if (field?.fields !== undefined && isJsonObject(value)) return sampleObject(value, field.fields);
  const isShown = field !== undefined && field.personal !== true && !isPersonalPath(name) && typeof value !== 'object';
  if (!isShown) return describeShape(value);
  return typeof value === 'string' ? cut(value) : value;
}

/** `[text of 12 characters]`: what a value is, and never what it says. */
function describeShape(value: Json): string {
  if (typeof value === 'string') return `[text of ${value.length} characters]`;
  if (Array.isArray(value)) return `[list of ${value.length}]`;
  if (isJsonObject(value)) return `[object of ${Object.keys(value).length} fields]`;
  return `[${value === null ? 'null' : typeof value}]`;
}
