/**
 * One chat as it stands after its events. Times are epoch ms; an absent value is undefined. A session is a pure fold of
 * its ledger (see engine/fold-session.ts), so it does not depend on the order in which events arrived.
 */
export interface Session {
  orgId: string;
  id: string;
  status?: string;
  previousStatus?: string;
  statusSince?: number;
  /** True when the first event that told of the status was already in it: it began at some time before `statusSince`. */
  statusSinceApproximate?: boolean;
  replyStatus?: string;
  assigneeId?: string;
  assigneeType?: string;
  channelId?: string;
  integration?: string;
  messagesCount?: number;
  /** Event time of the first event that we know of. */
  createdAt: number;
  firstAssignedAt?: number;
  /** First message of an agent (bots and info lines do not count). */
  firstResponseAt?: number;
  lastInboundAt?: number;
  lastOutboundAt?: number;
  endedAt?: number;
  /** The customer's last message when nobody has answered it; absent when answered. */
  waitingSince?: number;
  /** How often it entered ON_HOLD. */
  holds: number;
  /** How often it passed from one assignee to another. */
  reassignments: number;
  messagesIn: number;
  messagesOut: number;
  /** Milliseconds spent in each status that has been left; the present one counts from `statusSince`. */
  timeIn: Record<string, number>;
  ticketId?: string;
  contactId?: string;
  /** Event time of the newest event applied: an event before it is late. */
  lastEventAt: number;
}

/**
 * One IM_Session_Status event in the append-only ledger. `from`, `to`, `assigneeId` … are what the event itself states
 * and do not depend on arrival; `known`, `gap`, `late`, `assigneeChanged` and `causedBy` tell how it arrived.
 */
export interface Transition {
  orgId: string;
  sessionId: string;
  eventKey: string;
  at: number;
  from?: string;
  to?: string;
  replyStatus?: string;
  assigneeId?: string;
  assigneeType?: string;
  channelId?: string;
  messagesCount?: number;
  /** The status that we had when it arrived. */
  known?: string;
  /** `from` is not the status that we had: something in between never reached us (or is still to come). */
  gap: boolean;
  /** It arrived after an event with a later event time. */
  late: boolean;
  /** Whether the assignee differs from the one that we had when it arrived. */
  assigneeChanged: boolean;
  /** Found by reconciliation: no webhook told of it. */
  inferred?: boolean;
  /** Id of the action of ours that caused it. */
  causedBy?: string;
}

/** One IM_Message_Add event in the ledger: everything but what was said and who said it. */
export interface Message {
  orgId: string;
  sessionId: string;
  eventKey: string;
  messageId?: string;
  at: number;
  direction?: string;
  actorType?: string;
  messageType?: string;
  integration?: string;
  channelId?: string;
  contactId?: string;
  ticketId?: string;
  /** Characters of its text. */
  length: number;
}

/** What changes a session, as the ledger keeps it. */
export type LedgerEntry = { kind: 'transition'; entry: Transition } | { kind: 'message'; entry: Message };
