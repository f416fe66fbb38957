/**
 * From events to webhook requests, with everything that a receiver must live through: some events share a request, a few
 * come twice, a few come late, after their successors. What happens to an event depends on the seed and on the event
 * itself, so one more event (of an API call, say) changes nothing for the others.
 */
import { canonicalJson } from '../../domain/json.ts';
import { createRandom, type Random } from '../random.ts';
import type { WebhookEvent } from '../zoho/webhook-event.ts';
import type { Agenda } from './agenda.ts';

export interface DeliveryShares {
  /** Instants whose events share one request. */
  batched: number;
  /** Events that come a second time. */
  duplicated: number;
  /** Events that come some seconds late, after events that happened later. */
  late: number;
}

export const DEFAULT_DELIVERY_SHARES: DeliveryShares = { batched: 0.3, duplicated: 0.015, late: 0.015 };

export interface Deliveries {
  /** Takes an event; it is sent some hundred milliseconds later. */
  take(event: WebhookEvent): void;
}

interface Batch {
  at: number;
  events: WebhookEvent[];
}

export function createDeliveries(
  agenda: Agenda,
  seed: string,
  shares: DeliveryShares,
  send: (events: readonly WebhookEvent[]) => void,
): Deliveries {
  /** Per chat, when its newest event goes out: the next one follows. */
  const lanes = new Map<string, number>();
  /** By event time, the requests that events of one instant share. */
  const batches = new Map<string, Batch>();

  /** The request that all events of this instant share, if they do. */
  const batchOf = (eventTime: string): Batch | undefined => {
    const known = batches.get(eventTime);
    if (known !== undefined) return known;
    const random = createRandom(`${seed}/batch/${eventTime}`);
    if (!random.chance(shares.batched)) return undefined;
    const batch: Batch = { at: soonest(agenda, eventTime, random), events: [] };
    batches.set(eventTime, batch);
    agenda.at(batch.at, () => {
      batches.delete(eventTime);
      if (batch.events.length > 0) send(batch.events);
    });
    return batch;
  };

  return {
    take: (event) => {
      const random = createRandom(`${seed}/delivery/${canonicalJson({ ...event.payload, at: event.eventTime })}`);
      const isLate = random.chance(shares.late);
      const isDuplicated = random.chance(shares.duplicated);
      const lane = laneOf(event);
      let at = soonest(agenda, event.eventTime, random);
      const batch = isLate ? undefined : batchOf(event.eventTime);
      if (isLate) {
        at += random.between(4_000, 25_000);
        agenda.at(at, () => send([event]));
      } else if (batch !== undefined && batch.at >= (lanes.get(lane) ?? 0)) {
        at = batch.at;
        batch.events.push(event);
        keepLane(lanes, lane, at, agenda.now);
      } else {
        at = Math.max(at, lanes.get(lane) ?? 0);
        agenda.at(at, () => send([event]));
        keepLane(lanes, lane, at, agenda.now);
      }
      if (isDuplicated) agenda.at(at + random.between(1_000, 30_000), () => send([event]));
    },
  };
}

function soonest(agenda: Agenda, eventTime: string, random: Random): number {
  return Math.max(Number(eventTime), agenda.now) + random.between(80, 600);
}

/** What keeps its order: the events of one chat. */
export function laneOf(event: WebhookEvent): string {
  const { sessionId } = event.payload;
  return typeof sessionId === 'string' ? sessionId : event.eventType;
}

/** Lanes whose last event went out long ago are dropped, now and then. */
function keepLane(lanes: Map<string, number>, lane: string, at: number, now: number): void {
  lanes.set(lane, at);
  if (lanes.size > 2000) for (const [key, sentAt] of lanes) if (sentAt < now - 60_000) lanes.delete(key);
}
