import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * Personal data: what was said and who said it. These fields serve the rules while an event is processed and are
 * blanked in the transaction that processes it, unless STORE_PERSONAL_DATA is true. Matched by key name at any depth,
 * since other modules' payloads (tickets, contacts) are not known field by field.
 */
const PERSONAL_KEYS = new Set([
  'text',
  'displayMessage',
  'message',
  'content',
  'summary',
  'description',
  'subject',
  'name',
  'contactName',
  'firstName',
  'lastName',
  'nickName',
  'fullName',
  'externalId',
  'email',
  'secondaryEmail',
  'phone',
  'mobile',
  'photoURL',
  'photoUrl',
  'fromEmailAddress',
  'to',
  'cc',
  'bcc',
  'from',
  'replyTo',
  'address',
  'street',
  'city',
  'zip',
  'twitter',
  'facebook',
]);

/** What stands where a personal value stood. */
export const BLANK = '[blanked]';

/** Whether a path into the event's own fields (`actor.name`, `$.text`) leads to a personal value or into one. */
export function isPersonalPath(path: string): boolean {
  return path.split(/[.[\]'"$]+/).some((key) => PERSONAL_KEYS.has(key));
}

/** A copy of a payload without its personal values; absent values stay absent. */
export function blankPersonal(value: JsonObject): JsonObject {
  return blankObject(value);
}

function blankObject(value: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value))
    copy[key] = PERSONAL_KEYS.has(key) ? blankLeaf(child) : blank(child);
  return copy;
}

function blank(value: Json): Json {
  if (Array.isArray(value)) return value.map(blank);
  return isJsonObject(value) ? blankObject(value) : value;
}

function blankLeaf(value: Json): Json {
  return value === null || value === '' ? value : BLANK;
}
