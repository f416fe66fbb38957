import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { Episode } from '../../src/domain/episode.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { Rule } from '../../src/domain/rule.ts';
import type { Session } from '../../src/domain/session.ts';
import { createCalendar } from '../../src/engine/calendars/create-calendar.ts';
import { foldLedger } from '../../src/engine/fold-session.ts';
import { chatEvents, inBatches } from '../support/random-events.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, Timeline } from '../support/timeline.ts';

/**
 * Whole lives of holds over random timelines, with all that can happen to them: events late, twice and with gaps, edits,
 * calendars, absences, snoozes, acknowledgements, crashes. Everything lies on a grid of minutes, so that much falls
 * on one instant.
 */
const FOR = 5 * MINUTE;
const POINTS = 60;
const END = 240;
const at = (minute: number) => START + minute * MINUTE;
const CALENDARS = new Map<string, Calendar>([
  [
    'desk',
    createCalendar('desk', {
      zone: 'America/Sao_Paulo',
      hours: { 'mon-fri': ['09:00-10:07', '10:11-10:12', '10:20-10:31', '10:45-18:00'] },
    }),
  ],
]);
const CALENDAR = CALENDARS.get('desk');

const post = anAction('slack.post', { channel: '#ops', text: 'x' });
const card = anAction('slack.alert', { channel: '#ops', text: 'x' });
const step = (minutes: number, unless: 'acknowledged' | 'never') => ({
  afterMs: minutes * MINUTE,
  unless,
  actions: [post],
});

const conduct = fc.record({
  keepForMs: fc.constantFrom(0, 0, 3 * MINUTE, 20 * MINUTE),
  outside: fc.constantFrom(undefined, undefined, 'skip' as const, 'wait' as const),
  business: fc.boolean(),
  onEdit: fc.constantFrom('keep' as const, 'restart' as const, 'cancel' as const),
  episodeBy: fc.constantFrom<string[]>([], [], ['session.assigneeId']),
});
const ladder = fc.record({
  steps: fc.constantFrom<Rule['steps']>([], [step(2, 'acknowledged'), step(6, 'never')]),
  repeat: fc.constantFrom(undefined, { everyMs: 4 * MINUTE, times: 3 }),
});

function toRule(
  {
    outside,
    business,
    ...conducted
  }: Pick<Rule, 'keepForMs' | 'onEdit' | 'episodeBy'> & {
    outside: 'skip' | 'wait' | undefined;
    business: boolean;
  },
  more: Partial<Rule> = {},
): Rule {
  return aRule({
    id: 'hold',
    trigger: { kind: 'hold', forMs: FOR },
    maxLateMs: 600 * MINUTE,
    actions: [card],
    onResolve: [post],
    ...conducted,
    ...(outside !== undefined && { during: { calendar: 'desk', outside } }),
    ...(outside !== undefined && business && { clock: 'business' as const }),
    ...more,
  });
}

const isHeld = (session: Session | undefined) => session?.status === 'ON_HOLD';

/** What happens to the chat at a minute, beside its events. */
type Deed = { kind: 'edit'; rule: Rule } | { kind: 'acknowledge' } | { kind: 'snooze'; minutes: number };

interface Life {
  rule: Rule;
  /** By the minute of arrival. */
  arrivals: Map<number, DeskEvent[]>;
  deeds: Map<number, Deed[]>;
}

const rules = fc
  .tuple(conduct, ladder, fc.constantFrom(undefined, { count: 1, per: 'session' as const, withinMs: 15 * MINUTE }))
  .map(([conducted, { steps, repeat }, limit]) =>
    toRule(conducted, { steps, ...(repeat && { repeat }), ...(limit && { limit }) }),
  );

const deeds = fc.array(
  fc.tuple(
    fc.nat({ max: POINTS + 20 }),
    fc.oneof(
      rules.map((rule): Deed => ({ kind: 'edit', rule })),
      fc.constant<Deed>({ kind: 'acknowledge' }),
      fc.integer({ min: 1, max: 15 }).map((minutes): Deed => ({ kind: 'snooze', minutes })),
    ),
  ),
  { maxLength: 6 },
);

const chats = (maxEvents: number) => chatEvents({ start: START, gridMs: MINUTE, points: POINTS, maxEvents });

