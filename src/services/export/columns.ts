import type { Json } from '../../domain/json.ts';
import type { Session, Transition } from '../../domain/session.ts';
import type { RecordedDecision } from '../../store/read/streams/decisions.ts';
import type { StoredEvent } from '../../store/read/streams/events.ts';

/**
 * What exports have of each row, in this order, as docs/export.md says. New columns come at the end: spreadsheets and
 * scripts go by the place as well as by the name. Absent values are undefined.
 */
export type Column<Row> = readonly [name: string, value: (row: Row) => Json | undefined];

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

export const EVENT_COLUMNS: readonly Column<StoredEvent>[] = [
  ['receivedAt', ({ receivedAt }) => iso(receivedAt)],
  ['at', ({ at }) => iso(at)],
  ['source', ({ source }) => source],
  ['type', ({ type }) => type],
  ['subject', ({ subject }) => subject],
  ['sessionId', ({ sessionId }) => sessionId],
  ['key', ({ key }) => key],
  ['payload', ({ payload }) => payload],
  ['previous', ({ previous }) => previous],
];

export const TRANSITION_COLUMNS: readonly Column<Transition>[] = [
  ['at', ({ at }) => iso(at)],
  ['sessionId', ({ sessionId }) => sessionId],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
  ['replyStatus', ({ replyStatus }) => replyStatus],
  ['assigneeId', ({ assigneeId }) => assigneeId],
  ['assigneeType', ({ assigneeType }) => assigneeType],
  ['channelId', ({ channelId }) => channelId],
  ['messagesCount', ({ messagesCount }) => messagesCount],
  ['known', ({ known }) => known],
  ['gap', ({ gap }) => gap],
  ['late', ({ late }) => late],
  ['assigneeChanged', ({ assigneeChanged }) => assigneeChanged],
  ['inferred', ({ inferred }) => inferred ?? false],
  ['causedBy', ({ causedBy }) => causedBy],
  ['eventKey', ({ eventKey }) => eventKey],
];

export const SESSION_COLUMNS: readonly Column<Session>[] = [
  ['id', ({ id }) => id],
  ['createdAt', ({ createdAt }) => iso(createdAt)],
  ['status', ({ status }) => status],
  ['statusSince', ({ statusSince }) => iso(statusSince)],
  ['statusSinceApproximate', ({ statusSinceApproximate }) => statusSinceApproximate ?? false],
  ['previousStatus', ({ previousStatus }) => previousStatus],
  ['replyStatus', ({ replyStatus }) => replyStatus],
  ['assigneeId', ({ assigneeId }) => assigneeId],
  ['assigneeType', ({ assigneeType }) => assigneeType],
  ['channelId', ({ channelId }) => channelId],
  ['integration', ({ integration }) => integration],
  ['ticketId', ({ ticketId }) => ticketId],
  ['contactId', ({ contactId }) => contactId],
  ['firstAssignedAt', ({ firstAssignedAt }) => iso(firstAssignedAt)],
  ['firstResponseAt', ({ firstResponseAt }) => iso(firstResponseAt)],
  ['lastInboundAt', ({ lastInboundAt }) => iso(lastInboundAt)],
  ['lastOutboundAt', ({ lastOutboundAt }) => iso(lastOutboundAt)],
  ['waitingSince', ({ waitingSince }) => iso(waitingSince)],
  ['endedAt', ({ endedAt }) => iso(endedAt)],
  ['lastEventAt', ({ lastEventAt }) => iso(lastEventAt)],
  ['messagesCount', ({ messagesCount }) => messagesCount],
  ['messagesIn', ({ messagesIn }) => messagesIn],
  ['messagesOut', ({ messagesOut }) => messagesOut],
  ['holds', ({ holds }) => holds],
  ['reassignments', ({ reassignments }) => reassignments],
  ['timeInMs', ({ timeIn }) => timeIn],
];

export const DECISION_COLUMNS: readonly Column<RecordedDecision>[] = [
  ['id', ({ id }) => id],
  ['decidedAt', ({ decidedAt }) => iso(decidedAt)],
  ['at', ({ at }) => iso(at)],
  ['ruleId', ({ ruleId }) => ruleId],
  ['outcome', ({ outcome }) => outcome],
  ['mode', ({ mode }) => mode],
  ['step', ({ step }) => step],
  ['repeat', ({ repeat }) => repeat],
  ['subject', ({ subject }) => subject],
  ['sessionId', ({ sessionId }) => sessionId],
  ['episodeId', ({ episodeId }) => episodeId],
  ['eventKey', ({ eventKey }) => eventKey],
  ['rulesetHash', ({ rulesetHash }) => rulesetHash],
  ['reason', ({ reason }) => reason],
];

/** A row as JSON, each column in it: an absent value is null. */
export function toObject<Row>(columns: readonly Column<Row>[], row: Row): { [name: string]: Json } {
  return Object.fromEntries(columns.map(([name, value]) => [name, value(row) ?? null]));
}
