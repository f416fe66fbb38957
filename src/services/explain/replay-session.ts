import { type ComputedKey, computedName } from '../../domain/computed.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Silence } from '../../domain/mute.ts';
import type { LedgerEntry, Transition } from '../../domain/session.ts';
import type { AcceptedValues } from '../../domain/vocabulary.ts';
import { type AdvanceInput, advance } from '../../engine/advance.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import type { Look, SeenLook } from '../../engine/explain/facts-of-look.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { DEFAULT_MAX_REASSIGNMENTS, REASSIGN_LIMIT_ID } from '../../engine/guard-reassignments.ts';
import type { OwnChange } from '../../engine/own-changes.ts';
import {
  type Effects,
  type InhibitorKey,
  inhibitorName,
  type Known,
  type LimitKey,
  limitName,
  type Needs,
  type StoredEvent,
  type SubjectState,
} from '../../engine/subject-state.ts';
import type { ReceivedEvent, SessionHistory, StoredDecision } from '../../store/read/session-history.ts';
import { clickEpisode } from './click-episode.ts';
import { type Moment, toMoments } from './moments.ts';
import { countOfSession, fromRecord } from './what-was-known.ts';

/**
 * Judges a chat again from what is stored of it: the same function of the heart, in the order in which the service called
 * it. What other chats did (limits, inhibitors) is looked up as it was; what was computed at the moment and is nowhere kept
 * is answered by the decisions that were recorded then.
 */
export interface ReplayWorld {
  orgId: string;
  /** Undefined when it is not stored, or this version cannot read it any more. */
  rulesetOf(hash: string): Promise<CompiledRuleset | undefined>;
  channels: ReadonlyMap<string, KnownChannel>;
  /** As they were known then. */
  silencesAt(at: number): readonly Silence[];
  /** As people had accepted them by then. */
  acceptedAt(at: number): AcceptedValues;
  /** Firings of a rule in a scope that were decided before. */
  limitAt(key: LimitKey, ruleset: CompiledRuleset, before: Before): Promise<readonly number[]>;
  /** Subjects that had an open live episode of the rule on the channel. */
  inhibitorAt(key: InhibitorKey, before: Before): Promise<readonly string[]>;
  /** What a rule that ticks decided last of a subject at or before a moment, oldest first. */
  ticksUntil(ruleId: string, subject: string, at: number): Promise<readonly StoredDecision[]>;
  maxReassignments?: number | undefined;
}

/** What was decided before: by the decisions' ids, since many share a moment. */
export interface Before {
  id: number;
  /** When it was judged, epoch ms. */
  at: number;
  /** The event's time or the due time, epoch ms. */
  momentAt: number;
}

/** One call of the heart, with the decisions that were recorded of it. */
export interface ReplayedLook extends SeenLook {
  recorded: readonly StoredDecision[];
  /** The event is made again from the ledger. */
  isEventRemoved: boolean;
  /** What was decided before it. */
  limitedBy: Before;
}

export interface Replayed {
  /** In the order in which they were judged. */
  looks: ReplayedLook[];
  /** Rulesets of which nothing could be judged. */
  unreadable: string[];
  /** Answers what a rule asks for that the heart did not ask at this look. */
  complete(look: ReplayedLook, keys: { limits: LimitKey[]; inhibitors: InhibitorKey[] }): Promise<ReplayedLook>;
}

