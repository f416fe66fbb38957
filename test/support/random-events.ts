import fc from 'fast-check';
import type { DeskEvent } from '../../src/domain/event.ts';
import { messageEvent, statusEvent } from './timeline.ts';

/** Random chats for property tests: few values and few instants, so that ties, repeats and reversals are common. */
const STATUSES = ['OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ON_HOLD', 'ENDED', 'PARKED_BY_A_FUTURE_ZOHO'];
const ASSIGNEES = [null, 'a1', 'a2'];

export interface RandomEventOptions {
  start: number;
  /** Events lie on a grid of this many ms … */
  gridMs: number;
  /** … within so many of its points from the start. */
  points: number;
  maxEvents: number;
  sessionId?: string;
}

/** Events of one chat, distinct by key, in event time (ties by key). */
export function chatEvents(options: RandomEventOptions): fc.Arbitrary<DeskEvent[]> {
  const { start, gridMs, points, maxEvents, sessionId = 's1' } = options;
  const at = fc.nat({ max: points }).map((point) => start + point * gridMs);
  const status = fc
    .record({
      at,
      to: fc.constantFrom(...STATUSES),
      from: fc.option(fc.constantFrom(...STATUSES), { nil: undefined }),
      assignee: fc.constantFrom(...ASSIGNEES),
      channel: fc.constantFrom('c1', 'c2'),
      count: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
    })
    .map(({ at, to, from, assignee, channel, count }) =>
      statusEvent(at, to, {
        sessionId,
        ...(from === undefined ? {} : { old: from }),
        ...(count === undefined ? {} : { messagesCount: count }),
        currentAssigneeId: assignee,
        assigneeType: assignee === null ? null : 'AGENT',
        channelId: channel,
      }),
    );
  const message = fc
    .record({
      at,
      id: fc.nat({ max: 99 }),
      direction: fc.constantFrom('IN' as const, 'OUT' as const),
      type: fc.constantFrom('TEXT', 'INFO'),
      by: fc.constantFrom('AGENT', 'BOT', 'ENDUSER'),
      ticket: fc.option(fc.constantFrom('t1', 't2'), { nil: undefined }),
    })
    .map(({ at, id, direction, type, by, ticket }) =>
      messageEvent(
        at,
        direction,
        {
          id: `m${id}`,
          messageType: type,
          actor: { type: by, contactId: `k${id % 2}` },
          ...(ticket === undefined ? {} : { meta: { DESK_TICKET_ID: ticket } }),
        },
        sessionId,
      ),
    );
  return fc
    .array(fc.oneof({ weight: 3, arbitrary: status }, { weight: 2, arbitrary: message }), {
      minLength: 1,
      maxLength: maxEvents,
    })
    .map((events) => [...new Map(events.map((event) => [event.key, event])).values()].sort(byTimeAndKey));
}

function byTimeAndKey(a: DeskEvent, b: DeskEvent): number {
  return a.at === b.at ? (a.key < b.key ? -1 : 1) : a.at - b.at;
}

/** The items in any order, cut into runs of one or more. */
export function shuffledBatches<T>(items: readonly T[]): fc.Arbitrary<T[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...items], { minLength: items.length }),
      fc.array(fc.boolean(), { minLength: items.length, maxLength: items.length }),
    )
    .map(([order, cuts]) => inBatches(order, cuts));
}

/** The items in their order, cut before each item whose flag is set. */
export function inBatches<T>(items: readonly T[], cuts: readonly boolean[]): T[][] {
  const batches: T[][] = [];
  for (const [index, item] of items.entries()) {
    const last = batches.at(-1);
    if (last === undefined || cuts[index] === true) batches.push([item]);
    else last.push(item);
  }
  return batches;
}
