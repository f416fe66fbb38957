import type { DeskEvent } from '../domain/event.ts';
import type { LedgerEntry } from '../domain/session.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { REASSIGNMENTS_WINDOW_MS } from '../engine/guard-reassignments.ts';
import {
  type Effects,
  type LimitKey,
  limitName,
  type StoredEvent,
  type SubjectState,
} from '../engine/subject-state.ts';
import { type ChannelTimes, createChannelTimes } from './channel-times.ts';
import { createHistoryCounts, type HistoryCounts, historiesOf } from './history-counts.ts';
import { createOpenChats, type OpenChats } from './open-chats.ts';
import { createWaitingEvents } from './waiting-events.ts';

/** What judging in memory remembers beside the states: what the service would ask its tables. */
export interface Past {
  chats: OpenChats;
  history: Pick<HistoryCounts, 'count'>;
  channelTimes: ChannelTimes;
  limits: ReadonlyMap<string, readonly number[]>;
  /** A window that nothing has been counted in. */
  openLimit(key: LimitKey): void;
  ledgerOf(subject: string): readonly LedgerEntry[];
  findWaiting(eventKey: string): StoredEvent | undefined;
  /** What a judging began with … */
  addEvents(events: readonly DeskEvent[]): void;
  /** … and what came of it. */
  add(before: SubjectState, state: SubjectState, effects: Effects): void;
  /** Rules came into force: what they count of the past is counted. */
  meet(ruleset: CompiledRuleset): void;
  forgetChat(subject: string): void;
  /** Forgets what no event of `at` or later can be judged by. */
  forgetBefore(at: number): void;
}

/** @param keepsAll so that rules which come into force later may count what none has counted before */
export function createPast(ruleset: CompiledRuleset, keepsAll: boolean): Past {
  const chats = createOpenChats();
  const channelTimes = createChannelTimes();
  const ledgers = new Map<string, LedgerEntry[]>();
  const limits = new Map<string, readonly number[]>();
  const waiting = createWaitingEvents();
  const all: DeskEvent[] = [];
  let present: readonly DeskEvent[] = [];
  let history = createHistoryCounts(historiesOf(ruleset.reads.values()));
  let limitedMs = longestLimit(ruleset);

  return {
    chats,
    history: { count: (key) => history.count(key) },
    channelTimes,
    limits,
    openLimit(key) {
      const name = limitName(key);
      if (!limits.has(name)) limits.set(name, []);
    },
    ledgerOf: (subject) => ledgers.get(subject) ?? [],
    findWaiting(eventKey) {
      const event = present.find(({ key }) => key === eventKey);
      return event === undefined ? waiting.find(eventKey) : { event };
    },
    addEvents(events) {
      present = events;
      history.addEvents(events);
      if (keepsAll) all.push(...events);
    },
    add({ session }, state, { transitions, messages, episodes, limits: changed }) {
      const entries = toEntries(transitions, messages);
      if (entries.length > 0) {
        channelTimes.add(entries);
        history.addEntries(entries);
        const ledger = ledgers.get(state.subject);
        if (ledger === undefined) ledgers.set(state.subject, entries);
        else ledger.push(...entries);
      }
      if (state.session !== undefined && state.session !== session) chats.move(session, state.session);
      waiting.note(episodes, present, transitions);
      for (const [name, { firedAt }] of changed) limits.set(name, firedAt);
    },
    meet(next) {
      history = createHistoryCounts(historiesOf(next.reads.values()));
      for (const entries of ledgers.values()) history.addEntries(entries);
      history.addEvents(all);
      limitedMs = longestLimit(next);
    },
    forgetChat: (subject) => ledgers.delete(subject),
    forgetBefore(at) {
      history.forgetBefore(at);
      channelTimes.forgetBefore(at);
      for (const [name, firedAt] of limits) {
        if ((firedAt.at(-1) ?? Number.NEGATIVE_INFINITY) <= at - limitedMs) limits.delete(name);
      }
    },
  };
}

function toEntries(transitions: Effects['transitions'], messages: Effects['messages']): LedgerEntry[] {
  const entries: LedgerEntry[] = transitions.map((entry) => ({ kind: 'transition', entry }));
  for (const entry of messages) entries.push({ kind: 'message', entry });
  return entries;
}

/** How far back a firing may count against a limit. */
function longestLimit({ rules }: CompiledRuleset): number {
  return Math.max(REASSIGNMENTS_WINDOW_MS, ...rules.map(({ limit }) => limit?.withinMs ?? 0));
}
