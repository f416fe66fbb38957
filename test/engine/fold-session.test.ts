import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { Session, Transition } from '../../src/domain/session.ts';
import { foldLedger } from '../../src/engine/fold-session.ts';
import { chatEvents, shuffledBatches } from '../support/random-events.ts';
import { rulesetOf } from '../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline } from '../support/timeline.ts';

const at = (minute: number) => START + minute * MINUTE;

/** The chat after these events, judged one by one in their own order. */
async function sessionAfter(...events: DeskEvent[]): Promise<Session | undefined> {
  const chat = new Timeline(rulesetOf([]));
  for (const event of events) await chat.run(event.at, event);
  return chat.state.session;
}

describe('the measures of a session', () => {
  test('time in each status counts from event to event, the present status from statusSince', async () => {
    const session = await sessionAfter(
      statusEvent(at(0), 'OPEN', { old: 'CREATED' }),
      statusEvent(at(3), 'ON_PROGRESS', { old: 'OPEN' }),
      statusEvent(at(5), 'ON_HOLD', { old: 'ON_PROGRESS' }),
      statusEvent(at(15), 'ON_PROGRESS', { old: 'ON_HOLD' }),
      statusEvent(at(16), 'ON_PROGRESS', { old: 'ON_PROGRESS' }),
      statusEvent(at(20), 'ON_HOLD', { old: 'ON_PROGRESS' }),
      statusEvent(at(21), 'ENDED', { old: 'ON_HOLD' }),
    );
    expect(session).toMatchObject({
      timeIn: { OPEN: 3 * MINUTE, ON_PROGRESS: 7 * MINUTE, ON_HOLD: 11 * MINUTE },
      status: 'ENDED',
      previousStatus: 'ON_HOLD',
      statusSince: at(21),
      endedAt: at(21),
      holds: 2,
    });
  });

  test('a chat that is put on hold again after its end has not ended', async () => {
    const ended = [statusEvent(at(0), 'OPEN'), statusEvent(at(5), 'ENDED', { old: 'OPEN' })];
    expect(await sessionAfter(...ended)).toMatchObject({ endedAt: at(5) });
    const reopened = await sessionAfter(...ended, statusEvent(at(7), 'ON_HOLD', { old: 'ENDED' }));
    expect(reopened?.endedAt).toBeUndefined();
    expect(reopened).toMatchObject({ status: 'ON_HOLD', timeIn: { OPEN: 5 * MINUTE, ENDED: 2 * MINUTE } });
    expect(
      await sessionAfter(
        ...ended,
        statusEvent(at(7), 'ON_HOLD', { old: 'ENDED' }),
        statusEvent(at(9), 'ENDED', { old: 'ON_HOLD' }),
      ),
    ).toMatchObject({ endedAt: at(9) });
  });

  test('the first assignment stays, each passing from one to another counts, an absent assignee means nobody', async () => {
    const session = await sessionAfter(
      statusEvent(at(0), 'OPEN', { currentAssigneeId: null, assigneeType: null }),
      statusEvent(at(1), 'ON_PROGRESS', { currentAssigneeId: 'bot1', assigneeType: 'BOT' }),
      statusEvent(at(2), 'ON_PROGRESS', { currentAssigneeId: 'a1' }),
      statusEvent(at(3), 'ON_PROGRESS', { currentAssigneeId: 'a1' }),
      statusEvent(at(4), 'ON_PROGRESS', { currentAssigneeId: 'a2' }),
      statusEvent(at(5), 'OPEN', { currentAssigneeId: '', assigneeType: '' }),
    );
    expect(session).toMatchObject({ firstAssignedAt: at(1), reassignments: 2 });
    expect(session?.assigneeId).toBeUndefined();
    expect(session?.assigneeType).toBeUndefined();
  });

  test('the first response is the first message of an agent; bots, notes and the customer do not count', async () => {
    const chat = [
      statusEvent(at(0), 'OPEN'),
      messageEvent(at(1), 'IN'),
      messageEvent(at(2), 'OUT', { actor: { type: 'BOT' } }),
      messageEvent(at(3), 'OUT', { messageType: 'INFO', actor: { type: 'AGENT' } }),
    ];
    const before = await sessionAfter(...chat);
    expect(before?.firstResponseAt).toBeUndefined();
    expect(before).toMatchObject({ messagesIn: 1, messagesOut: 1, lastOutboundAt: at(2) });
    const after = await sessionAfter(...chat, messageEvent(at(4), 'OUT'), messageEvent(at(5), 'OUT'));
    expect(after).toMatchObject({ firstResponseAt: at(4), messagesOut: 3, lastOutboundAt: at(5) });
  });

  test("waitingSince is the customer's last message until somebody answers", async () => {
    const asked = [messageEvent(at(1), 'IN'), messageEvent(at(2), 'IN')];
    expect(await sessionAfter(...asked)).toMatchObject({ waitingSince: at(2), lastInboundAt: at(2), messagesIn: 2 });
    const answered = await sessionAfter(...asked, messageEvent(at(3), 'OUT'));
    expect(answered?.waitingSince).toBeUndefined();
    const again = await sessionAfter(...asked, messageEvent(at(3), 'OUT'), messageEvent(at(4), 'IN'));
    expect(again).toMatchObject({ waitingSince: at(4) });
  });

  test('a chat that is known by its messages only has a channel and a contact, and no status', async () => {
    const session = await sessionAfter(messageEvent(at(1), 'IN', { meta: { DESK_TICKET_ID: 't7' } }));
    expect(session).toMatchObject({ channelId: 'c1', contactId: 'k1', ticketId: 't7', integration: 'WHATSAPP' });
    expect(session?.status).toBeUndefined();
    expect(session).toMatchObject({ createdAt: at(1), timeIn: {} });
  });

  test('a chat first seen in its status, or seen in it again after a gap, says that the status began before', async () => {
    const first = await sessionAfter(statusEvent(at(1), 'ON_HOLD', { old: 'ON_HOLD' }));
    expect(first).toMatchObject({ statusSince: at(1), statusSinceApproximate: true });
    const afterGap = [statusEvent(at(1), 'OPEN'), statusEvent(at(9), 'ON_HOLD', { old: 'ON_HOLD' })];
    expect(await sessionAfter(...afterGap)).toMatchObject({ statusSince: at(9), statusSinceApproximate: true });
    const exact = [statusEvent(at(1), 'OPEN'), statusEvent(at(9), 'ON_HOLD', { old: 'OPEN' })];
    expect(await sessionAfter(...exact)).toMatchObject({ statusSince: at(9), statusSinceApproximate: false });
  });

  test('three changes within one millisecond are taken in the order in which they follow each other', async () => {
    const changes = [
      statusEvent(at(1), 'OPEN', { old: 'CREATED' }),
      statusEvent(at(1), 'ON_PROGRESS', { old: 'OPEN' }),
      statusEvent(at(1), 'ON_HOLD', { old: 'ON_PROGRESS' }),
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const session = await sessionAfter(
        statusEvent(at(0), 'CREATED'),
        ...order.flatMap((index) => changes[index] ?? []),
      );
      expect(session, `arrived as ${order}`).toMatchObject({ status: 'ON_HOLD', previousStatus: 'ON_PROGRESS' });
    }
  });
});

