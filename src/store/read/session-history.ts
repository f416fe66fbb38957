import { and, asc, eq, gte, inArray } from 'drizzle-orm';
import type { Decision } from '../../domain/decision.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Message, Session, Transition } from '../../domain/session.ts';
import type { Db } from '../database.ts';
import { alerts, audit, decisions, events, messages, rulesetActivations, sessions, transitions } from '../schema.ts';
import { withoutNulls } from '../subjects.ts';

/**
 * All that is stored of one chat, as judging it again needs it: what came and in which order, what was concluded, what
 * people clicked on its cards, and which rules were in force when. Bounded: of a chat with more events than `MOST_EVENTS`
 * the first ones are given and `complete` is false.
 */
export interface SessionHistory {
  session: Session;
  /** In the order of their receipt. */
  events: readonly ReceivedEvent[];
  /** In the order in which they were taken. */
  decisions: readonly StoredDecision[];
  /** In the order of time. */
  clicks: readonly StoredClick[];
  /** Of the whole portal, in their order. */
  activations: readonly StoredActivation[];
  complete: boolean;
}

export interface ReceivedEvent {
  /** Without its personal values, unless these are stored. */
  event: DeskEvent;
  /** What the ledger has of it; absent for events that change no chat. */
  entry?: { kind: 'transition'; entry: Transition; recordedAt: number } | { kind: 'message'; entry: Message };
  /** The event itself is not kept any more: it was made again from the ledger, with nothing but what judging a chat needs. */
  removed: boolean;
}

export interface StoredDecision extends Decision {
  id: number;
}

/** A click on a card of the chat, or on the card of a group that it was in. */
export interface StoredClick {
  /** Epoch ms. */
  at: number;
  kind: 'acknowledge' | 'snooze' | 'resolve';
  by: string;
  alertId: string;
  episodeId?: string;
  /** Of a snooze: its end, epoch ms; absent where it was not noted. */
  until?: number;
}

export interface StoredActivation {
  hash: string;
  activatedAt: number;
  changedRules: readonly string[];
  /** When every open chat had met the change; absent while that goes on. */
  sweptAt?: number;
}

/** A chat has some dozens of events, and rarely thousands. */
export const MOST_EVENTS = 5_000;

/** Undefined when no event of such a chat has come. Served by keys and indexes that begin with the chat. */
export async function loadSessionHistory(
  db: Db,
  orgId: string,
  sessionId: string,
  most = MOST_EVENTS,
): Promise<SessionHistory | undefined> {
  const ofChat = <T extends typeof transitions | typeof messages | typeof decisions>(table: T) =>
    and(eq(table.orgId, orgId), eq(table.sessionId, sessionId));
  const [[session], received, changes, said, taken, activated] = await Promise.all([
    db
      .select()
      .from(sessions)
      .where(and(eq(sessions.orgId, orgId), eq(sessions.id, sessionId))),
    db
      .select()
      .from(events)
      .where(and(eq(events.orgId, orgId), eq(events.subject, sessionId)))
      .orderBy(asc(events.at), asc(events.seq))
      .limit(most + 1),
    db
      .select()
      .from(transitions)
      .where(ofChat(transitions))
      .limit(most + 1),
    db
      .select()
      .from(messages)
      .where(ofChat(messages))
      .limit(most + 1),
    db
      .select()
      .from(decisions)
      .where(ofChat(decisions))
      .orderBy(asc(decisions.id))
      .limit(most * 2),
    db
      .select()
      .from(rulesetActivations)
      .where(eq(rulesetActivations.orgId, orgId))
      .orderBy(asc(rulesetActivations.seq)),
  ]);
  if (session === undefined) return undefined;
  return {
    session: withoutNulls<Session>(session),
    events: inOrderOfReceipt(received.slice(0, most), changes, said),
    decisions: taken.map((row) => withoutNulls<StoredDecision>(row)),
    clicks: await loadClicks(db, orgId, sessionId, session.createdAt),
    activations: activated.map(({ hash, activatedAt, changedRules, sweptAt }) => ({
      hash,
      activatedAt,
      changedRules,
      ...(sweptAt === null ? {} : { sweptAt }),
    })),
    complete: [received, changes, said].every((rows) => rows.length <= most) && taken.length < most * 2,
  };
}

type EventRow = typeof events.$inferSelect;
type TransitionRow = typeof transitions.$inferSelect;
type MessageRow = typeof messages.$inferSelect;

