import fc from 'fast-check';
import type { Delivery, DeliveryOutcome } from '../../src/domain/action.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { createCalendar } from '../../src/engine/calendars/create-calendar.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { activateRuleset } from '../../src/services/activate-ruleset.ts';
import { acknowledgeAlert, snoozeAlert } from '../../src/services/alert-verbs.ts';
import type { DeliveryQueue } from '../../src/services/delivery-queue.ts';
import { expireActions } from '../../src/services/redrive.ts';
import { findAlert } from '../../src/store/alerts.ts';
import type { Database } from '../../src/store/database.ts';
import { type Acting, createActing } from './acting.ts';
import { chatEvents } from './random-events.ts';
import { anAction, aRule, ON_HOLD } from './rules.ts';
import { MINUTE, START, statusEvent } from './timeline.ts';

/**
 * A portal with everything in it that can happen: chats whose events come late, twice and at one instant, holds, ladders,
 * cards, limits, reassignments, deliveries that fail in every way, people who acknowledge. The same seed gives the same.
 */
export interface BusyHistory extends Acting {
  /** How many events came. */
  events: number;
}

const card = { channel: '#ops', text: 'x' };
const record = anAction('record', { dataset: 'd', fields: { s: '{{ session.id }}' } }, { facts: ['session'] });

const RULES: Rule[] = [
  aRule({
    id: 'held',
    conditions: { all: [ON_HOLD] },
    trigger: { kind: 'hold', forMs: 2 * MINUTE },
    episodeBy: ['session.assigneeId'],
    actions: [
      anAction('slack.alert', card, {
        id: 'card',
        onFailure: [anAction('http.request', { url: 'https://x.invalid/' })],
      }),
      anAction('http.request', { url: 'https://x.invalid/' }, { id: 'call', needs: 'card' }),
      { ...record, id: 'row', needs: 'call' },
    ],
    steps: [
      { afterMs: 2 * MINUTE, unless: 'acknowledged', actions: [anAction('slack.alert', card)] },
      { afterMs: 4 * MINUTE, unless: 'never', actions: [anAction('slack.post', card)] },
    ],
    onResolve: [anAction('slack.post', card)],
  }),
  aRule({
    id: 'reassigns',
    conditions: { all: [ON_HOLD] },
    trigger: { kind: 'hold', forMs: 5 * MINUTE },
    limit: { count: 3, per: 'channel', withinMs: 10 * MINUTE },
    actions: [anAction('zoho.assignSession', { agentId: 'a2' })],
  }),
  aRule({
    id: 'every-status',
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: true },
    conditions: { all: [] },
    actions: [
      record,
      anAction('dashboard.update', { tile: 't', add: 1 }),
      anAction('http.request', { url: 'https://x.invalid/' }),
    ],
  }),
  aRule({
    id: 'card-of-a-message',
    trigger: { kind: 'event', on: ['IM_Message_Add'], late: false },
    conditions: { all: [] },
    limit: { count: 1, per: 'session', withinMs: 3 * MINUTE },
    actions: [
      anAction('http.request', { url: 'https://x.invalid/' }, { onFailure: [anAction('slack.alert', card)] }),
      anAction('slack.alert', card),
    ],
  }),
  aRule({
    id: 'shadowed',
    mode: 'shadow',
    conditions: { all: [ON_HOLD] },
    trigger: { kind: 'hold', forMs: MINUTE },
    steps: [{ afterMs: MINUTE, unless: 'never', actions: [anAction('slack.post', card)] }],
  }),
  aRule({
    id: 'lasting',
    conditions: { all: [ON_HOLD] },
    trigger: { kind: 'hold', forMs: MINUTE },
    keepForMs: 2 * MINUTE,
    during: { calendar: 'desk', outside: 'wait' },
    actions: [anAction('slack.alert', card)],
    steps: [{ afterMs: 3 * MINUTE, unless: 'never', actions: [anAction('slack.post', card)] }],
    repeat: { everyMs: 2 * MINUTE, times: 5 },
  }),
  aRule({
    id: 'in-hours',
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    conditions: { all: [{ fact: 'event', path: '$.sessionStatus', operator: 'equal', value: 'ON_HOLD' }] },
    during: { calendar: 'desk', outside: 'wait' },
    actions: [anAction('slack.alert', card)],
  }),
];

/** Breaks within the time of the history. */
const CALENDARS = new Map([
  [
    'desk',
    createCalendar('desk', {
      zone: 'America/Sao_Paulo',
      hours: { 'mon-fri': ['10:00-10:06', '10:10-10:14', '10:18-18:00'] },
    }),
  ],
]);

