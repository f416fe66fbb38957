import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { CompiledRuleset } from './compile.ts';
import { createDraft, type Draft, openEpisodes } from './draft.ts';
import { StillLearning } from './evaluate.ts';
import { DEFAULT_MAX_REASSIGNMENTS } from './guard-reassignments.ts';
import { judgeDue } from './judge-due.ts';
import { judgeEvent } from './judge-event.ts';
import { judgeSweep } from './judge-sweep.ts';
import { judgeTicks, type Tick } from './judge-tick.ts';
import type { Effects, Known, Needs, SubjectState } from './subject-state.ts';

/**
 * The heart: a pure function of (a subject's state with its holds, events and due times, now, the ruleset). The
 * service loads before it and saves after it; tests, simulation and replay keep the state in memory around the
 * same function. There is no second implementation of the semantics anywhere.
 */
export interface AdvanceInput {
  state: SubjectState;
  /** Events to judge, of this subject only, in any order. */
  events: readonly DeskEvent[];
  /** Schedule rules that are to be judged for this subject, in any order. */
  ticks?: readonly Tick[];
  /** A ruleset that came into force and that this subject has not met yet. */
  sweep?: { changedRules: ReadonlySet<string>; loadedAt: number };
  known: Known;
  /** Epoch ms; what is due up to now is judged. */
  now: number;
  /**
   * Judge what is due only up to here (default: now). Given when more events are waiting than `events` holds, since
   * those come before what is due after them.
   */
  dueUntil?: number;
  ruleset: CompiledRuleset;
  /** How often rules may reassign one chat within an hour; see guard-reassignments.ts. */
  maxReassignments?: number;
}

export type Advanced =
  | { kind: 'judged'; state: SubjectState; effects: Effects }
  /** Something has to be loaded first: ask again with it in `known`. Nothing has happened. */
  | { kind: 'needs'; needs: Needs };

/**
 * Judges events, ticks and due times of one subject in the order of their times. An event at the very millisecond of a due
 * time goes first, so the event that ends a state wins over the hold that would fire on it; so does a tick, over a step of
 * what it ends. What is due before an event is
 * judged before it also when `now` has not reached it: the event shows that by the source's clock, which started the
 * hold, its time has passed; ours may be behind.
 */
export async function advance(input: AdvanceInput): Promise<Advanced> {
  for (let lessons = 0; ; lessons += 1) {
    try {
      return judgeAll(input);
    } catch (error) {
      if (!(error instanceof StillLearning) || lessons >= MAX_LESSONS) throw error;
      // Nothing has happened yet: it is judged anew, with what is known now.
      await error.learning;
    }
  }
}

/** More than any rules can need for the events of one call: an evaluator that never learns is not asked for ever. */
const MAX_LESSONS = 10_000;

function judgeAll({
  state,
  events,
  ticks = [],
  sweep,
  known,
  now,
  dueUntil = now,
  ruleset,
  maxReassignments = DEFAULT_MAX_REASSIGNMENTS,
}: AdvanceInput): Advanced {
  const draft = createDraft({ state, ruleset, known, now, maxReassignments });
  if (sweep !== undefined) judgeSweep(draft, sweep.changedRules, sweep.loadedAt);
  const waiting = events.length > 1 ? [...events].sort(byTime) : [...events];
  let next = waiting.shift();
  let ticking = ticks.length > 1 ? [...ticks].sort((a, b) => a.at - b.at) : ticks;
  for (;;) {
    const dueAt = nextDueAt(draft);
    const tickAt = ticking[0]?.at;
    if (next !== undefined && next.at <= Math.min(dueAt ?? next.at, tickAt ?? next.at)) {
      if (!judgeEvent(draft, next)) break;
      next = waiting.shift();
    } else if (tickAt !== undefined && tickAt <= (dueAt ?? tickAt)) {
      judgeTicks(
        draft,
        tickAt,
        ticking.filter(({ at }) => at === tickAt),
      );
      ticking = ticking.filter(({ at }) => at > tickAt);
    } else if (dueAt !== undefined && (next !== undefined || dueAt <= Math.min(now, dueUntil))) {
      if (!judgeDue(draft, dueAt)) break;
    } else {
      break;
    }
  }
  const { needs } = draft;
  if (needs.ledger || [needs.limits, needs.inhibitors, needs.events, needs.computed].some((keys) => keys.length > 0)) {
    return { kind: 'needs', needs };
  }
  return { kind: 'judged', ...toJudged(draft) };
}

/** By event time; at one millisecond by key, so that the order of arrival does not matter. */
function byTime(a: DeskEvent, b: DeskEvent): number {
  if (a.at !== b.at) return a.at - b.at;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** When the subject next wants to be looked at, if at all. */
function nextDueAt(draft: Draft): number | undefined {
  let earliest: number | undefined;
  for (const { nextAt, endedAt } of draft.episodes.values()) {
    if (endedAt !== undefined || nextAt === undefined) continue;
    if (earliest === undefined || nextAt < earliest) earliest = nextAt;
  }
  return earliest;
}

function toJudged(draft: Draft): { state: SubjectState; effects: Effects } {
  const changed: Episode[] = [];
  for (const id of draft.changedEpisodes) {
    const episode = draft.episodes.get(id);
    if (episode !== undefined) changed.push(episode);
  }
  const state: SubjectState = { orgId: draft.orgId, subject: draft.subject, episodes: openEpisodes(draft) };
  if (draft.session !== undefined) state.session = draft.session;
  return { state, effects: { ...draft.effects, episodes: changed } };
}
