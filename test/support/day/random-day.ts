import fc from 'fast-check';
import type { DeskEvent } from '../../../src/domain/event.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { World } from '../../../src/domain/test-file.ts';
import { toDeskEvent } from '../../../src/ingress/zoho-desk/desk-event.ts';
import { AGENTS, CHANNELS, EDITS } from './rule-folder.ts';

/** What happens on a random day: few chats, few values and few instants, so that ties, repeats and reversals are common. */
export type Thing = { at: number } & (
  | { kind: 'event'; event: JsonObject; type: string; happenedAt: number; twice: boolean }
  | { kind: 'click'; button: 'acknowledge' | 'snooze' | 'resolve'; card: number; forMs: number }
  | { kind: 'edit'; edit: (typeof EDITS)[number] }
  | { kind: 'down'; forMs: number }
  | { kind: 'world'; world: World }
);

export interface DayShape {
  chats: number;
  maxThings: number;
  /** Each chat has milliseconds of its own, so that no two are judged at one instant, and the service is never down. */
  staggered: boolean;
}

const SECOND = 1_000;
const GRID_MS = 15 * SECOND;
const POINTS = 60;
const STATUSES = [
  'ON_HOLD',
  'ON_HOLD',
  'ON_HOLD',
  'OPEN',
  'ON_PROGRESS',
  'ENDED',
  'BLOCKED',
  'PARKED_BY_A_FUTURE_ZOHO',
];
const REPLIES = ['ACCEPTED', 'ACCEPTED', 'CHANNEL_REVOKED'];

/** In the order of time; offsets from the start in ms. */
export function randomDay({ chats, maxThings, staggered }: DayShape): fc.Arbitrary<Thing[]> {
  const point = fc.nat({ max: POINTS }).map((number) => number * GRID_MS);
  const chat = fc.nat({ max: chats - 1 });
  const ofChat = (number: number) => (staggered ? number + 1 : 0);
  const lateMs = fc.constantFrom(0, 0, 0, 0, 30 * SECOND, 3 * 60 * SECOND);
  const status = fc
    .record({
      point,
      chat,
      lateMs,
      twice: fc.nat({ max: 9 }).map((n) => n === 0),
      to: fc.constantFrom(...STATUSES),
      from: fc.option(fc.constantFrom(...STATUSES), { nil: undefined, freq: 3 }),
      agent: fc.option(fc.nat({ max: AGENTS.length - 1 }), { nil: undefined, freq: 4 }),
      bot: fc.nat({ max: 9 }).map((n) => n === 0),
      reply: fc.constantFrom(...REPLIES),
    })
    .map(({ point, chat, lateMs, twice, to, from, agent, bot, reply }): Thing => {
      const at = point + ofChat(chat);
      const assignee = agent === undefined ? undefined : bot ? 'b1' : AGENTS[agent]?.zuid;
      const event: JsonObject = {
        sessionId: `s${chat}`,
        sessionStatus: to,
        ...(from === undefined ? {} : { sessionOldStatus: from }),
        replyStatus: reply,
        channelId: CHANNELS[chat % CHANNELS.length]?.id ?? '',
        ...(assignee === undefined ? {} : { currentAssigneeId: assignee, assigneeType: bot ? 'BOT' : 'AGENT' }),
      };
      return { at, kind: 'event', type: 'IM_Session_Status', event, happenedAt: at - lateMs, twice };
    });
  const message = fc
    .record({
      point,
      chat,
      lateMs,
      twice: fc.nat({ max: 9 }).map((n) => n === 0),
      isIn: fc.boolean(),
      id: fc.nat({ max: 50 }),
    })
    .map(({ point, chat, lateMs, twice, isIn, id }): Thing => {
      const at = point + ofChat(chat);
      const event: JsonObject = {
        id: `m${id}`,
        sessionId: `s${chat}`,
        channelId: CHANNELS[chat % CHANNELS.length]?.id ?? '',
        direction: isIn ? 'IN' : 'OUT',
        messageType: 'TEXT',
        text: 'Olá',
        actor: { type: isIn ? 'ENDUSER' : 'AGENT', name: 'Kamal', contactId: `k${chat}` },
      };
      return { at, kind: 'event', type: 'IM_Message_Add', event, happenedAt: at - lateMs, twice };
    });
  // Never in the millisecond of a chat: what people do is judged by the deliveries of that moment.
  const aside = point.map((at) => at + 500);
  const minutes = (from: number, to: number) => fc.integer({ min: from, max: to }).map((n) => n * 60 * SECOND);
  const click = fc.record({
    at: aside,
    kind: fc.constant('click' as const),
    button: fc.constantFrom('acknowledge' as const, 'snooze' as const, 'resolve' as const),
    card: fc.nat({ max: 5 }),
    forMs: minutes(1, 6),
  });
  const edit = fc.record({ at: aside, kind: fc.constant('edit' as const), edit: fc.constantFrom(...EDITS) });
  const world = fc.record({ at: aside, forMinutes: fc.integer({ min: 1, max: 8 }), which: worldChange() }).map(
    ({ at, forMinutes, which }): Thing => ({
      at,
      kind: 'world',
      world: which(`${Math.floor(at / SECOND) + 1}s`, `${Math.floor(at / SECOND) + 1 + forMinutes * 60}s`),
    }),
  );
  const down = fc.record({ at: aside, kind: fc.constant('down' as const), forMs: minutes(1, 5) });
  const thing: fc.Arbitrary<Thing> = fc.oneof(
    { weight: 24, arbitrary: status },
    { weight: 10, arbitrary: message },
    { weight: 6, arbitrary: click },
    { weight: 1, arbitrary: edit },
    { weight: 4, arbitrary: world },
    ...(staggered ? [] : [{ weight: 1, arbitrary: down }]),
  );
  return fc
    .array(thing, { minLength: 4, maxLength: maxThings })
    .map((things) => things.toSorted((a, b) => a.at - b.at));
}

