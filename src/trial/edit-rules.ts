import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { parseJsonSource } from '../engine/load/json-source.ts';

/**
 * A rules folder with some of its rules edited: keys replaced, keys left out (null), rules removed (null).
 * @param files name within the folder → text
 */
export function editRules(
  files: ReadonlyMap<string, string>,
  edits: Readonly<Record<string, JsonObject | null>>,
): Map<string, string> {
  const edited = new Map(files);
  for (const [id, edit] of Object.entries(edits)) {
    const name = `${id}.rule.json`;
    if (edit === null) edited.delete(name);
    else edited.set(name, JSON.stringify(merge(readObject(name, files.get(name) ?? '{}'), edit)));
  }
  return edited;
}

const CALENDARS = 'calendars.json';

/** The same folder with some of its calendars given, in place of those that have their names. */
export function withCalendars(files: ReadonlyMap<string, string>, calendars: JsonObject): Map<string, string> {
  const merged = { ...readObject(CALENDARS, files.get(CALENDARS) ?? '{}'), ...calendars };
  return new Map([...files, [CALENDARS, JSON.stringify(merged)]]);
}

function readObject(name: string, text: string): JsonObject {
  const parsed = parseJsonSource(name, text);
  return parsed.ok && isJsonObject(parsed.source.value) ? parsed.source.value : {};
}

function merge(rule: JsonObject, edit: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...rule, ...edit }).filter(([, value]) => value !== null));
}
