import { describe, expect, test } from 'vitest';
import { SESSION_STATUSES } from '../../../src/domain/vocabulary.ts';
import { UNHEARD_OF_STATUS } from '../../../src/sandbox/traffic/chat-life.ts';
import { createSimulation, type SimulationOptions } from '../../../src/sandbox/traffic/simulation.ts';
import { sandboxWorld } from '../../../src/sandbox/world.ts';
import { createDesk } from '../../../src/sandbox/zoho/desk.ts';
import type { WebhookEvent } from '../../../src/sandbox/zoho/webhook-event.ts';
import { MONDAY } from '../../support/stand-in-client.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A simulation that keeps what it sends (requests) and what the desk caused (events). */
function simulate(seed: string, options: Partial<SimulationOptions> = {}) {
  const requests: { at: number; events: readonly WebhookEvent[] }[] = [];
  const events: WebhookEvent[] = [];
  const desk = createDesk({ world: sandboxWorld });
  const send = (sent: readonly WebhookEvent[], at: number) => requests.push({ at, events: sent });
  const simulation = createSimulation({ desk, seed, startAt: MONDAY, send, ...options });
  desk.onEvent((event) => events.push(event));
  return { simulation, desk, requests, events, until: (at: number) => simulation.agenda.advanceTo(MONDAY + at) };
}

describe('a seed', () => {
  test('gives the same requests at the same instants, whatever the steps in which time passes', () => {
    const [one, other] = [simulate('a'), simulate('a')];
    one.until(6 * HOUR);
    for (let at = 0; at <= 6 * HOUR; at += 7 * MINUTE + 13) other.until(at);
    other.until(6 * HOUR);
    expect(one.requests.length).toBeGreaterThan(1000);
    expect(other.requests).toEqual(one.requests);
  });

  test('gives other requests than another seed', () => {
    const [one, other] = [simulate('a'), simulate('b')];
    one.until(HOUR);
    other.until(HOUR);
    expect(other.requests).not.toEqual(one.requests);
  });

  test('an API call changes the life of its own chat only', () => {
    const [free, touched] = [simulate('a'), simulate('a')];
    for (const one of [free, touched]) one.until(10 * MINUTE);
    const victim = [...touched.desk.sessions.values()].find((session) => session.status === 'ON_HOLD');
    expect(victim).toBeDefined();
    touched.desk.changeSession(victim?.id ?? '', { status: 'ENDED' }, MONDAY + 10 * MINUTE, 'api');
    for (const one of [free, touched]) one.until(90 * MINUTE);
    const others = ({ events }: typeof free) =>
      events.filter(({ payload, eventType }) => eventType === 'IM_Session_Status' && payload.sessionId !== victim?.id);
    expect(others(touched)).toEqual(others(free));
    expect(touched.events.filter(({ payload }) => payload.sessionId === victim?.id).at(-1)?.payload.sessionStatus).toBe(
      'ENDED',
    );
  });
});

