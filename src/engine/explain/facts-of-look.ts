import type { DeskEvent } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Rule } from '../../domain/rule.ts';
import type { CompiledRuleset } from '../compile.ts';
import { gatherComputed } from '../computed/gather-computed.ts';
import { createDraft, type Draft, stateFacts } from '../draft.ts';
import { eventFacts, type Facts, transitionFacts } from '../facts.ts';
import type { Effects, Known, StoredEvent, SubjectState } from '../subject-state.ts';

/** One call of the heart, for one event, one due time or one sweep: what it was given and what it gave. */
export interface SeenLook {
  ruleset: CompiledRuleset;
  look: Look;
  /** When it was judged, epoch ms. */
  now: number;
  before: SubjectState;
  after: SubjectState;
  effects: Effects;
  /** Everything that the rule's gates ask for is in it, whether the heart has asked or not. */
  known: Known;
  maxReassignments: number;
}

export type Look =
  | { kind: 'event'; at: number; event: DeskEvent }
  | { kind: 'due'; at: number }
  | { kind: 'sweep'; at: number; loadedAt: number }
  /** A schedule rule at one of its moments. */
  | { kind: 'tick'; at: number }
  /** Nothing has happened: the chat as it stands at a moment. */
  | { kind: 'state'; at: number };

/** The draft as it was when the rules were judged: after the event, with what this judging has found so far. */
export function draftOf({ after, ruleset, known, now, maxReassignments, effects }: SeenLook): Draft {
  const draft = createDraft({ state: after, ruleset, known, now, maxReassignments });
  return { ...draft, effects: { ...draft.effects, transitions: effects.transitions, messages: effects.messages } };
}

export interface FactsOfLook {
  facts: Facts;
  /** Queues and histories by the names that the evaluation has for them. */
  runtime: ReadonlyMap<string, JsonObject>;
  /** Some computed facts of it are not known any more. */
  isPartial: boolean;
}

/** What a rule's conditions were judged by, made by the same functions that judging makes it with. */
export function factsOfLook(draft: Draft, rule: Rule, seen: SeenLook): FactsOfLook {
  const { look } = seen;
  const facts: Facts = { ...stateFacts(draft, look.at), ...aboutEvent(draft, rule, seen) };
  const gathered = gatherComputed(draft, rule, facts, { at: look.at, now: seen.now });
  return gathered === undefined ? { facts, runtime: new Map(), isPartial: true } : { ...gathered, isPartial: false };
}

function aboutEvent(draft: Draft, rule: Rule, { look, known, before }: SeenLook): Facts {
  if (rule.trigger.kind !== 'event') return {};
  if (look.kind === 'event') {
    const transition = draft.effects.transitions.find(({ eventKey }) => eventKey === look.event.key);
    return toFacts({ event: look.event, ...(transition && { transition }) });
  }
  // An event that waited for the calendar to open.
  const waiting = before.episodes.find(({ ruleId, state }) => ruleId === rule.id && state === 'running');
  const stored = waiting?.eventKey === undefined ? undefined : known.events?.get(waiting.eventKey);
  return stored === undefined ? {} : toFacts(stored);
}

function toFacts({ event, transition }: StoredEvent): Facts {
  return { event: eventFacts(event), ...(transition && { transition: transitionFacts(transition) }) };
}
