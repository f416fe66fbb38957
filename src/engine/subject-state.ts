import type { Action } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { LedgerEntry, Message, Session, Transition } from '../domain/session.ts';
import type { KnownChannel } from './facts.ts';

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

/**
 * What judging reads beside the subject's own state. It is loaded beforehand for a whole batch; what is missing is
 * named in `needs` of the answer, and judging is asked again with it.
 */
export interface Known {
  /** By `limitName`; a missing one is needed as soon as a limited rule would fire. */
  limits: ReadonlyMap<string, readonly number[]>;
  /** By channel id. */
  channels: ReadonlyMap<string, KnownChannel>;
  /** The subject's whole ledger; needed only when an event is not newer than all before it. */
  ledger?: readonly LedgerEntry[];
}

export interface Needs {
  limits: LimitKey[];
  ledger: boolean;
}

export interface AlertChange {
  id: string;
  state: 'resolved';
  at: number;
  reason: string;
}

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
  /** Limit windows that changed, by `limitName`. */
  limits: Map<string, { key: LimitKey; firedAt: number[] }>;
}
