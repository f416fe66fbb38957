/**
 * A session is a fold of its ledger: transitions and messages in event time. Folding is a pure function of the set of
 * entries, so a session does not depend on the order in which events arrived. `applyEntry` is the fast path for an
 * entry that is newer than all others; a late entry, or one at the very same millisecond as the newest, makes
 * the session fold anew from there (`addToHistory`), because then its place among the others decides.
 */
import type { LedgerEntry, Message, Session, Transition } from '../domain/session.ts';

/** The session after one more entry, which must not be older than those applied before. Never changes its argument. */
export function applyEntry(session: Session | undefined, ledgerEntry: LedgerEntry): Session {
  const { orgId, sessionId, at } = ledgerEntry.entry;
  const next: Session = session
    ? { ...session, timeIn: session.timeIn, lastEventAt: Math.max(session.lastEventAt, at) }
    : {
        orgId,
        id: sessionId,
        createdAt: at,
        holds: 0,
        reassignments: 0,
        messagesIn: 0,
        messagesOut: 0,
        timeIn: {},
        lastEventAt: at,
      };
  if (ledgerEntry.kind === 'transition') applyTransition(next, ledgerEntry.entry);
  else applyMessage(next, ledgerEntry.entry);
  return next;
}

function applyTransition(session: Session, transition: Transition): void {
  if (entersStatus(session, transition)) enterStatus(session, transition);
  if (transition.replyStatus !== undefined) session.replyStatus = transition.replyStatus;
  if (transition.channelId !== undefined) session.channelId = transition.channelId;
  if (transition.messagesCount !== undefined) session.messagesCount = transition.messagesCount;
  assign(session, transition);
}

/**
 * Whether the chat enters a status: another than it had, or the same one again, when the event comes from another: the
 * events in between never reached us.
 */
function entersStatus({ status }: Session, { from, to }: Transition): boolean {
  if (to === undefined) return false;
  return to !== status || (from !== undefined && from !== to);
}

function enterStatus(session: Session, transition: Transition): void {
  const { at, from, to, inferred } = transition;
  if (to === undefined) return;
  if (session.status === undefined) {
    if (from !== undefined && from !== to) session.previousStatus = from;
  } else {
    session.timeIn = {
      ...session.timeIn,
      [session.status]: (session.timeIn[session.status] ?? 0) + (at - (session.statusSince ?? at)),
    };
    const previous = session.status === to ? from : session.status;
    if (previous !== undefined) session.previousStatus = previous;
  }
  // The event that entered the status never reached us: this one already comes from it, or it was found in it later.
  session.statusSinceApproximate = from === to || inferred === true;
  session.status = to;
  session.statusSince = at;
  if (to === 'ON_HOLD') session.holds += 1;
  if (to === 'ENDED') session.endedAt = at;
  else if (session.endedAt !== undefined) delete session.endedAt;
}

/** An absent assignee in a status event means that nobody is assigned. */
function assign(session: Session, { assigneeId, assigneeType, at }: Transition): void {
  if (assigneeId === undefined) {
    delete session.assigneeId;
    delete session.assigneeType;
    return;
  }
  if (session.assigneeId !== undefined && session.assigneeId !== assigneeId) session.reassignments += 1;
  session.assigneeId = assigneeId;
  if (assigneeType === undefined) delete session.assigneeType;
  else session.assigneeType = assigneeType;
  session.firstAssignedAt ??= at;
}

/** Info lines are Zoho's own notes in a chat ("assigned to …"): nobody said them. */
const NOTES = new Set(['INFO', 'EXTERNAL_INFO']);

function applyMessage(session: Session, message: Message): void {
  const { at } = message;
  if (message.integration !== undefined) session.integration = message.integration;
  if (message.channelId !== undefined) session.channelId = message.channelId;
  if (message.contactId !== undefined && isCustomer(message)) session.contactId = message.contactId;
  if (message.ticketId !== undefined) session.ticketId = message.ticketId;
  if (NOTES.has(message.messageType ?? '')) return;
  if (message.direction === 'IN') {
    session.messagesIn += 1;
    session.lastInboundAt = at;
    session.waitingSince = at;
  } else if (message.direction === 'OUT') {
    session.messagesOut += 1;
    session.lastOutboundAt = at;
    delete session.waitingSince;
    if (message.actorType === 'AGENT') session.firstResponseAt ??= at;
  }
}

function isCustomer(message: Message): boolean {
  return message.direction === 'IN' || message.actorType === 'ENDUSER' || message.actorType === 'END_USER';
}

/** A ledger in the order in which it folds, with the session after each of its entries. */
export interface History {
  entries: LedgerEntry[];
  states: Session[];
}

/** The session after each entry, in event time; the last one is the session as it stands. */
export function foldLedger(entries: readonly LedgerEntry[]): Session[] {
  return toHistory(entries).states;
}

export function toHistory(entries: readonly LedgerEntry[]): History {
  const history: History = { entries: [], states: [] };
  foldInto(history, [...entries]);
  return history;
}

/** Puts one more entry in its place and folds anew from there on; what lies before it stays. Changes the history. */
export function addToHistory(history: History, entry: LedgerEntry): void {
  const from = history.entries.findLastIndex((other) => other.entry.at < entry.entry.at) + 1;
  const after = history.entries.splice(from);
  history.states.length = from;
  foldInto(history, [...after, entry]);
}

/** Folds entries that are all later than those of the history. */
function foldInto({ entries, states }: History, added: LedgerEntry[]): void {
  let session = states.at(-1);
  for (const simultaneous of groupByTime(added.sort(byTimeAndKey))) {
    while (simultaneous.length > 0) {
      const [next] = simultaneous.splice(indexOfNext(simultaneous, session?.status), 1);
      if (next === undefined) break;
      session = applyEntry(session, next);
      entries.push(next);
      states.push(session);
    }
  }
}

function byTimeAndKey(a: LedgerEntry, b: LedgerEntry): number {
  if (a.entry.at !== b.entry.at) return a.entry.at - b.entry.at;
  return a.entry.eventKey < b.entry.eventKey ? -1 : a.entry.eventKey > b.entry.eventKey ? 1 : 0;
}

function groupByTime(sorted: readonly LedgerEntry[]): LedgerEntry[][] {
  const groups: LedgerEntry[][] = [];
  for (const entry of sorted) {
    const last = groups.at(-1);
    if (last?.[0]?.entry.at === entry.entry.at) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/**
 * Which of the entries of one millisecond comes next: a transition that starts from the present status goes first, so
 * that OPEN → ON_PROGRESS → ON_HOLD within one millisecond keeps its order; else the lowest key.
 */
function indexOfNext(simultaneous: readonly LedgerEntry[], status: string | undefined): number {
  const following = simultaneous.findIndex(
    ({ kind, entry }) => kind === 'transition' && entry.from === status && entry.to !== status,
  );
  return Math.max(0, following);
}
