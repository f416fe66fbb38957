import type { DeskEvent } from '../domain/event.ts';
import type { CompiledRuleset } from './compile.ts';
import { createDraft, type Draft, openEpisodes } from './draft.ts';
import { judgeDue } from './judge-due.ts';
import { judgeEvent } from './judge-event.ts';
import { judgeSweep } from './judge-sweep.ts';
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
}

export type Advanced =
  | { kind: 'judged'; state: SubjectState; effects: Effects }
  /** Something has to be loaded first: ask again with it in `known`. Nothing has happened. */
  | { kind: 'needs'; needs: Needs };

/**
 * Judges events and due times of one subject in the order of their times. An event at the very millisecond of a due
 * time goes first, so the event that ends a state wins over the hold that would fire on it. What is due before an event is
 * judged before it also when `now` has not reached it: the event shows that by the source's clock, which started the
 * hold, its time has passed; ours may be behind.
 */
export async function advance({
  state,
  events,
  sweep,
  known,
  now,
  dueUntil = now,
  ruleset,
}: AdvanceInput): Promise<Advanced> {
  const draft = createDraft(state, ruleset, known, now);
  if (sweep !== undefined) await judgeSweep(draft, sweep.changedRules, sweep.loadedAt);
  const waiting = [...events].sort(byTime);
  let next = waiting.shift();
  for (;;) {
    const dueAt = nextDueAt(draft);
    if (next !== undefined && (dueAt === undefined || next.at <= dueAt)) {
      if (!(await judgeEvent(draft, next))) break;
      next = waiting.shift();
    } else if (dueAt !== undefined && (next !== undefined || dueAt <= Math.min(now, dueUntil))) {
      await judgeDue(draft, dueAt);
    } else {
      break;
    }
  }
  if (draft.needs.ledger || draft.needs.limits.length > 0) return { kind: 'needs', needs: draft.needs };
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
  for (const { nextAt } of openEpisodes(draft)) {
    if (nextAt !== undefined && (earliest === undefined || nextAt < earliest)) earliest = nextAt;
  }
  return earliest;
}

function toJudged(draft: Draft): { state: SubjectState; effects: Effects } {
  const changed = [...draft.changedEpisodes].flatMap((id) => draft.episodes.get(id) ?? []);
  const state: SubjectState = { orgId: draft.orgId, subject: draft.subject, episodes: openEpisodes(draft) };
  if (draft.session !== undefined) state.session = draft.session;
  return { state, effects: { ...draft.effects, episodes: changed } };
}