/** @param until every look at or before this moment is judged, epoch ms */
export async function replaySession(history: SessionHistory, world: ReplayWorld, until: number): Promise<Replayed> {
  const { maxReassignments = DEFAULT_MAX_REASSIGNMENTS } = world;
  const sessionId = history.session.id;
  let state: SubjectState = { orgId: world.orgId, subject: sessionId, episodes: [] };
  const ledger: LedgerEntry[] = [];
  const events = new Map<string, StoredEvent>();
  const ownLimits = new Map<string, readonly number[]>();
  const looks: ReplayedLook[] = [];
  const unreadable = new Set<string>();
  const record = createRecord(history);

  async function rulesetAt(at: number): Promise<CompiledRuleset | undefined> {
    const hash = record.hashAt(at) ?? history.activations.findLast(({ activatedAt }) => activatedAt <= at)?.hash;
    const known = hash ?? history.activations[0]?.hash ?? history.decisions[0]?.rulesetHash;
    if (known === undefined) return undefined;
    const ruleset = await world.rulesetOf(known);
    if (ruleset === undefined) unreadable.add(known);
    return ruleset;
  }

  async function judge(look: Look, now: number, ruleset: CompiledRuleset, received?: ReceivedEvent): Promise<void> {
    const recorded = record.take(look, now);
    const before: Before = { id: recorded[0]?.id ?? record.next(), at: now, momentAt: look.at };
    const event = look.kind === 'event' ? look.event : undefined;
    if (event !== undefined) events.set(event.key, { event });
    const isEventRemoved = received?.removed ?? false;
    const judging = fromRecord(ruleset, { look, recorded, isEventRemoved });
    const input: AdvanceInput = {
      state,
      events: event === undefined ? [] : [event],
      known: {
        limits: new Map(),
        channels: world.channels,
        silences: world.silencesAt(now),
        vocabulary: world.acceptedAt(now),
        events,
        ...ownChangesOf(received),
      },
      now,
      dueUntil: look.kind === 'due' ? look.at : Number.NEGATIVE_INFINITY,
      ruleset: judging,
      maxReassignments,
      ...(look.kind === 'sweep' ? { sweep: sweepOf(look, history) } : {}),
    };
    const { answer, known } = await answerNeeds(input, before);
    const seen: ReplayedLook = {
      ruleset,
      look,
      now,
      before: state,
      after: answer.state,
      effects: answer.effects,
      known: { ...known, computed: new Map([...(known.computed ?? [])].filter(([, value]) => value !== NOT_KNOWN)) },
      maxReassignments,
      recorded,
      isEventRemoved,
      limitedBy: before,
    };
    looks.push(seen);
    keep(answer.state, answer.effects);
    // Sockets and timers get their turn too: judging may be a matter of microtasks alone.
    if (looks.length % LOOKS_IN_A_ROW === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  async function answerNeeds(first: AdvanceInput, before: Before) {
    let input = first;
    for (;;) {
      const answer = await advance(input);
      if (answer.kind === 'judged') return { answer, known: input.known };
      input = { ...input, known: await learn(input.known, answer.needs, input.ruleset, before) };
    }
  }

  async function learn(
    known: Known,
    needs: Pick<Needs, 'limits' | 'inhibitors'> & Partial<Needs>,
    ruleset: CompiledRuleset,
    before: Before,
  ): Promise<Known> {
    const limits = new Map(known.limits);
    for (const key of needs.limits) {
      const name = limitName(key);
      const isOwn = key.ruleId === REASSIGN_LIMIT_ID || key.scope.replace(/^shadow:/, '') === sessionId;
      limits.set(name, isOwn ? (ownLimits.get(name) ?? []) : await world.limitAt(key, ruleset, before));
    }
    const inhibitors = new Map(known.inhibitors);
    for (const key of needs.inhibitors) inhibitors.set(inhibitorName(key), await world.inhibitorAt(key, before));
    const computed = new Map([...(known.computed ?? []), ...computeOwn(needs.computed ?? [])]);
    return { ...known, limits, inhibitors, computed, ...(needs.ledger === true && { ledger: [...ledger] }) };
  }

  /** What other chats were like is not known any more: what rests on it is answered by the record. */
  function computeOwn(keys: readonly ComputedKey[]): [string, JsonObject][] {
    return keys.map((key) => [computedName(key), countOfSession(key, ledger, events) ?? NOT_KNOWN]);
  }

  function keep(next: SubjectState, effects: Effects): void {
    state = next;
    for (const entry of effects.transitions) {
      ledger.push({ kind: 'transition', entry });
      const stored = events.get(entry.eventKey);
      if (stored !== undefined) events.set(entry.eventKey, { ...stored, transition: entry });
    }
    for (const entry of effects.messages) ledger.push({ kind: 'message', entry });
    for (const [name, { firedAt }] of effects.limits) ownLimits.set(name, firedAt);
  }

  /** What is due up to `most`, one instant after the other. */
  async function judgeDue(most: number, now: number, ruleset: CompiledRuleset): Promise<void> {
    for (;;) {
      const at = nextDueAt(state);
      if (at === undefined || at > most || record.isLaterDecided(at, now)) return;
      await judge({ kind: 'due', at }, now, ruleset);
    }
  }

  async function live({ at: now, events: received, sweep, clicks }: Moment): Promise<void> {
    const ruleset = await rulesetAt(now);
    if (ruleset === undefined) return;
    if (sweep !== undefined && isSwept(state, sweep.changedRules)) {
      const at = Math.max(sweep.activatedAt, state.session?.lastEventAt ?? 0);
      await judge({ kind: 'sweep', at, loadedAt: sweep.activatedAt }, now, ruleset);
    }
    for (const one of received.toSorted(byTimeAndKey)) {
      await judgeDue(Math.min(one.event.at - 1, now), now, ruleset);
      await judge({ kind: 'event', at: one.event.at, event: one.event }, now, ruleset, one);
    }
    await judgeDue(now, now, ruleset);
    for (const click of clicks) {
      const change = (id: string) => id === click.episodeId;
      state = { ...state, episodes: state.episodes.map((one) => (change(one.id) ? clickEpisode(one, click) : one)) };
    }
  }

  const moments = toMoments(history);
  const last = lastMomentNeeded(history, moments, until);
  for (const moment of moments) if (moment.at <= last) await live(moment);
  const ruleset = await rulesetAt(until);
  if (ruleset !== undefined) await judgeDue(until, Math.max(until, last), ruleset);

  return {
    looks,
    unreadable: [...unreadable],
    complete: async (look, keys) => ({ ...look, known: await learn(look.known, keys, look.ruleset, look.limitedBy) }),
  };
}

/** Judged without a pause: some hundredths of a second. */
const LOOKS_IN_A_ROW = 50;

/** Stands for a computed fact of which nobody knows any more what it was. */
const NOT_KNOWN: JsonObject = {};

function nextDueAt({ episodes }: SubjectState): number | undefined {
  const moments = episodes.flatMap(({ nextAt }) => nextAt ?? []);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function byTimeAndKey({ event: a }: ReceivedEvent, { event: b }: ReceivedEvent): number {
  return a.at - b.at || (a.key < b.key ? -1 : 1);
}

/** What happened at or before `until` may have been judged later. */
function lastMomentNeeded({ decisions }: SessionHistory, moments: readonly Moment[], until: number): number {
  const decided = decisions.filter(({ at }) => at <= until).map(({ decidedAt }) => decidedAt);
  const judged = moments.filter(({ events }) => events.some(({ event }) => event.at <= until)).map(({ at }) => at);
  return [until, ...decided, ...judged].reduce((most, at) => Math.max(most, at));
}

/** A chat that has ended and has nothing open of these rules is passed over. */
function isSwept({ session, episodes }: SubjectState, changedRules: readonly string[]): boolean {
  if (session === undefined) return false;
  return session.status !== 'ENDED' || episodes.some(({ ruleId }) => changedRules.includes(ruleId));
}

function sweepOf({ loadedAt }: Extract<Look, { kind: 'sweep' }>, { activations }: SessionHistory) {
  const changed = activations.findLast(({ activatedAt }) => activatedAt === loadedAt)?.changedRules ?? [];
  return { changedRules: new Set(changed), loadedAt };
}

/** That a transition was of our own making is in the ledger: it is recognised by what it shows. */
function ownChangesOf(received: ReceivedEvent | undefined): { ownChanges?: OwnChange[] } {
  const entry: Transition | undefined = received?.entry?.kind === 'transition' ? received.entry.entry : undefined;
  if (entry?.causedBy === undefined) return {};
  const { causedBy: actionId, at: startedAt, to, assigneeId } = entry;
  const assigned: OwnChange[] =
    assigneeId === undefined ? [] : [{ kind: 'assign', actionId, startedAt, assignees: [assigneeId], complete: true }];
  const changed: OwnChange[] = to === undefined ? [] : [{ kind: 'status', actionId, startedAt, status: to }];
  return { ownChanges: [...assigned, ...changed] };
}

/** The decisions on record, as looks take theirs. */
interface DecisionRecord {
  /** Those of a look, which are then taken. */
  take(look: Look, now: number): StoredDecision[];
  /** Id of the first that no look has taken yet. */
  next(): number;
  /** Whether what falls due at this moment was decided only later. */
  isLaterDecided(dueAt: number, now: number): boolean;
  /** By which rules something was decided then. */
  hashAt(decidedAt: number): string | undefined;
}

function createRecord({ decisions, events }: SessionHistory): DecisionRecord {
  const left = new Map(decisions.map((decision) => [decision.id, decision]));
  const byMoment = Map.groupBy(decisions, ({ at }) => at);
  const leftAt = (at: number) => (byMoment.get(at) ?? []).filter(({ id }) => left.has(id));
  const hashes = new Map(decisions.map(({ decidedAt, rulesetHash }) => [decidedAt, rulesetHash]));
  const atOf = new Map(events.map(({ event }) => [event.key, event.at]));
  /** Of something that fell due, an event that waited for its calendar among it. */
  const isOfDue = ({ eventKey, at }: StoredDecision) => eventKey === undefined || atOf.get(eventKey) !== at;
  return {
    take(look, now) {
      const own = leftAt(look.at).filter(
        (decision) =>
          decision.decidedAt === now &&
          (look.kind === 'event' ? decision.eventKey === look.event.key : isOfDue(decision)),
      );
      for (const { id } of own) left.delete(id);
      return own;
    },
    next: () => left.keys().next().value ?? Number.MAX_SAFE_INTEGER,
    isLaterDecided(dueAt, now) {
      const own = leftAt(dueAt).filter(isOfDue);
      return own.length > 0 && own.every(({ decidedAt }) => decidedAt > now);
    },
    hashAt: (decidedAt) => hashes.get(decidedAt),
  };
}
