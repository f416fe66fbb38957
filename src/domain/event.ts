import type { JsonObject } from './json.ts';

/**
 * An event as every part of the service sees it, whatever its source: the envelope normalised, the source's own fields
 * kept in `payload` (ids as strings, known numbers as numbers, everything else as it came).
 */
export interface DeskEvent {
  orgId: string;
  /** The ingress folder that took it, such as `zoho-desk`. */
  source: string;
  /** The source's own type, such as `IM_Session_Status`; an open vocabulary. */
  type: string;
  /** What deduplicates it within a portal: hex, see the source's normaliser. */
  key: string;
  /**
   * What the event is about, and the unit of order: the session id for instant-messaging events, `<Module>:<id>` for
   * others (`Ticket:3113…`), the type alone when it names no object.
   */
  subject: string;
  /** The session it belongs to, absent for events of other modules. */
  sessionId?: string;
  /**
   * The source's event time, epoch ms; when that lies more than two minutes ahead, the time of receipt. A source that
   * proves our clock to be behind its own is believed by its own.
   */
  at: number;
  /** When it reached us, epoch ms. */
  receivedAt: number;
  payload: JsonObject;
  /** `prevState` of Zoho's `*_Update` events. */
  previous?: JsonObject;
}

/** The `source` of events that no webhook brought: what reading the chats again has shown. */
export const RECONCILE_SOURCE = 'reconcile';

/** An event time further ahead of the receipt than this is not believed. */
export const MAX_AHEAD_MS = 120_000;

/** Which session-changing kinds of event there are; any other type only feeds event rules. */
export const SESSION_STATUS_EVENT = 'IM_Session_Status';
export const MESSAGE_ADD_EVENT = 'IM_Message_Add';