const lives: fc.Arbitrary<Life> = fc
  .tuple(
    rules,
    chats(18).chain((events) =>
      fc.tuple(
        fc.constant(events),
        // Most events come at once, some minutes late, some twice.
        fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 0, 1, 7), fc.constantFrom(undefined, undefined, undefined, 3)), {
          minLength: events.length,
          maxLength: events.length,
        }),
      ),
    ),
    deeds,
  )
  .map(([rule, [events, delays], deeds]) => {
    const seen = new Set<string>();
    const coming = events
      .flatMap((event, index) => {
        const [late = 0, again] = delays[index] ?? [];
        const minute = (event.at - START) / MINUTE + late;
        return [minute, ...(again === undefined ? [] : [minute + again])].map((minute) => ({ minute, event }));
      })
      .sort((a, b) => a.minute - b.minute)
      // What comes twice is stored once.
      .filter(({ event: { key } }) => !seen.has(key) && seen.add(key));
    const arrivals = new Map(
      [...Map.groupBy(coming, ({ minute }) => minute)].map(([minute, group]) => [
        minute,
        group.map(({ event }) => ({ ...event, receivedAt: at(minute) })),
      ]),
    );
    const byMinute = Map.groupBy(deeds, ([minute]) => minute);
    return {
      rule,
      arrivals,
      deeds: new Map([...byMinute].map(([minute, all]) => [minute, all.map(([, deed]) => deed)])),
    };
  });

/** What people do to the open episodes that have fired, as the service's verbs do it. */
function carryOut(chat: Timeline, deed: Deed, now: number): void {
  const episodes = chat.state.episodes.map((episode): Episode => {
    if (episode.state !== 'fired' || episode.acknowledgedAt !== undefined) return episode;
    if (deed.kind === 'acknowledge') return { ...episode, acknowledgedAt: now };
    if (deed.kind !== 'snooze') return episode;
    const until = now + deed.minutes * MINUTE;
    const pausedMs = episode.pausedMs + until - Math.max(now, episode.snoozedUntil ?? now);
    const nextAt = Math.min(episode.falseSince === undefined ? until : (episode.nextAt ?? until), until);
    return { ...episode, snoozedUntil: until, pausedMs, nextAt };
  });
  chat.state = { ...chat.state, episodes };
}

interface Cuts {
  /** Looks within the minute after each, as if somebody woke the service. */
  extra: readonly boolean[];
  /** The first try of a call is lost, as in a crash before the commit. */
  crashes: readonly boolean[];
  /** Minutes in which nothing comes and nothing is due are not looked at. */
  sparse: boolean;
}

/** Lives the chat minute by minute; `onLook` sees what each call decided. */
async function live(life: Life, cuts: Cuts, onLook: (chat: Timeline, decided: Decision[]) => void): Promise<Timeline> {
  const chat = new Timeline(rulesetOf([life.rule], {}, CALENDARS));
  for (let minute = 0; minute <= END; minute += 1) {
    const now = at(minute);
    const events = life.arrivals.get(minute) ?? [];
    const isDue = chat.state.episodes.some(({ nextAt }) => nextAt !== undefined && nextAt <= now);
    const before = chat.decisions.length;
    if (!cuts.sparse || events.length > 0 || isDue) {
      if (cuts.crashes[minute] === true) await doomed(chat).run(now, ...events);
      await chat.run(now, ...events);
    }
    for (const deed of life.deeds.get(minute) ?? []) {
      if (deed.kind !== 'edit') carryOut(chat, deed, now);
      else {
        chat.ruleset = rulesetOf([deed.rule], {}, CALENDARS);
        if (cuts.crashes[minute] === true) await doomed(chat).sweep(now, ['hold']);
        await chat.sweep(now, ['hold']);
        // The sweep of one process and another's: twice is once.
        if (cuts.extra[minute] === true) await chat.sweep(now, ['hold'], now);
      }
    }
    if (cuts.extra[minute] === true) await chat.run(now + 20_000);
    onLook(chat, chat.decisions.slice(before));
  }
  return chat;
}

/** A copy whose work is lost. */
function doomed(chat: Timeline): Timeline {
  const copy = new Timeline(chat.ruleset, 's1', new Map(chat.limits));
  copy.state = structuredClone(chat.state);
  copy.ledger.push(...chat.ledger);
  for (const [key, event] of chat.events) copy.events.set(key, event);
  return copy;
}

const ACTED = new Set(['fired', 'shadow']);

/** The chat's state at a moment, as the ledger has it by now. */
function stateAt(chat: Timeline, moment: number): Session | undefined {
  return foldLedger(chat.ledger).findLast(({ lastEventAt }) => lastEventAt <= moment);
}

function essence(chat: Timeline) {
  return {
    session: chat.state.session,
    decisions: chat.decisions.map(({ decidedAt: _, ...decision }) => decision),
    actions: chat.actions.map(({ createdAt: _, ...action }) => action),
    episodes: [...chat.episodes.values()],
    limits: chat.limits,
  };
}

