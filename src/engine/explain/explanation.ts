import type { Outcome } from '../../domain/decision.ts';
import type { EpisodeState } from '../../domain/episode.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Rule } from '../../domain/rule.ts';
import type { UnknownValue } from '../unknown-values.ts';

/**
 * Why a rule did or did not fire for a chat at a moment, as data without words: the condition tree with the values that
 * were met, the gates in the order in which they decide, the verdict, and the smallest change that would turn it. Times
 * are epoch ms. `tell/` makes sentences of it.
 */
export interface LookExplanation {
  verdict: Verdict;
  /** The gate that decided; absent where nothing held the rule back. */
  decidedBy?: GateName;
  /** Absent where nothing of the conditions was looked at, as at a step of the ladder. */
  conditions?: ExplainedCondition;
  /** In the order in which they decide. */
  gates: Gate[];
  /** All of it together would turn the verdict; empty where nothing is known that would. */
  changes: Change[];
}

/**
 * What became of it. Beside the outcomes that are recorded: `not_matched` (the conditions do not hold), `waiting` (a hold
 * runs), `kept` (the conditions are false, and `keepFor` keeps the episode), `already_fired` (once in an episode),
 * `given_up` (forgone until the conditions end), `late` (a late event, of which the rule does not want to know),
 * `never_asked` (nothing came that it looks at), `off`, `not_in_force`.
 */
export type Verdict =
  | Outcome
  | 'not_matched'
  | 'waiting'
  | 'kept'
  | 'already_fired'
  | 'given_up'
  | 'late'
  | 'never_asked'
  | 'off'
  | 'not_in_force';

export type ExplainedCondition =
  | { op: 'all' | 'any' | 'not'; verdict?: boolean; of: ExplainedCondition[] }
  /** A named condition. */
  | { op: 'condition'; name: string; verdict?: boolean; of: ExplainedCondition[] }
  | ExplainedLeaf;

/** `verdict` is absent where it is undecided or not known any more. */
export interface ExplainedLeaf {
  op: 'leaf';
  fact: string;
  params?: JsonObject;
  path?: string;
  operator: string;
  expected?: Json;
  /** Absent when the field was; masked when it is personal. */
  actual?: Json;
  verdict?: boolean;
  /**
   * `vocabulary`: the value was never seen before, so that what it means is not known; `personal`: it is not kept;
   * `not_kept`: it was computed at that moment, and is nowhere written.
   */
  unknown?: 'vocabulary' | 'personal' | 'not_kept';
}

export type GateStatus =
  | 'passed'
  /** It held the rule back. */
  | 'failed'
  /** Another decided before. */
  | 'not_reached';

export type Gate = {
  status: GateStatus /** Whether it would hold the rule back if it were asked. */;
  blocks: boolean;
} & (
  | { name: 'trigger'; on: string[]; event?: { type: string; at: number; late: boolean } }
  | { name: 'conditions'; result?: boolean }
  | { name: 'unknown'; onUnknown: Rule['onUnknown']; values: UnknownValue[] }
  | ({ name: 'hold' } & HoldGate)
  | { name: 'ladder'; step?: number; repeat?: number; firedAt?: number }
  | { name: 'acknowledgement'; acknowledgedAt?: number }
  | { name: 'calendar'; calendar: string; isOpen: boolean; outside: 'skip' | 'wait'; nextAt?: number }
  | { name: 'lateness'; lateMs: number; maxLateMs: number }
  | { name: 'exclusive'; group: string; winner?: string }
  | { name: 'inhibition'; rules: string[]; by?: string; channelId?: string; subjects: string[] }
  | {
      name: 'limit';
      used: number;
      count: number;
      per: NonNullable<Rule['limit']>['per'];
      withinMs: number;
      freeAt?: number;
    }
  | { name: 'mode'; mode: Rule['mode'] }
  | { name: 'silence'; silence?: { id: string; owner: string; until: number } }
  | { name: 'reassignments'; used: number; most: number; freeAt?: number }
);
export type GateName = Gate['name'];

