import type { DeskEvent } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';

/**
 * One item of a request, whatever its source: an event, or what could not be read as one and why. Both are stored; a
 * broken item never loses its neighbours.
 */
export type ParsedItem =
  | { ok: true; event: DeskEvent }
  | {
      ok: false;
      /** The portal that the request proved to come from; the item itself may name another, or none. */
      orgId: string;
      source: string;
      receivedAt: number;
      /** Names the field at fault; holds no value of it. */
      reason: string;
      /** What came, with its personal data; undefined when it is no object or nested too deep to keep. */
      raw: JsonObject | undefined;
    };

/** A whole request: its items, or why there are none. */
export type ParsedBody = { ok: true; items: ParsedItem[] } | { ok: false; reason: string };
