import type { JsonObject } from '../../domain/json.ts';
import { toDeskEvent } from '../../ingress/zoho-desk/desk-event.ts';

/** An event as a test writes it, with the time of its happening (epoch ms) and the key that it had. */
export interface KeyedEvent {
  type: string;
  payload: JsonObject;
  at: number;
  key: string;
}

/**
 * Events of one millisecond are judged in the order of their keys, which are made of their content; a made-up content has
 * another key. Where the order would be another one, a field that no rule reads makes it the same again.
 */
export function keepOrder<E extends KeyedEvent>(events: readonly E[], orgId: string): E[] {
  const kept = new Map<E, E>();
  for (const group of Map.groupBy(events, ({ at }) => at).values()) {
    const sorted = group.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    for (const [place, event] of sorted.entries()) {
      kept.set(event, sorted.length === 1 ? event : inPlace(event, place / sorted.length, 1 / sorted.length, orgId));
    }
  }
  return events.map((event) => kept.get(event) ?? event);
}

const MOST_TRIES = 100_000;

/** With a key in its own part of all keys. */
function inPlace<E extends KeyedEvent>(event: E, from: number, width: number, orgId: string): E {
  for (let order = 1; order <= MOST_TRIES; order += 1) {
    const payload = withOrder(event, order);
    const part = Number.parseInt(keyOf({ ...event, payload }, orgId).slice(0, 8), 16) / 0x1_0000_0000;
    if (part >= from && part < from + width) return { ...event, payload };
  }
  throw new RangeError('no key was found in its place');
}

/** A message's key is made of its id alone. */
function withOrder({ type, payload }: KeyedEvent, order: number): JsonObject {
  const { id } = payload;
  return type === 'IM_Message_Add' && typeof id === 'string'
    ? { ...payload, id: `${id}-${order}` }
    : { ...payload, order };
}

function keyOf({ type, payload, at }: KeyedEvent, orgId: string): string {
  const reading = toDeskEvent({ eventType: type, eventTime: String(at), orgId, payload }, { orgId, receivedAt: at });
  return reading.ok ? reading.event.key : '';
}
