import { type DeskEvent, MAX_AHEAD_MS, MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { sha256Hex } from '../../domain/hash.ts';
import { canonicalJson, isAbsent, isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

/**
 * From Zoho's envelope `{ payload, eventTime, eventType, orgId, prevState? }` to our event. By Zoho's page every value
 * is a string; numbers are taken too. Unknown fields, types and enum values are kept: the vocabulary is open.
 */
export const SOURCE = 'zoho-desk';

/** The portal that the request proved to come from, and when it came (epoch ms). */
export interface Receipt {
  orgId: string;
  receivedAt: number;
  /** How late it can be by the source's clock, where ours is known to be behind: its times are believed up to then. */
  latestSourceTime?: number;
}

export type Reading = { ok: true; event: DeskEvent } | { ok: false; reason: string };

const MAX_TYPE_LENGTH = 100;
/** Ids and enum values end up in index entries, of which PostgreSQL refuses those beyond 2,700 bytes. */
const MAX_VALUE_LENGTH = 200;
/** What a column of type integer holds. */
const MAX_COUNT = 2_147_483_647;

/** The short fields of the instant-messaging payloads. */
const SHORT_FIELDS = [
  'id',
  'sessionId',
  'channelId',
  'currentAssigneeId',
  'assigneeType',
  'sessionStatus',
  'sessionOldStatus',
  'replyStatus',
  'messageType',
  'integration',
  'direction',
  'status',
] as const;

/** Reads one envelope, which `toStorable` has made. */
export function toDeskEvent(envelope: JsonObject, receipt: Receipt): Reading {
  const type = toText(envelope.eventType);
  if (type === undefined) return missing('eventType');
  if (type.length > MAX_TYPE_LENGTH) return refuse(`eventType is longer than ${MAX_TYPE_LENGTH} characters`);
  if (isAbsent(envelope.eventTime)) return missing('eventTime');
  const eventTime = parseTime(envelope.eventTime);
  if (eventTime === undefined) return refuse('eventTime is not a time in epoch milliseconds');
  const orgId = toText(envelope.orgId);
  if (orgId === undefined) return missing('orgId');
  if (orgId !== receipt.orgId) return refuse('orgId is not the portal that signed the request');
  if (isAbsent(envelope.payload)) return missing('payload');
  if (!isJsonObject(envelope.payload)) return refuse('payload is not an object');

  const payload = normalise(envelope.payload);
  const tooLong = SHORT_FIELDS.find((field) => isLong(payload[field]));
  if (tooLong !== undefined) return refuse(`payload.${tooLong} is longer than ${MAX_VALUE_LENGTH} characters`);
  const sessionId = type.startsWith('IM_') ? toText(payload.sessionId) : undefined;
  if (sessionId === undefined && changesSession(type)) return missing('payload.sessionId');

  const latest = Math.max(receipt.receivedAt, receipt.latestSourceTime ?? 0) + MAX_AHEAD_MS;
  const event: DeskEvent = {
    orgId,
    source: SOURCE,
    type,
    key: toKey(type, eventTime, payload),
    subject: sessionId ?? toSubject(type, payload),
    at: eventTime > latest ? receipt.receivedAt : eventTime,
    receivedAt: receipt.receivedAt,
    payload,
  };
  if (sessionId !== undefined) event.sessionId = sessionId;
  if (isJsonObject(envelope.prevState)) event.previous = normalise(envelope.prevState);
  return { ok: true, event };
}

const refuse = (reason: string) => ({ ok: false, reason }) as const;
const missing = (field: string) => refuse(`${field} is missing`);
const isLong = (value: Json | undefined) => typeof value === 'string' && value.length > MAX_VALUE_LENGTH;

function changesSession(type: string): boolean {
  return type === SESSION_STATUS_EVENT || type === MESSAGE_ADD_EVENT;
}

/**
 * What deduplicates an event: Zoho sends no id of events or deliveries. A message has its own id; anything else is the
 * same when type, stated time and content are. Taken before the time is corrected, else each repeat would be new.
 */
function toKey(type: string, eventTime: number, payload: JsonObject): string {
  const messageId = type === MESSAGE_ADD_EVENT ? toText(payload.id) : undefined;
  return sha256Hex(messageId === undefined ? canonicalJson([type, eventTime, payload]) : `${type}:${messageId}`);
}

/** `Ticket:3113…` for `Ticket_Update`; the type alone when the payload names no object. */
function toSubject(type: string, payload: JsonObject): string {
  const id = toText(payload.id);
  return id === undefined ? type : `${type.replace(/_[^_]*$/, '')}:${id}`;
}

/** Ids and enum values: a text, or a number as its digits. */
function toText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const EPOCH_MS = /^\d{1,15}$/;
/** With its offset: a time without one means another instant on each machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** Epoch ms of a time as Zoho's pages show it (a text of digits), as a number, or in ISO 8601. Never negative. */
function parseTime(value: Json): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  if (EPOCH_MS.test(text)) return Number(text);
  const ms = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return ms >= 0 ? ms : undefined;
}

/**
 * Ids as strings at any depth, `messagesCount` as a number (as a string when it is none that a column could hold);
 * everything else as it came.
 */
function normalise(payload: JsonObject): JsonObject {
  const copy = withTextIds(payload);
  const { messagesCount } = copy;
  if (typeof messagesCount === 'string' || typeof messagesCount === 'number') {
    const text = String(messagesCount);
    copy.messagesCount = /^\d{1,10}$/.test(text) && Number(text) <= MAX_COUNT ? Number(text) : text;
  }
  return copy;
}

const ID_KEY = /^id$|(?:Id|ID|Ids)$/;

function withTextIds(value: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) copy[key] = ID_KEY.test(key) ? toTextId(child) : descend(child);
  return copy;
}

function descend(value: Json): Json {
  if (Array.isArray(value)) return value.map(descend);
  return isJsonObject(value) ? withTextIds(value) : value;
}

function toTextId(value: Json): Json {
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) ? value.map(toTextId) : descend(value);
}