/** From and to as a test file writes them. */
type WorldChange = (from: string, to: string) => World;

function worldChange(): fc.Arbitrary<WorldChange> {
  const agent = fc.constantFrom(...AGENTS.map(({ id }) => id));
  const fault = fc.record({
    destination: fc.constantFrom('slack' as const, 'zoho-desk' as const, 'http' as const),
    answer: fc.constantFrom('down' as const, 'refused' as const, 'lost' as const, 'not_connected' as const),
  });
  const matcher = fc.constantFrom(
    { everything: true as const },
    { rule: 'held-card' },
    { session: 's0' },
    { channel: CHANNELS[1]?.id ?? '' },
    { agent: AGENTS[1]?.id ?? '' },
  );
  const scope = fc.constantFrom(
    { everything: true as const },
    { rule: 'changed' },
    { destination: 'slack' as const },
    { destination: 'zoho-desk' as const },
    { channel: CHANNELS[0]?.id ?? '' },
  );
  const actions = fc.constantFrom('wait' as const, 'drop' as const);
  return fc.oneof(
    fc.record({ id: agent, online: fc.boolean() }).map(
      (one): WorldChange =>
        () => ({ agents: [one] }),
    ),
    fault.map(
      (one): WorldChange =>
        (from, to) => ({ faults: [{ ...one, from, to }] }),
    ),
    matcher.map(
      (one): WorldChange =>
        (from, to) => ({ silences: [{ ...one, from, to }] }),
    ),
    fc.record({ scope, actions }).map(
      ({ scope: one, actions: what }): WorldChange =>
        (from, to) => ({ pauses: [{ ...one, actions: what, from, to }] }),
    ),
  );
}

/** @param start epoch ms; @param receivedAt epoch ms */
export function toEventOfDay(
  { type, event, happenedAt }: Extract<Thing, { kind: 'event' }>,
  { orgId, start, receivedAt }: { orgId: string; start: number; receivedAt: number },
): DeskEvent {
  const envelope = { eventType: type, eventTime: String(start + happenedAt), orgId, payload: event };
  const reading = toDeskEvent(envelope, { orgId, receivedAt });
  if (!reading.ok) throw new Error(reading.reason);
  return reading.event;
}