/** What the ledger has and the table of events has not any more is put before the rest: it is older. */
function inOrderOfReceipt(
  received: readonly EventRow[],
  changes: readonly TransitionRow[],
  said: readonly MessageRow[],
): ReceivedEvent[] {
  const entries = new Map<string, ReceivedEvent['entry']>();
  for (const { recordedAt, ...row } of changes) {
    entries.set(row.eventKey, { kind: 'transition', entry: withoutNulls<Transition>(row), recordedAt });
  }
  for (const row of said) entries.set(row.eventKey, { kind: 'message', entry: withoutNulls<Message>(row) });
  const known = [...received]
    .sort((a, b) => a.seq - b.seq)
    .map(({ seq: _, repeats: __, ...row }): ReceivedEvent => {
      const entry = entries.get(row.key);
      entries.delete(row.key);
      return { event: withoutNulls<DeskEvent>(row), removed: false, ...(entry && { entry }) };
    });
  const removed = [...entries.values()].flatMap((entry): ReceivedEvent[] =>
    entry === undefined ? [] : [{ event: toEvent(entry), entry, removed: true }],
  );
  return [...removed.sort((a, b) => a.event.receivedAt - b.event.receivedAt), ...known];
}

/** An event that gives the same entry of the ledger. */
function toEvent(from: NonNullable<ReceivedEvent['entry']>): DeskEvent {
  const { orgId, sessionId, eventKey: key, at } = from.entry;
  const common = { orgId, source: 'ledger', key, subject: sessionId, sessionId, at };
  if (from.kind === 'transition') {
    const { entry, recordedAt } = from;
    const payload = present({
      sessionId,
      sessionStatus: entry.to,
      sessionOldStatus: entry.from,
      replyStatus: entry.replyStatus,
      currentAssigneeId: entry.assigneeId,
      assigneeType: entry.assigneeType,
      channelId: entry.channelId,
      messagesCount: entry.messagesCount,
    });
    const source = entry.inferred === true ? 'reconcile' : 'ledger';
    return { ...common, source, type: 'IM_Session_Status', receivedAt: recordedAt, payload };
  }
  const { messageId: id, direction, messageType, integration, channelId, actorType, contactId, ticketId } = from.entry;
  const payload = present({ sessionId, id, direction, messageType, integration, channelId });
  payload['actor'] = present({ type: actorType, contactId });
  payload['meta'] = present({ DESK_TICKET_ID: ticketId });
  return { ...common, type: 'IM_Message_Add', receivedAt: at, payload };
}

function present(fields: Record<string, string | number | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string | number] => field[1] !== undefined),
  );
}

const VERBS: Readonly<Record<string, StoredClick['kind']>> = {
  'alert.acknowledge': 'acknowledge',
  'alert.snooze': 'snooze',
  'alert.resolve': 'resolve',
  'alert-group.acknowledge': 'acknowledge',
  'alert-group.resolve': 'resolve',
};

/** The audit is of people's clicks, which are few: it is read by time and not by an index of its own. */
async function loadClicks(db: Db, orgId: string, sessionId: string, since: number): Promise<StoredClick[]> {
  const cards = await db
    .select({
      id: alerts.id,
      groupId: alerts.groupId,
      episodeId: alerts.episodeId,
      openedAt: alerts.openedAt,
      resolvedAt: alerts.resolvedAt,
    })
    .from(alerts)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.sessionId, sessionId)));
  if (cards.length === 0) return [];
  const targets = cards.flatMap(({ id, groupId }) => (groupId === null ? [id] : [id, groupId]));
  const rows = await db
    .select()
    .from(audit)
    .where(
      and(
        eq(audit.orgId, orgId),
        gte(audit.at, since),
        inArray(audit.target, [...new Set(targets)]),
        inArray(audit.verb, Object.keys(VERBS)),
      ),
    )
    .orderBy(asc(audit.id));
  return rows.flatMap(({ at, actor, verb, target, detail }) => {
    const kind = VERBS[verb];
    if (kind === undefined) return [];
    const until = typeof detail?.['until'] === 'string' ? { until: Date.parse(detail['until']) } : {};
    return cards
      .filter(
        ({ id, groupId, openedAt, resolvedAt }) =>
          id === target || (groupId === target && openedAt <= at && (resolvedAt === null || resolvedAt >= at)),
      )
      .map(({ id, episodeId }) => ({
        at,
        kind,
        by: actor,
        alertId: id,
        ...(episodeId === null ? {} : { episodeId }),
        ...until,
      }));
  });
}
