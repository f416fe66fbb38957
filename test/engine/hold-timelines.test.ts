import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { Rule } from '../../src/domain/rule.ts';
import type { Session } from '../../src/domain/session.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { foldLedger } from '../../src/engine/fold-session.ts';
import { chatEvents, inBatches, shuffledBatches } from '../support/random-events.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, Timeline } from '../support/timeline.ts';

/** Holds over random timelines, on a grid on which due times and events often fall on the same instant. */
const FOR = 5 * MINUTE;
/** After all events and due times; still within maxLate of the first. */
const END = START + 59 * MINUTE;

const chats = (maxEvents: number) => chatEvents({ start: START, gridMs: MINUTE, points: 30, maxEvents });
const wakeUps = fc
  .array(fc.nat({ max: 59 * 4 }), { maxLength: 12 })
  .map((ticks) => ticks.map((tick) => START + tick * 15_000));

const isHeld = (session: Session | undefined) => session?.status === 'ON_HOLD';

/** The events of each instant together, in event time. */
function byInstant(events: readonly DeskEvent[]): { at: number; events: DeskEvent[] }[] {
  return [...Map.groupBy(events, ({ at }) => at)].map(([at, events]) => ({ at, events }));
}

/** The first event of each instant only. */
function oneAtATime(events: readonly DeskEvent[]): DeskEvent[] {
  return byInstant(events).flatMap(({ events }) => events.slice(0, 1));
}

/** Judges the events as they happen, with wake-ups in between, and then everything that is due up to the end. */
async function live(
  ruleset: CompiledRuleset,
  events: readonly DeskEvent[],
  wakeUps: readonly number[] = [],
): Promise<Timeline> {
  const chat = new Timeline(ruleset);
  const instants = new Map(byInstant(events).map(({ at, events }) => [at, events]));
  for (const now of [...new Set([...instants.keys(), ...wakeUps, END])].sort((a, b) => a - b)) {
    await chat.run(now, ...(instants.get(now) ?? []));
  }
  return chat;
}

interface Stretch {
  from: number;
  /** Absent: it lasts. */
  to?: number;
}

/** When the chat was on hold, read off its states without the engine's notion of episodes; one event per instant. */
async function stretchesOf(events: readonly DeskEvent[], by: (session: Session) => unknown): Promise<Stretch[]> {
  const chat = new Timeline(rulesetOf([]));
  const stretches: Stretch[] = [];
  let current: { from: number; by: unknown } | undefined;
  for (const event of events) {
    const known = chat.state.session?.status;
    await chat.run(event.at, event);
    const { session } = chat.state;
    const holds = session !== undefined && isHeld(session);
    // It was on hold as far as we knew, and the event comes from another status: it was not on hold all the time.
    const { sessionOldStatus: from } = event.payload;
    const broken = known === 'ON_HOLD' && from !== undefined && from !== known;
    if (current !== undefined && (!holds || broken || by(session) !== current.by)) {
      stretches.push({ from: current.from, to: event.at });
      current = undefined;
    }
    if (holds) current ??= { from: event.at, by: by(session) };
  }
  if (current !== undefined) stretches.push({ from: current.from });
  return stretches;
}

/** Rules of each kind whose decisions no instant of looking enters; a ladder's do, since it climbs from its firing. */
function manyRules(): CompiledRuleset {
  const unowned: Rule['conditions'] = {
    all: [{ fact: 'session', path: '$.assigneeId', operator: 'exists', value: false }],
  };
  const waiting: Rule['conditions'] = {
    all: [{ fact: 'session', path: '$.waitingSince', operator: 'exists', value: true }],
  };
  const onStatus = { kind: 'event' as const, on: ['IM_Session_Status'], late: false };
  return rulesetOf([
    aRule({ id: 'held', trigger: { kind: 'hold', forMs: FOR }, onResolve: [anAction('slack.post')] }),
    aRule({ id: 'held-longer', trigger: { kind: 'hold', forMs: 2 * FOR }, exclusive: 'g' }),
    aRule({ id: 'unowned', conditions: unowned, trigger: { kind: 'hold', forMs: FOR }, exclusive: 'g', priority: 2 }),
    aRule({
      id: 'waiting',
      conditions: waiting,
      trigger: { kind: 'hold', forMs: FOR },
      limit: { count: 1, per: 'session', withinMs: 15 * MINUTE },
      episodeBy: ['session.waitingSince'],
      mode: 'shadow',
    }),
    aRule({ id: 'changed', trigger: onStatus, limit: { count: 2, per: 'channel', withinMs: 10 * MINUTE } }),
    aRule({ id: 'card', trigger: onStatus, actions: [anAction('slack.alert')], exclusive: 'g' }),
  ]);
}