describe('over any life of a hold', () => {
  const minutes = fc.array(fc.boolean(), { minLength: END + 1, maxLength: END + 1 });
  const cutting = fc.record({ extra: minutes, crashes: minutes, sparse: fc.boolean() });
  const whole: Cuts = { extra: [], crashes: [], sparse: false };

  test('nothing acts twice, after its end, in an absence or a snooze, outside its hours, and nothing is lost', async () => {
    const seen: Record<string, number> = {};
    const count = (what: string) => {
      seen[what] = (seen[what] ?? 0) + 1;
    };
    await fc.assert(
      fc.asyncProperty(lives, cutting, async (life, cuts) => {
        const chat = await live(life, cuts, (chat, decided) => {
          for (const { outcome, at, episodeId, step, repeat, rulesetHash } of decided) {
            count(outcome);
            if (!ACTED.has(outcome)) continue;
            if (repeat !== undefined) count('repeat');
            const episode = chat.episodes.get(episodeId ?? '');
            expect(isHeld(stateAt(chat, at)), 'its conditions hold').toBe(true);
            expect(episode?.endedAt ?? at, 'it had not ended').toBeGreaterThanOrEqual(at);
            if (step === 0) {
              expect(at - (episode?.startedAt ?? at), 'it has lasted').toBeGreaterThanOrEqual(FOR);
              // By the rule that decided it, which may have been edited within the same minute.
              const [rule] = rulesetHash === chat.ruleset.hash ? chat.ruleset.rules : [];
              if (rule?.during !== undefined && rule.clock === 'wall') {
                expect(CALENDAR?.isOpen(at), 'its calendar is open').toBe(true);
              }
            } else if (episode?.snoozedUntil !== undefined) {
              expect(at, 'it is not snoozed').toBeGreaterThanOrEqual(episode.snoozedUntil);
            }
            if (repeat !== undefined && episode?.acknowledgedAt !== undefined) {
              expect(at, 'nobody has acknowledged it').toBeLessThanOrEqual(episode.acknowledgedAt);
            }
          }
        });
        const acted = chat.decisions.filter(({ outcome }) => ACTED.has(outcome));
        const once = acted.map(({ episodeId, step, repeat }) => `${episodeId} ${step} r${repeat}`);
        expect(new Set(once).size, 'each once').toBe(once.length);
        expect(new Set(chat.actions.map(({ id }) => id)).size, 'each action once').toBe(chat.actions.length);
        expect(chat.state.episodes.length, 'one hold while it is on hold').toBeLessThanOrEqual(1);
        for (const episode of chat.episodes.values()) {
          const { endedAt, endReason, endedBy, nextAt, falseSince, snoozedUntil, repeatsDone, pausedMs } = episode;
          if (endedAt === undefined) {
            expect(nextAt ?? at(END) + 1, 'nothing due is forgotten').toBeGreaterThan(at(END));
            expect(episode.state, 'it has come to something').not.toBe('running');
            expect(isHeld(chat.state.session), 'what is over has ended').toBe(true);
          } else {
            count('ended');
            expect(endReason, 'why it ended').toBeTruthy();
            expect(endedBy, 'what ended it').toMatch(/^(event:[0-9a-f]+|ruleset:.+|due|kept)$/);
            expect([nextAt, falseSince, snoozedUntil], 'it waits for nothing').toEqual([
              undefined,
              undefined,
              undefined,
            ]);
            if (endedBy === 'kept') count('kept');
          }
          expect(repeatsDone).toBeLessThanOrEqual(3);
          expect(pausedMs).toBeGreaterThanOrEqual(0);
        }
        if (isHeld(chat.state.session)) expect(chat.state.episodes, 'what is on hold is held').toHaveLength(1);
      }),
      { numRuns: 300 },
    );
    // It would say nothing of lives in which nothing happens.
    for (const what of ['fired', 'resolved', 'disarmed', 'closed', 'repeat', 'kept', 'skipped', 'limited']) {
      expect(seen[what] ?? 0, what).toBeGreaterThan(0);
    }
  });

  test('it is the same however time is cut into calls, also when some of them are lost', async () => {
    await fc.assert(
      fc.asyncProperty(lives, cutting, async (life, cuts) => {
        const one = await live(life, whole, () => {});
        const other = await live(life, cuts, () => {});
        expect(essence(other)).toEqual(essence(one));
      }),
      { numRuns: 200 },
    );
  });
});

