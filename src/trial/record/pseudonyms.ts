import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { BLANK } from '../../domain/personal.ts';

/**
 * Made-up ids in place of real ones, the same one for the same id wherever it stands. What the rules name is kept, since
 * they would not match otherwise; of other texts only what is a word of a vocabulary (`ON_HOLD`) is.
 */
export interface Pseudonyms {
  /** The made-up id of a real one; `key` is the field in which it stands, which says what it is of. */
  of(key: string, id: string): string;
  payload(payload: JsonObject): JsonObject;
  /** What was kept because a rule names it. */
  kept(): string[];
}

/** As ingress/zoho-desk/desk-event.ts knows ids. */
const ID_KEY = /^id$|(?:Id|ID|Ids|_ID)$/;
const VOCABULARY = /^[A-Z][A-Z0-9_]{0,59}$/;
/** Longer ones are ids, telephone numbers or times. */
const MAX_DIGITS = 6;

const KINDS: readonly [key: RegExp, prefix: string][] = [
  [/session/i, 's'],
  [/channel/i, 'c'],
  [/assignee|agent|actor/i, 'a'],
  [/contact|customer/i, 'k'],
  [/ticket/i, 't'],
  [/department/i, 'd'],
  [/^id$/, 'm'],
];

/** @param ruleTexts the files of the rules: ids that stand in them are kept */
export function createPseudonyms(ruleTexts: readonly string[]): Pseudonyms {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const kept = new Set<string>();
  const named = new Set(
    ruleTexts.flatMap((text) => text.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((text) => text.slice(1, -1)),
  );

  function of(key: string, id: string): string {
    if (named.has(id)) {
      kept.add(id);
      return id;
    }
    const known = names.get(id);
    if (known !== undefined) return known;
    const prefix = KINDS.find(([pattern]) => pattern.test(key))?.[1] ?? 'x';
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    names.set(id, `${prefix}${count}`);
    return `${prefix}${count}`;
  }

  /** @param parent of an object's own `id`, which is named after it */
  function toValue(key: string, value: Json, parent: string): Json {
    if (Array.isArray(value)) return value.map((one) => toValue(key, one, parent));
    if (isJsonObject(value)) return toObject(value, key);
    if (typeof value === 'string') return value === '' || value === BLANK ? value : toText(key, value, parent);
    return typeof value === 'number' && String(Math.trunc(Math.abs(value))).length > MAX_DIGITS ? 0 : value;
  }

  function toText(key: string, value: string, parent: string): string {
    if (ID_KEY.test(key)) return of(key === 'id' && parent !== '' ? parent : key, value);
    if (named.has(value) || VOCABULARY.test(value)) return value;
    return /^\d+$/.test(value) && value.length <= MAX_DIGITS ? value : of('x', value);
  }

  function toObject(value: JsonObject, parent: string): JsonObject {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toValue(key, child, parent)]));
  }

  return { of, payload: (payload) => toObject(payload, ''), kept: () => [...kept].sort() };
}
