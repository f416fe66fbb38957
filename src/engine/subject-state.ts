import type { Action } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { ComputedKey } from '../domain/computed.ts';
import type { Decision } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Silence } from '../domain/mute.ts';
import type { LedgerEntry, Message, Session, Transition } from '../domain/session.ts';
import type { AcceptedValues, VocabularyName } from '../domain/vocabulary.ts';
import type { KnownChannel } from './facts.ts';
import type { OwnChange } from './own-changes.ts';

/** All that judging needs to remember of one subject between events. */
export interface SubjectState {
  orgId: string;
  subject: string;
  /** Absent for subjects that are no chats, and before the first event of a chat. */
  session?: Session;
  /** The open episodes: those whose conditions have not ended. */
  episodes: readonly Episode[];
}

/** Recent firings of a limited rule in one scope, oldest first, epoch ms. */
export interface LimitKey {
  ruleId: string;
  scope: string;
}

export function limitName({ ruleId, scope }: LimitKey): string {
  return `${ruleId}\n${scope}`;
}

/** The open episodes of a rule on a channel, asked for by a rule that they would hold back (`inhibitedBy`). */
export interface InhibitorKey {
  ruleId: string;
  channelId: string;
}

export function inhibitorName({ ruleId, channelId }: InhibitorKey): string {
  return `${ruleId}\n${channelId}`;
}

/**
 * What judging reads beside the subject's own state. It is loaded beforehand for a whole batch; what is missing is
 * named in `needs` of the answer, and judging is asked again with it.
 */
export interface Known {
  /** By `limitName`; a missing one is needed as soon as a limited rule would fire. */
  limits: ReadonlyMap<string, readonly number[]>;
  /** By channel id. */
  channels: ReadonlyMap<string, KnownChannel>;
  /** By `inhibitorName`: subjects, two at the most, that have a live episode of that rule on that channel which has fired. */
  inhibitors?: ReadonlyMap<string, readonly string[]>;
  /** Values that people have accepted beside those that ship as known. */
  vocabulary?: AcceptedValues;
  /** Those that may be in force at a moment that is judged; absent: none. */
  silences?: readonly Silence[];
  /** Computed facts by `computedName`; a missing one is needed as soon as a rule that can match reads it. */
  computed?: ReadonlyMap<string, JsonObject>;
  /** The subject's whole ledger; needed only when an event is not newer than all before it. */
  ledger?: readonly LedgerEntry[];
  /** What actions of ours changed in the chat lately; absent where no rule changes chats. */
  ownChanges?: readonly OwnChange[];
  /** By event key: what is stored of events whose firing waited for a calendar to open; undefined when it is not kept any more. */
  events?: ReadonlyMap<string, StoredEvent | undefined>;
}

/** An event as it is kept: without personal values; with its transition when it is a status event. */
export interface StoredEvent {
  event: DeskEvent;
  transition?: Transition;
}

export interface Needs {
  limits: LimitKey[];
  inhibitors: InhibitorKey[];
  computed: ComputedKey[];
  ledger: boolean;
  /** Keys of events of this subject. */
  events: string[];
}

/** `open`: a snooze is over; only an alert that is still snoozed is opened. */
export interface AlertChange {
  id: string;
  state: 'resolved' | 'open';
  at: number;
  reason: string;
}

/** A rule met a value that was never seen before. */
export interface UnknownMet {
  ruleId: string;
  vocabulary: VocabularyName;
  value: string;
}
/** Something that concerns people rather than a rule: told to the owner channel. */
export type JudgedNotice = {
  /** Rules have reassigned the chat as often as they may; one more was left out. */
  kind: 'reassignments';
  sessionId: string;
  /** Whose action was left out. */
  ruleId: string;
  /** How often they have within the hour. */
  times: number;
  /** Epoch ms. */
  at: number;
};

/** Everything that follows from judging: to be saved in one transaction. */
export interface Effects {
  transitions: Transition[];
  messages: Message[];
  decisions: Decision[];
  /** Episodes that are new or changed. */
  episodes: Episode[];
  actions: Action[];
  alerts: Alert[];
  alertChanges: AlertChange[];
  /** Values never seen before on which conditions rested, of rules with `onUnknown: alert`. */
  unknownMet: UnknownMet[];
  /** Limit windows that changed, by `limitName`. */
  limits: Map<string, { key: LimitKey; firedAt: number[] }>;
  notices: JudgedNotice[];
}