/** What the event itself states: independent of how it arrived. */
function core({
  known: _,
  gap: __,
  late: ___,
  assigneeChanged: ____,
  ...stated
}: Transition): Omit<Transition, 'known' | 'gap' | 'late' | 'assigneeChanged'> {
  return stated;
}

describe('arrival', () => {
  test('a session and what its transitions state do not depend on the order and the batches in which events arrive', async () => {
    const chats = chatEvents({ start: START, gridMs: 1_000, points: 12, maxEvents: 14 });
    await fc.assert(
      fc.asyncProperty(
        chats.chain((events) => fc.tuple(fc.constant(events), shuffledBatches(events))),
        async ([events, batches]) => {
          const inOrder = new Timeline(rulesetOf([]));
          for (const event of events) await inOrder.run(at(60), event);
          const shuffled = new Timeline(rulesetOf([]));
          for (const batch of batches) await shuffled.run(at(60), ...batch);
          expect(shuffled.state.session).toEqual(inOrder.state.session);
          expect(shuffled.state.session).toEqual(foldLedger(shuffled.ledger).at(-1));
          const stated = (chat: Timeline) =>
            chat.ledger
              .map((entry) => (entry.kind === 'transition' ? core(entry.entry) : entry.entry))
              .sort((a, b) => (a.eventKey < b.eventKey ? -1 : 1));
          expect(stated(shuffled)).toEqual(stated(inOrder));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('a transition says what was known, whether something is missing before it, and whether it came late', async () => {
    const chat = new Timeline(rulesetOf([]));
    await chat.run(at(0), statusEvent(at(0), 'OPEN', { old: 'CREATED' }));
    await chat.run(at(9), statusEvent(at(9), 'ENDED', { old: 'ON_HOLD', currentAssigneeId: 'a2' }));
    await chat.run(at(10), statusEvent(at(5), 'ON_HOLD', { old: 'OPEN', currentAssigneeId: 'a2' }));
    expect(chat.ledger.map(({ entry }) => entry)).toMatchObject([
      { gap: false, late: false, assigneeChanged: true },
      { known: 'OPEN', gap: true, late: false, assigneeChanged: true },
      { known: 'ENDED', gap: false, late: true, assigneeChanged: false },
    ]);
  });
});