/** The clock of a hold rule for the chat. */
export interface HoldGate {
  forMs: number;
  keepForMs: number;
  episode?: {
    id: string;
    state: EpisodeState;
    startedAt: number;
    /** It began at some time before `startedAt`. */
    approximate: boolean;
    /** Key of the event that armed it, as far as it stands in its id; `load`: the loading of the rule. */
    armedBy: string;
    dueAt: number;
    /** Its clock never gets there. */
    unreachable?: boolean;
    nextAt?: number;
    firedAt?: number;
    falseSince?: number;
    snoozedUntil?: number;
    acknowledgedAt?: number;
    endedAt?: number;
    endReason?: string;
  };
  /** From the start to the moment that is explained; by a business clock only the open time counts. */
  elapsedMs?: number;
  businessElapsedMs?: number;
  calendar?: string;
  remainingMs?: number;
}

/** One part of what would have to be different. */
export type Change =
  | {
      kind: 'field';
      fact: string;
      params?: JsonObject;
      path: string;
      /** Absent when the field is. */
      from?: Json;
      /** The value that would turn it; absent: the field would have to be absent. */
      to?: Json;
      /** Any other value would do as well, but for these. */
      otherThan?: Json[];
    }
  | { kind: 'lasts'; ms: number; until?: number }
  | { kind: 'opens'; calendar: string; at?: number }
  | { kind: 'limit_free'; at: number }
  | { kind: 'reassignments_free'; at: number }
  | { kind: 'inhibitor_ends'; ruleId: string; channelId?: string; subjects: string[] }
  | { kind: 'silence_ends'; id: string; at: number }
  | { kind: 'winner_gone'; ruleId: string }
  | { kind: 'sooner'; ms: number }
  | { kind: 'mode'; to: 'live' }
  | { kind: 'known'; value: UnknownValue }
  | { kind: 'new_episode' }
  | { kind: 'late_allowed' }
  | { kind: 'event'; types: string[] }
  | { kind: 'unacknowledged' };

/** A decision beside the one that is explained. */
export interface Neighbour {
  id?: number;
  at: number;
  decidedAt: number;
  outcome: Outcome;
  reason: string;
}

/** What makes an explanation less than whole. */
export type Note =
  /** Events of the chat are not kept any more: what they changed comes from the ledger. */
  | { kind: 'events_removed'; count: number }
  /** Values that are not kept are taken from the trace of the recorded decision. */
  | { kind: 'from_record' }
  | { kind: 'values_unknown'; count: number }
  /** The rules of that time cannot be read by this version. */
  | { kind: 'rules_unreadable'; hash: string }
  /** The rule is judged for the desk, a channel or an agent, not for a chat: this is the one of the chat. */
  | { kind: 'judged_for'; subject: string };

export interface Explanation extends LookExplanation {
  rule: { id: string; name: string; mode: Rule['mode']; kind: Rule['trigger']['kind'] };
  sessionId: string;
  /** The moment that was asked for. */
  askedAt: number;
  /** When and by which event the rule was looked at; absent when it never was. */
  look?: {
    kind: 'event' | 'due' | 'sweep' | 'tick' | 'state';
    at: number;
    /** When it was judged. */
    judgedAt: number;
    event?: { key: string; type: string; receivedAt: number };
    rulesetHash: string;
  };
  /** In the words of the recorded decision, or of the one that was computed. English. */
  reason?: string;
  /** Whether a decision is on record for this look. */
  isRecorded: boolean;
  /** What is on record is not what judging again gives. */
  disagreement?: {
    recorded: { outcome: Outcome; reason: string }[];
    computed: { outcome: Outcome; reason: string }[];
    /** When the rules that are judged by came into force, where it is not those that decided. */
    editedAt?: number;
  };
  /** The open episode of the rule at the moment that was asked for. */
  standing?: NonNullable<HoldGate['episode']>;
  neighbours: { before: Neighbour[]; after: Neighbour[] };
  notes: Note[];
  /** Readable names of ids that occur. */
  names: Record<string, string>;
}
