import type { Action } from '../../src/domain/action.ts';
import { type ComputedKey, computedName } from '../../src/domain/computed.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { Episode } from '../../src/domain/episode.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import { sha256Hex } from '../../src/domain/hash.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Silence } from '../../src/domain/mute.ts';
import type { LedgerEntry, Transition } from '../../src/domain/session.ts';
import type { AcceptedValues } from '../../src/domain/vocabulary.ts';
import { advance } from '../../src/engine/advance.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import type { KnownChannel } from '../../src/engine/facts.ts';
import type { Tick } from '../../src/engine/judge-tick.ts';
import type { OwnChange } from '../../src/engine/own-changes.ts';
import {
  inhibitorName,
  type JudgedNotice,
  limitName,
  type StoredEvent,
  type SubjectState,
  type UnknownMet,
} from '../../src/engine/subject-state.ts';

/** 10:00 of a Monday, São Paulo. */
export const START = Date.parse('2026-03-02T10:00:00-03:00');
export const MINUTE = 60_000;

export function statusEvent(
  at: number,
  status: string,
  more: JsonObject & { old?: string; sessionId?: string } = {},
): DeskEvent {
  const { old, sessionId = 's1', ...rest } = more;
  const payload: JsonObject = {
    sessionId,
    sessionStatus: status,
    ...(old === undefined ? {} : { sessionOldStatus: old }),
    currentAssigneeId: 'a1',
    assigneeType: 'AGENT',
    channelId: 'c1',
    replyStatus: 'ACCEPTED',
    ...rest,
  };
  return toEvent('IM_Session_Status', at, sessionId, payload);
}

export function messageEvent(at: number, direction: 'IN' | 'OUT', more: JsonObject = {}, sessionId = 's1'): DeskEvent {
  const payload: JsonObject = {
    id: `m${at}`,
    sessionId,
    channelId: 'c1',
    direction,
    messageType: 'TEXT',
    integration: 'WHATSAPP',
    text: 'hello',
    actor: { type: direction === 'IN' ? 'ENDUSER' : 'AGENT', name: 'Kamal', contactId: 'k1' },
    ...more,
  };
  return toEvent('IM_Message_Add', at, sessionId, payload);
}

export function toEvent(type: string, at: number, sessionId: string, payload: JsonObject): DeskEvent {
  const key = sha256Hex(`${type} ${at} ${JSON.stringify(payload)}`);
  return { orgId: 'o1', source: 'test', type, key, subject: sessionId, sessionId, at, receivedAt: at, payload };
}

/** One subject in memory around the real core: what the service does with a database, without one. */
export class Timeline {
  state: SubjectState;
  readonly decisions: Decision[] = [];
  readonly actions: Action[] = [];
  readonly episodes = new Map<string, Episode>();
  readonly ledger: LedgerEntry[] = [];
  /** What came, by key: as it is kept. */
  readonly events = new Map<string, DeskEvent>();
  /** Limit windows; give several timelines the same map for limits that they share. */
  readonly limits: Map<string, readonly number[]>;
  readonly resolved: string[] = [];
  /** Subjects with open episodes of other rules, by `inhibitorName`; what is not there has none. */
  readonly inhibitors = new Map<string, string[]>();
  readonly unknownMet: UnknownMet[] = [];
  /** What is known of channels beside the directory. */
  readonly channels = new Map<string, KnownChannel>();
  readonly notices: JudgedNotice[] = [];
  /** What actions of ours changed in the chat. */
  ownChanges: readonly OwnChange[] | undefined;
  maxReassignments: number | undefined;
  ruleset: CompiledRuleset;
  /** Values that people have accepted. */
  vocabulary: AcceptedValues = new Map();
  silences: readonly Silence[] = [];
  /** What the desk is like when it is asked. */
  desk: (key: ComputedKey) => JsonObject = () => ({});
  /** Everything that was asked of it. */
  readonly asked: ComputedKey[] = [];

  constructor(ruleset: CompiledRuleset, subject = 's1', limits = new Map<string, readonly number[]>()) {
    this.ruleset = ruleset;
    this.limits = limits;
    this.state = { orgId: 'o1', subject, episodes: [] };
  }

  /** Judges events and what is due up to `now`. */
  async run(now: number, ...events: DeskEvent[]): Promise<void> {
    await this.advance(now, events);
  }

  /** Meets a ruleset that came into force at `loadedAt`. */
  async sweep(now: number, changed: string[], loadedAt = now): Promise<void> {
    await this.advance(now, [], { changedRules: new Set(changed), loadedAt });
  }

  /** Judges ticks of schedule rules, and what is due up to `now`. */
  async tick(now: number, ...ticks: Tick[]): Promise<void> {
    await this.advance(now, [], undefined, ticks);
  }

  private async advance(
    now: number,
    events: DeskEvent[],
    sweep?: { changedRules: ReadonlySet<string>; loadedAt: number },
    ticks: Tick[] = [],
  ): Promise<void> {
    let ledger: LedgerEntry[] | undefined;
    const stored = new Map<string, StoredEvent | undefined>();
    const computed = new Map<string, JsonObject>();
    for (const event of events) this.events.set(event.key, event);
    for (;;) {
      const answer = await advance({
        state: this.state,
        events,
        ticks,
        known: {
          limits: this.limits,
          inhibitors: this.inhibitors,
          channels: this.channels,
          vocabulary: this.vocabulary,
          events: stored,
          computed,
          silences: this.silences,
          ...(ledger ? { ledger } : {}),
          ...(this.ownChanges ? { ownChanges: this.ownChanges } : {}),
        },
        ...(this.maxReassignments === undefined ? {} : { maxReassignments: this.maxReassignments }),
        now,
        ruleset: this.ruleset,
        ...(sweep ? { sweep } : {}),
      });
      if (answer.kind === 'needs') {
        if (answer.needs.ledger) ledger = this.ledger;
        for (const key of answer.needs.events) stored.set(key, this.storedEvent(key));
        for (const key of answer.needs.computed) computed.set(computedName(key), this.desk(key));
        this.asked.push(...answer.needs.computed);
        for (const key of answer.needs.limits) this.limits.set(limitName(key), []);
        for (const key of answer.needs.inhibitors) this.inhibitors.set(inhibitorName(key), []);
        continue;
      }
      this.state = answer.state;
      const { effects } = answer;
      this.decisions.push(...effects.decisions);
      this.actions.push(...effects.actions);
      for (const episode of effects.episodes) this.episodes.set(episode.id, episode);
      for (const entry of effects.transitions) this.ledger.push({ kind: 'transition', entry });
      for (const entry of effects.messages) this.ledger.push({ kind: 'message', entry });
      for (const [name, { firedAt }] of effects.limits) this.limits.set(name, firedAt);
      this.unknownMet.push(...effects.unknownMet);
      this.notices.push(...effects.notices);
      this.resolved.push(...effects.alertChanges.map(({ id }) => id));
      return;
    }
  }

  private storedEvent(key: string): StoredEvent | undefined {
    const event = this.events.get(key);
    if (event === undefined) return undefined;
    const transition = this.ledger.flatMap(({ kind, entry }): Transition[] =>
      kind === 'transition' && entry.eventKey === key ? [entry] : [],
    )[0];
    return { event, ...(transition && { transition }) };
  }

  /** `rule outcome` of each decision so far. */
  outcomes(): string[] {
    return this.decisions.map(({ ruleId, outcome }) => `${ruleId} ${outcome}`);
  }
}
