import { getDuration, parseDuration } from '../../domain/duration.ts';
import type { DeskEvent } from '../../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { parseJsonText, toStorable } from '../../domain/json-text.ts';
import { toDeskEvent } from '../../ingress/zoho-desk/desk-event.ts';

/**
 * One line of a recorded or hand-written day: an event in Zoho Desk's envelope (`payload`, `eventTime`, `eventType`,
 * `orgId`), an array of them, or an event as tests write it (`type`, `at` or `time`, and the fields of its payload).
 */
export type LineItem = { ok: true; event: DeskEvent } | { ok: false; reason: string };

export const DAY_ORG_ID = 'trial';
/** As much as one request of Zoho Desk may carry, in characters. */
export const MAX_LINE_LENGTH = 1_048_576;
const MAX_ITEMS = 5_000;
/** The time of receipt is not recorded, and set when the event's turn comes: until then no time lies too far ahead. */
const ANY_TIME = { orgId: DAY_ORG_ID, receivedAt: Number.MAX_SAFE_INTEGER };

/** @param start what `at` counts from, epoch ms */
export function readLine(text: string, start: number): LineItem[] {
  if (text.length > MAX_LINE_LENGTH) return [refuse('it is longer than 1 MiB')];
  const parsed = parseJsonText(text);
  if (parsed === undefined) return [refuse('it is not JSON')];
  const items: readonly unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  if (items.length > MAX_ITEMS) return [refuse(`it has more than ${MAX_ITEMS} events`)];
  return items.map((item) => readItem(item, start));
}

function readItem(item: unknown, start: number): LineItem {
  if (!isJsonObject(item)) return refuse('it is neither an event nor an array of events');
  const storable = toStorable(item);
  if (!isJsonObject(storable)) return refuse('it is nested too deep');
  const envelope = 'eventType' in storable || 'payload' in storable ? storable : toEnvelope(storable, start);
  if (typeof envelope === 'string') return refuse(envelope);
  return toDeskEvent({ ...envelope, orgId: DAY_ORG_ID }, ANY_TIME);
}

/** @returns what is wrong with it, when it is no event as tests write it */
function toEnvelope({ type, at, time, ...payload }: JsonObject, start: number): JsonObject | string {
  if (typeof type !== 'string') return 'it has neither "eventType", as Zoho Desk sends it, nor "type"';
  if ((at === undefined) === (time === undefined)) return 'give either "at", counted from the start, or "time"';
  const eventTime = time ?? offsetTime(at, start);
  if (eventTime === undefined) return '"at" is not a time since the start such as 0s, 15m or 1h30m';
  return { eventType: type, eventTime, payload };
}

function offsetTime(at: Json | undefined, start: number): string | undefined {
  if (typeof at !== 'string') return undefined;
  return parseDuration(at) === undefined ? undefined : String(start + getDuration(at));
}

function refuse(reason: string): LineItem {
  return { ok: false, reason };
}