describe('over any life without a ladder, its events in order', () => {
  const inOrder = chats(14).map((events) =>
    [...Map.groupBy(events, (event) => event.at).values()].flatMap((same) => same.slice(0, 1)),
  );

  test('it fires when, and only when, its conditions, its calendar and keepFor say so', async () => {
    let fired = 0;
    let waited = 0;
    await fc.assert(
      fc.asyncProperty(conduct, inOrder, fc.array(fc.boolean(), { maxLength: 14 }), async (conducted, events, cuts) => {
        const rule = toRule({ ...conducted, episodeBy: [] });
        // Some events wait for others to be judged with them, as after a pause of the service.
        const chat = new Timeline(rulesetOf([rule], {}, CALENDARS));
        for (const batch of inBatches(events, [...cuts, ...events.map(() => true)])) {
          await chat.run(batch.at(-1)?.at ?? START, ...batch);
        }
        await chat.run(at(END));
        const states = await statesOf(events);
        const ends = [...chat.episodes.values()].flatMap(({ endedAt }) => endedAt ?? []);
        expect(ends, 'when each ends').toEqual(endsOf(rule, states));
        const expected = firingsOf(rule, states);
        expect(chat.decisions.filter(({ outcome }) => outcome === 'fired').map(({ at }) => at)).toEqual(expected);
        fired += expected.length;
        waited += chat.decisions.filter(({ outcome }) => outcome === 'closed').length;
      }),
      { numRuns: 400 },
    );
    expect(fired).toBeGreaterThan(100);
    expect(waited).toBeGreaterThan(20);
  });
});

/** Whether the chat is on hold from a moment on; `anew`: it was, and was something else in between. */
type State = { at: number; held: boolean; anew: boolean };

/** Read off the events without the engine's notion of holds. */
async function statesOf(events: readonly DeskEvent[]): Promise<State[]> {
  const chat = new Timeline(rulesetOf([]));
  const states: State[] = [];
  for (const event of events) {
    const known = chat.state.session?.status;
    await chat.run(event.at, event);
    const from = event.payload['sessionOldStatus'];
    states.push({
      at: event.at,
      held: isHeld(chat.state.session),
      anew: known === 'ON_HOLD' && from !== undefined && from !== known,
    });
  }
  return states;
}

/** When a hold of these states fires, by the words of docs/holds.md. */
function firingsOf(rule: Rule, states: readonly State[]): number[] {
  const firings: number[] = [];
  for (const [index, first] of states.entries()) {
    if (!first.held || !beginsEpisode(rule, states, index)) continue;
    let moment: number | undefined = rule.clock === 'business' ? CALENDAR?.addOpenTime(first.at, FOR) : first.at + FOR;
    const dueAt = moment;
    while (moment !== undefined) {
      const end = endOf(rule, states, index);
      const present: State = states.findLast((state) => state.at <= (moment ?? 0)) ?? first;
      if (moment >= end) moment = undefined;
      else if (!present.held) moment = states.find((state) => state.at > present.at && state.held)?.at;
      else if (isClosed(rule, moment, dueAt)) {
        moment = rule.during?.outside === 'wait' ? CALENDAR?.nextOpen(moment) : undefined;
      } else {
        firings.push(moment);
        break;
      }
    }
  }
  return firings;
}

/** When its episodes end, those that did not fire as well. */
function endsOf(rule: Rule, states: readonly State[]): number[] {
  return states
    .flatMap(({ held }, index) => (held && beginsEpisode(rule, states, index) ? endOf(rule, states, index) : []))
    .filter(Number.isFinite);
}

function isClosed(rule: Rule, moment: number, dueAt: number | undefined): boolean {
  if (rule.during === undefined || CALENDAR?.isOpen(moment) === true) return false;
  return !(rule.clock === 'business' && moment === dueAt);
}

/** Whether no episode lasts when this state begins. */
function beginsEpisode(rule: Rule, states: readonly State[], index: number): boolean {
  const start = states[index];
  for (let first = 0; first < index; first += 1) {
    if (states[first]?.held !== true || !beginsEpisode(rule, states, first)) continue;
    const end = endOf(rule, states, first);
    if (start !== undefined && start.at < end) return false;
    // It comes back at the very moment at which keepFor would have ended it.
    if (start !== undefined && start.at === end && rule.keepForMs > 0 && states[index - 1]?.held === false)
      return false;
  }
  return true;
}

/** When the episode that begins with this state ends: what comes back within keepFor ends nothing. */
function endOf(rule: Rule, states: readonly State[], from: number): number {
  let falseSince: number | undefined;
  for (const state of states.slice(from + 1)) {
    if (falseSince !== undefined && state.at > falseSince + rule.keepForMs) break;
    if (state.held && state.anew && rule.keepForMs === 0) return state.at;
    if (state.held) falseSince = undefined;
    else falseSince ??= state.at;
    if (falseSince !== undefined && rule.keepForMs === 0) return falseSince;
  }
  return falseSince === undefined ? Number.POSITIVE_INFINITY : falseSince + rule.keepForMs;
}