describe('over any timeline', () => {
  test.each([
    ['of a status', [] as string[], () => undefined],
    ['of a status and an assignee', ['session.assigneeId'], ({ assigneeId }: Session) => assigneeId],
  ])(
    'a hold %s fires once for each stretch that lasts long enough, at its due time, and for no other',
    async (_, episodeBy, by) => {
      const ruleset = rulesetOf([aRule({ id: 'hold', trigger: { kind: 'hold', forMs: FOR }, episodeBy })]);
      let fired = 0;
      await fc.assert(
        fc.asyncProperty(chats(16), wakeUps, async (all, wakeUps) => {
          const events = oneAtATime(all);
          const chat = await live(ruleset, events, wakeUps);
          const stretches = await stretchesOf(events, by);
          const lasting = stretches.filter(({ from, to }) => to === undefined || from + FOR < to);
          const told = (outcome: string) =>
            chat.decisions.filter((decision) => decision.outcome === outcome).map(({ at }) => at);
          expect(told('armed')).toEqual(stretches.map(({ from }) => from));
          expect(told('fired')).toEqual(lasting.map(({ from }) => from + FOR));
          expect(told('resolved')).toEqual(lasting.flatMap(({ to }) => to ?? []));
          expect(told('disarmed')).toEqual(
            stretches.filter((stretch) => !lasting.includes(stretch)).flatMap(({ to }) => to ?? []),
          );
          expect(chat.actions).toHaveLength(lasting.length);
          fired += lasting.length;
        }),
        { numRuns: 250 },
      );
      expect(fired).toBeGreaterThan(100);
    },
  );

  test('decisions do not depend on how often anybody looks, nor on how events are put together', async () => {
    const ruleset = manyRules();
    const timelines = chats(16).chain((events) => {
      const count = byInstant(events).length;
      const cuts = fc.array(fc.boolean(), { minLength: count, maxLength: count });
      return fc.tuple(fc.constant(events), cuts, wakeUps);
    });
    await fc.assert(
      fc.asyncProperty(timelines, async ([events, cuts, wakeUps]) => {
        const looked = await live(ruleset, events, wakeUps);
        // Together: the events of several instants are judged in one go, as after a pause of the service.
        const together = new Timeline(ruleset);
        for (const batch of inBatches(byInstant(events), cuts)) {
          await together.run(batch.at(-1)?.at ?? END, ...batch.flatMap(({ events }) => events));
        }
        await together.run(END);
        expect(essence(together)).toEqual(essence(looked));
      }),
      { numRuns: 250 },
    );
  });

  test('decisions do not depend on how far our clock is behind that of the source', async () => {
    const ruleset = manyRules();
    const clocks = fc.array(fc.nat({ max: 120 }), { minLength: 16, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(chats(16), clocks, async (events, minutes) => {
        const behind = new Timeline(ruleset);
        for (const [index, { at, events: together }] of byInstant(events).entries()) {
          // Each event shows that its time has come; our clock says something else, now this, now that.
          await behind.run(at - (minutes[index] ?? 0) * MINUTE, ...together);
        }
        await behind.run(END);
        expect(essence(behind)).toEqual(essence(await live(ruleset, events)));
      }),
      { numRuns: 250 },
    );
  });

  test('a ladder climbs once per step, whatever else wakes the service between', async () => {
    const steps = [2, 4, 6].map((minutes) => ({
      afterMs: minutes * MINUTE,
      unless: 'acknowledged' as const,
      actions: [anAction('slack.post')],
    }));
    const ruleset = rulesetOf([aRule({ id: 'ladder', trigger: { kind: 'hold', forMs: FOR }, steps })]);
    const everyMinute = Array.from({ length: 60 }, (_, minute) => START + minute * MINUTE);
    await fc.assert(
      fc.asyncProperty(chats(16), wakeUps, async (events, wakeUps) => {
        const looked = await live(ruleset, events, everyMinute);
        const lookedMore = await live(ruleset, events, [...everyMinute, ...wakeUps]);
        expect(essence(lookedMore)).toEqual(essence(looked));
        const climbed = lookedMore.decisions.filter(({ outcome }) => outcome === 'fired');
        const once = new Set(climbed.map(({ episodeId, step }) => `${episodeId} ${step}`));
        expect(climbed).toHaveLength(once.size);
      }),
      { numRuns: 150 },
    );
  });

  test('in any order of arrival: no episode fires twice, none without its state having lasted, none is forgotten', async () => {
    const rule = aRule({ id: 'hold', trigger: { kind: 'hold', forMs: FOR }, episodeBy: ['session.assigneeId'] });
    const ruleset = rulesetOf([rule]);
    const arrivals = chats(14).chain((events) =>
      fc.tuple(
        shuffledBatches(events),
        fc.array(fc.nat({ max: 29 }), { minLength: events.length, maxLength: events.length }),
      ),
    );
    let fired = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, async ([batches, delays]) => {
        const chat = new Timeline(ruleset);
        // Each batch arrives no earlier than its events happened and than the batch before.
        let now = START;
        for (const [index, batch] of batches.entries()) {
          now = Math.max(now, ...batch.map(({ at }) => at), START + (delays[index] ?? 0) * MINUTE);
          const before = chat.decisions.length;
          await chat.run(now, ...batch);
          for (const { outcome, at, episodeId } of chat.decisions.slice(before)) {
            if (outcome !== 'fired') continue;
            fired += 1;
            const episode = chat.episodes.get(episodeId ?? '');
            if (episode === undefined) throw new Error('a firing without its episode');
            expect(at - episode.startedAt).toBeGreaterThanOrEqual(FOR);
            expect(statesWithin(chat, episode.startedAt, at).every(isHeld)).toBe(true);
          }
        }
        await chat.run(END);
        const firings = chat.decisions.filter(({ outcome }) => outcome === 'fired').map(({ episodeId }) => episodeId);
        expect(new Set(firings).size).toBe(firings.length);
        const open = chat.state.episodes;
        expect(open).toHaveLength(isHeld(chat.state.session) ? 1 : 0);
        expect(open.every(({ state }) => state === 'fired')).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(fired).toBeGreaterThan(100);
  });
});

/** The chat's states from `from` to `to`, as its ledger has them. */
function statesWithin(chat: Timeline, from: number, to: number): Session[] {
  const states = foldLedger(chat.ledger).filter(({ lastEventAt }) => lastEventAt <= to);
  // Of several states within the first millisecond the last one counts.
  const start = states.findLastIndex(({ lastEventAt }) => lastEventAt <= from);
  return states.slice(start);
}

/** All that followed, without the instants at which somebody happened to look. */
function essence(chat: Timeline) {
  return {
    session: chat.state.session,
    ledger: chat.ledger.map(({ entry }) => entry).sort((a, b) => (a.eventKey < b.eventKey ? -1 : 1)),
    decisions: chat.decisions.map(({ decidedAt: _, ...decision }) => decision),
    actions: chat.actions.map(({ createdAt: _, expiresAt: __, ...action }) => action),
    episodes: [...chat.episodes.values()].map(({ firedAt: _, nextAt: __, ...episode }) => episode),
    limits: chat.limits,
    resolved: chat.resolved,
  };
}
