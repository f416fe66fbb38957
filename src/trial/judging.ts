import type { Decision } from '../domain/decision.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { LedgerEntry, Session } from '../domain/session.ts';
import { type AdvanceInput, advance } from '../engine/advance.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { KnownChannel } from '../engine/facts.ts';
import {
  type Effects,
  type Known,
  limitName,
  type Needs,
  type StoredEvent,
  type SubjectState,
} from '../engine/subject-state.ts';
import { createChannelTimes } from './channel-times.ts';
import { type Computing, computeAll } from './computing.ts';
import { createDueQueue } from './due-queue.ts';
import { createInhibiting } from './inhibiting.ts';
import { createTicking } from './ticking.ts';

/**
 * Judging in memory: the state of every subject, around the same pure core that the service puts a database around. What
 * the core asks for is answered from here.
 */
export interface Judging {
  /** Judges events of any subjects at `now`, each subject's in one go. */
  take(events: readonly DeskEvent[], now: number): Promise<Judged[]>;
  /** Judges what is due at or before `now`. */
  due(now: number): Promise<Judged[]>;
  /** Rules were edited: every subject meets the new ones. */
  sweep(ruleset: CompiledRuleset, changedRules: ReadonlySet<string>, now: number): Promise<Judged[]>;
  /** When something is due next; undefined: never. Epoch ms. */
  nextAt(): number | undefined;
  stateOf(subject: string): SubjectState | undefined;
  /** Changes a subject's state as a person does it, by acknowledging for example. */
  change(subject: string, change: (state: SubjectState) => SubjectState): void;
  subjects(): Iterable<SubjectState>;
}

export interface Judged {
  subject: string;
  state: SubjectState;
  effects: Effects;
}

export interface JudgingOptions {
  orgId: string;
  ruleset: CompiledRuleset;
  channels: () => ReadonlyMap<string, KnownChannel>;
  /** From when schedules tick, epoch ms. */
  start: number;
  /** Whether an agent is online, by the id that events carry. */
  online: (assigneeId: string) => boolean | undefined;
  /** The longest that a channel is ever silent, ms; undefined: nobody knows. */
  usualSilence?: (channelId: string) => number | undefined;
}

const NO_TICKS: ReturnType<ReturnType<typeof createTicking>['take']> = new Map();

export function createJudging({
  orgId,
  ruleset: first,
  channels,
  start,
  online,
  usualSilence = () => undefined,
}: JudgingOptions): Judging {
  let ruleset = first;
  const states = new Map<string, SubjectState>();
  const ledgers = new Map<string, LedgerEntry[]>();
  const limits = new Map<string, readonly number[]>();
  const stored = new Map<string, StoredEvent>();
  const inhibiting = createInhibiting(ruleset.rules);
  const queue = createDueQueue();
  const channelTimes = createChannelTimes();
  const ticking = createTicking(ruleset, start);
  const computing: Computing = {
    sessions: chats,
    ledgers: () => ledgers.values(),
    lastOfChannel: channelTimes.last,
    events: () => stored.values(),
    online,
    usualSilence,
  };

  function chats(): Session[] {
    return [...states.values()].flatMap(({ session }) => session ?? []);
  }

  async function judge(
    subject: string,
    events: readonly DeskEvent[],
    now: number,
    { ticks = [], sweep }: Pick<AdvanceInput, 'ticks' | 'sweep'> = {},
  ): Promise<Judged> {
    const state = states.get(subject) ?? { orgId, subject, episodes: [] };
    const input: AdvanceInput = { state, events, ticks, known: { limits, channels: channels() }, now, ruleset };
    if (sweep !== undefined) input.sweep = sweep;
    for (const event of events) stored.set(event.key, { event });
    const answer = await answerNeeds(input);
    keep(answer.state, answer.effects);
    for (const transition of answer.effects.transitions) {
      const event = stored.get(transition.eventKey)?.event;
      if (event !== undefined) stored.set(event.key, { event, transition });
    }
    return { subject, ...answer };
  }

  async function answerNeeds(first: AdvanceInput): Promise<{ state: SubjectState; effects: Effects }> {
    let input = first;
    for (;;) {
      const answer = await advance(input);
      if (answer.kind === 'judged') return answer;
      input = { ...input, known: learn(input.known, answer.needs, input.state.subject) };
    }
  }

  function learn(known: Known, needs: Needs, subject: string): Known {
    for (const key of needs.limits) if (!limits.has(limitName(key))) limits.set(limitName(key), []);
    const inhibitors = new Map([...(known.inhibitors ?? []), ...inhibiting.answer(needs.inhibitors)]);
    const events = new Map([...(known.events ?? []), ...needs.events.map((key) => [key, stored.get(key)] as const)]);
    const computed = new Map([...(known.computed ?? []), ...computeAll(computing, needs.computed)]);
    return { ...known, inhibitors, events, computed, ...(needs.ledger && { ledger: ledgers.get(subject) ?? [] }) };
  }

  function keep(state: SubjectState, effects: Effects): void {
    setState(state);
    const entries: LedgerEntry[] = [
      ...effects.transitions.map((entry): LedgerEntry => ({ kind: 'transition', entry })),
      ...effects.messages.map((entry): LedgerEntry => ({ kind: 'message', entry })),
    ];
    channelTimes.add(entries);
    if (entries.length > 0) ledgers.set(state.subject, [...(ledgers.get(state.subject) ?? []), ...entries]);
    for (const [name, { firedAt }] of effects.limits) limits.set(name, firedAt);
    inhibiting.note(effects.episodes);
  }

  function setState(state: SubjectState): void {
    states.set(state.subject, state);
    const moments = state.episodes.flatMap(({ nextAt }) => nextAt ?? []);
    queue.set(state.subject, moments.length === 0 ? undefined : Math.min(...moments));
  }

  return {
    async take(events, now) {
      const judged: Judged[] = [];
      for (const [subject, own] of Map.groupBy(events, (event) => event.subject)) {
        judged.push(await judge(subject, own, now));
      }
      return judged;
    },
    async due(now) {
      const judged: Judged[] = [];
      const isTick = (ticking.nextAt() ?? Number.POSITIVE_INFINITY) <= now;
      const ticks = isTick ? ticking.take(now, { channelIds: channels().keys(), sessions: chats() }) : NO_TICKS;
      for (const subject of new Set([...ticks.keys(), ...queue.take(now)])) {
        judged.push(await judge(subject, [], now, { ticks: ticks.get(subject) ?? [] }));
      }
      return judged;
    },
    async sweep(next, changedRules, now) {
      ruleset = next;
      ticking.meet(next, now);
      const judged: Judged[] = [];
      const sweep = { changedRules, loadedAt: now };
      for (const subject of states.keys()) judged.push(await judge(subject, [], now, { sweep }));
      return judged;
    },
    nextAt() {
      const [due, tick] = [queue.nextAt(), ticking.nextAt()];
      return due === undefined || tick === undefined ? (due ?? tick) : Math.min(due, tick);
    },
    stateOf: (subject) => states.get(subject),
    change(subject, change) {
      const state = states.get(subject);
      if (state !== undefined) setState(change(state));
    },
    subjects: () => states.values(),
  };
}

/** The decisions of several subjects in the order of their moments, as a log would show them. */
export function decisionsOf(judged: readonly Judged[]): Decision[] {
  return judged.flatMap(({ effects }) => effects.decisions).sort((a, b) => a.at - b.at);
}