/** The chats of a history, the events of each in the order in which they come. */
function inventChats(seed: number, chats: number): DeskEvent[][] {
  return Array.from({ length: chats }, (_, index) => {
    const options = { start: START, gridMs: MINUTE, points: 25, maxEvents: 14, sessionId: `chat-${index}` };
    return fc.sample(chatEvents(options), { numRuns: 1, seed: seed + index })[0] ?? [];
  });
}

export async function liveBusyHistory(
  database: Database & { queue: DeliveryQueue },
  { seed = 1, chats = 25 }: { seed?: number; chats?: number } = {},
): Promise<BusyHistory> {
  const random = createRandom(`busy history ${seed}`);
  const acting = createActing(database, RULES, { calendars: CALENDARS });
  const { orgId, clock, deps } = acting;
  await activateRuleset({ database, clock }, orgId, acting.ruleset);
  acting.slack.deliver = answering((name) => ({ channel: 'C1', ts: name }));
  acting.http.deliver = answering(() => ({ status: 200 }));
  acting.zoho.deliver = answering(() => ({ agentId: 'a2' }));

  // Each event comes at its time or up to five minutes late, some of them twice.
  const coming = inventChats(seed, chats)
    .flat()
    .flatMap((event) => {
      const lateMs = random.chance(0.2) ? random.between(1, 5) * MINUTE : 0;
      const first = { event, comesAt: event.at + lateMs };
      return random.chance(0.1) ? [first, { event, comesAt: first.comesAt + MINUTE }] : [first];
    })
    .sort((a, b) => a.comesAt - b.comesAt);
  for (const [comesAt, group] of Map.groupBy(coming, (one) => one.comesAt)) {
    clock.set(comesAt);
    await acting.take(...group.map(({ event }) => ({ ...event, receivedAt: comesAt })));
    await acting.deliverAll();
    if (random.chance(0.5)) await acknowledgeSome(acting, database);
    if (random.chance(0.3)) await snoozeSome(acting, database);
  }
  // What expires: an hour without a destination. What is left: more of that, and jobs that nobody has carried out.
  acting.http.connected = false;
  clock.advance(10 * MINUTE);
  await acting.judge();
  await acting.deliverAll();
  clock.advance(70 * MINUTE);
  await expireActions({ ...deps, queue: database.queue });
  await acting.take(...lastChats(clock.now()));
  clock.advance(2 * MINUTE);
  await acting.judge();
  await acting.deliverAll();
  clock.advance(3 * MINUTE);
  await acting.judge();
  return { ...acting, events: coming.length };
}

/** Answers of every kind, each by what is delivered and not by when: deliveries run beside each other. */
function answering(result: (name: string) => JsonObject) {
  return async ({ ruleId, subject, type, attempt }: Delivery): Promise<DeliveryOutcome> => {
    const name = `${ruleId}/${subject}/${type}/${attempt}`;
    const chance = createRandom(name).next();
    const reason = 'as the history has it';
    if (chance < 0.06) return { kind: 'refused', reason };
    if (chance < 0.12) return { kind: 'retry', reason };
    if (chance < 0.15) return { kind: 'uncertain', reason };
    return { kind: 'delivered', result: result(name) };
  };
}

/** Some chats on hold at the end of the history. */
function lastChats(at: number): DeskEvent[] {
  return [1, 2, 3].map((number) =>
    statusEvent(at, 'ON_HOLD', { sessionId: `last-${number}`, channelId: `c${number}` }),
  );
}

/** Somebody acknowledges the newest card, if there is one. */
async function acknowledgeSome(acting: Acting, database: Database & { queue: DeliveryQueue }): Promise<void> {
  const { orgId, clock, ruleset } = acting;
  const card = (await acting.actions()).findLast(({ type, state }) => type === 'slack.alert' && state === 'delivered');
  if (card === undefined || (await findAlert(database.db, orgId, card.id)) === undefined) return;
  const verbs = { database, clock, queue: database.queue, rulesetHash: () => ruleset.hash };
  await acknowledgeAlert(verbs, orgId, card.id, 'api');
}

async function snoozeSome(acting: Acting, database: Database & { queue: DeliveryQueue }): Promise<void> {
  const { orgId, clock, ruleset } = acting;
  const card = (await acting.actions()).find(({ type, ruleId }) => type === 'slack.alert' && ruleId === 'lasting');
  if (card === undefined || (await findAlert(database.db, orgId, card.id)) === undefined) return;
  const verbs = { database, clock, queue: database.queue, rulesetHash: () => ruleset.hash };
  await snoozeAlert(verbs, orgId, card.id, { by: 'api', until: clock.now() + 4 * MINUTE });
}