describe('a day of traffic', () => {
  const day = simulate('a day', { chatsPerHour: 60 });
  day.until(24 * HOUR);
  const statusEvents = day.events.filter(({ eventType }) => eventType === 'IM_Session_Status');
  const bySession = Map.groupBy(statusEvents, ({ payload }) => String(payload.sessionId));

  test('every event has the documented shape: strings, the three types, the portal’s id', () => {
    for (const event of day.events) {
      expect(event.orgId).toBe(sandboxWorld.orgId);
      expect(event.eventTime).toMatch(/^\d{13}$/);
      expect(['IM_Session_Status', 'IM_Message_Add', 'IM_Message_Status']).toContain(event.eventType);
      expect(event.payload.sessionId).toMatch(/^\d{17}$/);
      expect(event.payload.channelId).toMatch(/^\d{17}$/);
    }
    for (const { payload } of statusEvents) {
      expect(payload.messagesCount).toMatch(/^\d+$/);
      expect(payload.currentAssigneeId ?? '106554156').toMatch(/^(\d{9}|654030000002201\d\d)$/);
    }
  });

  test('within a chat each event’s old status is the one before, and time never runs back', () => {
    for (const events of bySession.values()) {
      for (const [index, event] of events.entries()) {
        const before = events[index - 1];
        expect(event.payload.sessionOldStatus).toBe(before?.payload.sessionStatus ?? null);
        expect(Number(event.eventTime)).toBeGreaterThanOrEqual(Number(before?.eventTime ?? 0));
      }
    }
  });

  test('the desk shows what the events said last', () => {
    for (const [id, events] of bySession) {
      const session = day.desk.sessions.get(id);
      if (session !== undefined) expect(events.at(-1)?.payload.sessionStatus).toBe(session.status);
    }
  });

  test('all known statuses occur, and one that nobody has heard of', () => {
    const seen = new Set(statusEvents.map(({ payload }) => payload.sessionStatus));
    expect([...seen].sort()).toEqual([...SESSION_STATUSES, UNHEARD_OF_STATUS].sort());
  });

  /** For each stretch that an event opens: how long until the chat's next status event. */
  const stretches = (matches: (event: WebhookEvent) => boolean) =>
    [...bySession.values()].flatMap((events) =>
      events.flatMap((event, index) => {
        const next = events[index + 1];
        return matches(event) && next !== undefined ? [Number(next.eventTime) - Number(event.eventTime)] : [];
      }),
    );

  test('some chats are picked up and not answered for more than half an hour', () => {
    expect(
      stretches(({ payload }) => payload.sessionStatus === 'ON_HOLD').filter((ms) => ms > 30 * MINUTE).length,
    ).toBeGreaterThan(20);
  });

  test('some chats stay open with nobody for more than ten minutes', () => {
    const open = stretches(({ payload }) => payload.sessionStatus === 'OPEN' && payload.currentAssigneeId === null);
    expect(open.filter((ms) => ms > 10 * MINUTE).length).toBeGreaterThan(20);
  });

  test('some chats come back after their end', () => {
    const back = statusEvents.filter(
      ({ payload }) => payload.sessionOldStatus === 'ENDED' && payload.sessionStatus === 'ON_HOLD',
    );
    expect(back.length).toBeGreaterThan(20);
  });

  test('a channel loses its token and gets it back', () => {
    const revoked = new Set(
      statusEvents
        .filter(({ payload }) => payload.replyStatus === 'CHANNEL_REVOKED')
        .map(({ payload }) => payload.sessionId),
    );
    expect(revoked.size).toBeGreaterThan(5);
    const recovered = [...bySession.values()].some((events) =>
      events.some(
        ({ payload }, index) =>
          payload.replyStatus === 'ACCEPTED' && events[index - 1]?.payload.replyStatus === 'CHANNEL_REVOKED',
      ),
    );
    expect(recovered).toBe(true);
  });

  test('messages go both ways, through every channel', () => {
    const added = day.events.filter(({ eventType }) => eventType === 'IM_Message_Add');
    expect(new Set(added.map(({ payload }) => payload.direction))).toEqual(new Set(['IN', 'OUT']));
    expect(new Set(added.map(({ payload }) => payload.channelId)).size).toBe(sandboxWorld.channels.length);
  });

  test('every event is sent, some twice, some after their successors, some several in a request', () => {
    const sent = day.requests.flatMap(({ events }) => events);
    const times = new Map<WebhookEvent, number>();
    for (const event of sent) times.set(event, (times.get(event) ?? 0) + 1);
    const due = day.events.filter(({ eventTime }) => Number(eventTime) < MONDAY + 23 * HOUR);
    expect(due.filter((event) => !times.has(event))).toEqual([]);
    expect([...times.values()].filter((count) => count > 1).length).toBeGreaterThan(50);
    expect(day.requests.filter(({ events }) => events.length > 1).length).toBeGreaterThan(50);
    const newest = new Map<unknown, number>();
    let late = 0;
    for (const { payload, eventTime } of sent) {
      if (Number(eventTime) < (newest.get(payload.sessionId) ?? 0)) late += 1;
      newest.set(payload.sessionId, Math.max(Number(eventTime), newest.get(payload.sessionId) ?? 0));
    }
    expect(late).toBeGreaterThan(50);
    expect(late).toBeLessThan(sent.length * 0.1);
  });

  test('agents come and go, and no department is ever left with nobody', () => {
    const fewest = new Map<string, number>();
    let wentOffline = 0;
    const watched = simulate('agents');
    for (let at = 0; at < 12 * HOUR; at += MINUTE) {
      watched.until(at);
      for (const { id } of sandboxWorld.departments) {
        fewest.set(id, Math.min(fewest.get(id) ?? 99, watched.desk.onlineIn(id).length));
      }
      if (sandboxWorld.agents.some((agent) => !watched.desk.isOnline(agent.id))) wentOffline += 1;
    }
    expect(wentOffline).toBeGreaterThan(30);
    for (const count of fewest.values()) expect(count).toBeGreaterThanOrEqual(2);
  });
});

test('a long run forgets the chats of the day before', () => {
  const run = simulate('long');
  run.until(24 * HOUR);
  const afterOneDay = run.desk.sessions.size;
  run.until(72 * HOUR);
  expect(run.simulation.chats).toBeGreaterThan(2.5 * afterOneDay);
  expect(run.desk.sessions.size).toBeLessThan(1.5 * afterOneDay);
});

test('without late, double or shared deliveries each chat’s events are sent once, alone and in order', () => {
  const run = simulate('plain', { deliveryShares: { batched: 0, duplicated: 0, late: 0 } });
  run.until(6 * HOUR);
  expect(run.requests.every(({ events }) => events.length === 1)).toBe(true);
  const sent = Map.groupBy(
    run.requests.flatMap(({ events }) => events),
    ({ payload }) => payload.sessionId,
  );
  const caused = Map.groupBy(run.events, ({ payload }) => payload.sessionId);
  for (const [id, events] of sent) expect(events).toEqual(caused.get(id)?.slice(0, events.length));
});
