import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import type { SimulationCase } from './cases.ts';
import { NOBODY } from './dimensions.ts';
import type { People } from './made-up-world.ts';

/**
 * One simulated chat as events in virtual time. Offsets count from the start, in ms, and are whole seconds, so that a
 * timeline can be written down as a test.
 */
export interface TimelineEvent {
  /** When it arrives. */
  at: number;
  /** When it happened; later than this it comes late. */
  happenedAt: number;
  event: { type: string; [field: string]: Json };
}

export interface Timeline {
  events: TimelineEvent[];
  /** When the chat goes over into the status that the case is about. */
  changeAt: number;
  /** When it ends. */
  endAt: number;
  /** Nothing is looked at after this. */
  untilMs: number;
}

export const SESSION_ID = 's1';
const SECOND_MS = 1_000;
const CHANGE_MS = 60 * SECOND_MS;

/**
 * The chat is seen in the first status, the customer writes, it goes over into the second, the customer writes again, and
 * nothing happens for as long as the rules can wait. Then somebody answers, nothing happens for as long again, and it ends;
 * once more the clock runs on.
 * @param stayMs how long the slowest rule needs
 */
export function toTimeline({ from, to, reply, assignee, setting }: SimulationCase, stayMs: number): Timeline {
  const { channelId, people } = setting;
  const status = (before: string | undefined, now: string, replyStatus: string) => ({
    type: SESSION_STATUS_EVENT,
    sessionId: SESSION_ID,
    ...(before === undefined ? {} : { sessionOldStatus: before }),
    sessionStatus: now,
    replyStatus,
    channelId,
    ...assignedTo(assignee, people),
  });
  const message = (id: string, direction: 'IN' | 'OUT', type: string) => ({
    type: MESSAGE_ADD_EVENT,
    id,
    sessionId: SESSION_ID,
    channelId,
    direction,
    messageType: 'TEXT',
    text: 'Hello',
    ...(setting.integration === undefined ? {} : { integration: setting.integration }),
    meta: { DESK_TICKET_ID: 't1', DESK_TICKET_NUMBER: '101' },
    actor: type === 'AGENT' ? { type } : { type, contactId: 'p1' },
  });
  const answerAt = CHANGE_MS + SECOND_MS + stayMs;
  const endAt = answerAt + stayMs;
  const at = (offset: number, event: TimelineEvent['event']): TimelineEvent => ({
    at: offset,
    happenedAt: offset,
    event,
  });
  return {
    events: [
      at(0, status(undefined, from, 'ACCEPTED')),
      at(SECOND_MS, message('m1', 'IN', 'END_USER')),
      at(CHANGE_MS, status(from, to, reply)),
      at(CHANGE_MS + SECOND_MS, message('m2', 'IN', 'END_USER')),
      at(answerAt, message('m3', 'OUT', 'AGENT')),
      at(endAt, status(to, 'ENDED', reply)),
    ],
    changeAt: CHANGE_MS,
    endAt,
    untilMs: endAt + stayMs,
  };
}

function assignedTo(assignee: string, { agentId, botId }: People): Record<string, string> {
  if (assignee === NOBODY) return {};
  return { currentAssigneeId: assignee === 'BOT' ? botId : agentId, assigneeType: assignee };
}

/** How else the same events may arrive. */
export const VARIANTS = ['twice', 'reversed', 'late', 'together'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Each event arrives a second time, a second later. */
export function toTwice(timeline: Timeline): Timeline {
  const events = timeline.events.flatMap((one) => [one, { ...one, at: one.at + SECOND_MS }]);
  return { ...timeline, events: events.sort((a, b) => a.at - b.at) };
}

/** Everything arrives at the end, the last first. */
export function toReversed(timeline: Timeline): Timeline {
  const { events, endAt } = timeline;
  return {
    ...timeline,
    events: events.toReversed().map((one, index) => ({ ...one, at: endAt + index * SECOND_MS })),
  };
}

/** The change arrives only after the end. */
export function toLate(timeline: Timeline): Timeline {
  const { events, changeAt, endAt } = timeline;
  const late = events.map((one) => (one.happenedAt === changeAt ? { ...one, at: endAt + SECOND_MS } : one));
  return { ...timeline, events: late.sort((a, b) => a.at - b.at) };
}

/** The first two statuses bear the same time, and arrive one after the other or the other way round. */
export function toTogether(timeline: Timeline): [Timeline, Timeline] {
  const [first, ...rest] = timeline.events;
  if (first === undefined) return [timeline, timeline];
  const moved = { ...first, at: timeline.changeAt, happenedAt: timeline.changeAt };
  const change = rest.findIndex(({ happenedAt }) => happenedAt === timeline.changeAt);
  return [
    { ...timeline, events: rest.toSpliced(change, 0, moved) },
    { ...timeline, events: rest.toSpliced(change + 1, 0, moved) },
  ];
}
