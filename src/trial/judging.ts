import type { Decision } from '../domain/decision.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { Silence } from '../domain/mute.ts';
import { type AdvanceInput, advance } from '../engine/advance.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { KnownChannel } from '../engine/facts.ts';
import type { OwnChange } from '../engine/own-changes.ts';
import type { Effects, Known, Needs, SubjectState } from '../engine/subject-state.ts';
import { type Computing, computeAll } from './computing.ts';
import { createDueQueue } from './due-queue.ts';
import { createInhibiting } from './inhibiting.ts';
import { createPast } from './past.ts';
import { createTicking } from './ticking.ts';

/**
 * Judging in memory: the state of every subject, around the same pure core that the service puts a database around. What
 * the core asks for is answered from here. With `forgetAfterMs` it needs memory for what is open and for how far back rules
 * look, and not for what has passed.
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
  /** Of all chats that are not forgotten, and of what else was judged. */
  subjects(): Iterable<SubjectState>;
  /** How many chats were forgotten so far. */
  forgotten(): number;
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
  /**
   * How long after its last event an ended chat is kept when nothing of it is open, ms; absent: for ever. An event that comes
   * for it later is judged as that of a new chat: what it had counted begins anew, and `transition.known` is not known. For as long
   * are kept the firings of limits and the moments of histories, beyond what rules look back: for late events.
   */
  forgetAfterMs?: number | undefined;
  /** Those of the world at this moment; default none. */
  silences?: () => readonly Silence[];
  /** What actions of ours have changed in a chat; default nothing. */
  ownChanges?: (subject: string) => readonly OwnChange[];
}

/** What replaying a long history takes: late events come within minutes, and a chat that is taken up again mostly within the day. */
export const DEFAULT_FORGET_AFTER_MS = 86_400_000;

const NONE: readonly never[] = [];
const NO_TICKS: ReturnType<ReturnType<typeof createTicking>['take']> = new Map();

export function createJudging({
  orgId,
  ruleset: first,
  channels,
  start,
  online,
  usualSilence = () => undefined,
  forgetAfterMs = Number.POSITIVE_INFINITY,
  silences = () => NONE,
  ownChanges = () => NONE,
}: JudgingOptions): Judging {
  let ruleset = first;
  const states = new Map<string, SubjectState>();
  /** Those of schedule rules: the desk, channels, agents. */
  const desk = new Map<string, SubjectState>();
  const inhibiting = createInhibiting(ruleset.rules);
  const queue = createDueQueue();
  const past = createPast(ruleset, forgetAfterMs === Number.POSITIVE_INFINITY);
  const ticking = createTicking(ruleset, start);
  const { chats, history, channelTimes } = past;
  const computing: Computing = { chats, history, channelTimes, online, usualSilence };
  let forgotten = 0;
  let forgetAt = start + forgetAfterMs;

  async function judge(
    subject: string,
    events: readonly DeskEvent[],
    now: number,
    { ticks = [], sweep }: Pick<AdvanceInput, 'ticks' | 'sweep'> = {},
  ): Promise<Judged> {
    if (now >= forgetAt) forget(now);
    const state = states.get(subject) ?? { orgId, subject, episodes: [] };
    const known: Known = {
      limits: past.limits,
      channels: channels(),
      silences: silences(),
      ownChanges: ownChanges(subject),
    };
    const input: AdvanceInput = { state, events, ticks, known, now, ruleset };
    if (sweep !== undefined) input.sweep = sweep;
    past.addEvents(events);
    const answer = await answerNeeds(input);
    keep(state, answer.state, answer.effects);
    return { subject, state: answer.state, effects: answer.effects };
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
    for (const key of needs.limits) past.openLimit(key);
    const inhibitors = new Map([...(known.inhibitors ?? []), ...inhibiting.answer(needs.inhibitors)]);
    const events = new Map([
      ...(known.events ?? []),
      ...needs.events.map((key) => [key, past.findWaiting(key)] as const),
    ]);
    const computed = new Map([...(known.computed ?? []), ...computeAll(computing, needs.computed)]);
    return { ...known, inhibitors, events, computed, ...(needs.ledger && { ledger: past.ledgerOf(subject) }) };
  }

  function keep(before: SubjectState, state: SubjectState, effects: Effects): void {
    setState(state);
    past.add(before, state, effects);
    inhibiting.note(effects.episodes);
  }

  function setState(state: SubjectState): void {
    states.set(state.subject, state);
    if (state.session === undefined) desk.set(state.subject, state);
    else desk.delete(state.subject);
    let next: number | undefined;
    for (const { nextAt } of state.episodes) {
      if (nextAt !== undefined && (next === undefined || nextAt < next)) next = nextAt;
    }
    queue.set(state.subject, next);
  }

  /** Goes through all that is kept, so it is done a few times within `forgetAfterMs`. */
  function forget(now: number): void {
    forgetAt = now + forgetAfterMs / 4;
    for (const { subject, session, episodes } of states.values()) {
      if (episodes.length > 0) continue;
      if (session === undefined) {
        states.delete(subject);
        desk.delete(subject);
      } else if (session.status === 'ENDED' && session.lastEventAt <= now - forgetAfterMs) {
        states.delete(subject);
        past.forgetChat(subject);
        forgotten += 1;
      }
    }
    past.forgetBefore(now - forgetAfterMs);
  }

  function seenSoFar() {
    return {
      channelIds: [...channels().keys(), ...chats.channelIds()],
      agentIds: chats.agentIds,
      episodes: [...desk.values()].flatMap(({ episodes }) => episodes),
    };
  }

  return {
    async take(events, now) {
      const [only, ...others] = events;
      if (only === undefined) return [];
      if (others.length === 0) return [await judge(only.subject, events, now)];
      const judged: Judged[] = [];
      for (const [subject, own] of Map.groupBy(events, (event) => event.subject)) {
        judged.push(await judge(subject, own, now));
      }
      return judged;
    },
    async due(now) {
      const judged: Judged[] = [];
      const isTick = (ticking.nextAt() ?? Number.POSITIVE_INFINITY) <= now;
      const ticks = isTick ? ticking.take(now, seenSoFar()) : NO_TICKS;
      for (const subject of new Set([...ticks.keys(), ...queue.take(now)])) {
        judged.push(await judge(subject, [], now, { ticks: ticks.get(subject) ?? [] }));
      }
      return judged;
    },
    async sweep(next, changedRules, now) {
      ruleset = next;
      ticking.meet(next, now);
      past.meet(next);
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
    forgotten: () => forgotten,
  };
}

/** The decisions of several subjects in the order of their moments, as a log would show them. */
export function decisionsOf(judged: readonly Judged[]): Decision[] {
  return judged.flatMap(({ effects }) => effects.decisions).sort((a, b) => a.at - b.at);
}
