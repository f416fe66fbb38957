import type { ActionState, ActionType, DestinationName } from '../domain/action.ts';
import type { AlertState } from '../domain/alert.ts';
import type { Outcome } from '../domain/decision.ts';
import type { RuleFault } from '../domain/rule.ts';
import type { DatasetSummary } from '../store/read/datasets.ts';

/**
 * What the board shows, as plain data: one reading serves every viewer, whatever their language and zone, and two
 * readings are the same when their JSON is. Names are resolved; instants are epoch ms; lists are cut to a screen's need.
 */
export interface BoardSnapshot {
  /** Whether any event has ever come. */
  anyEvent: boolean;
  counts: ChannelCount[];
  chats: Listed<BoardChat>;
  holds: Listed<BoardHold>;
  /** One line for each group of alerts; their members are not among `alerts`. */
  groups: BoardGroup[];
  alerts: Listed<BoardAlert>;
  decisions: BoardDecision[];
  actions: BoardAction[];
  /** Actions of the last day that ended badly, newest first. */
  troubled: BoardAction[];
  /** How many actions of the last day stand in each state that wants a look. */
  troubles: Partial<Record<ActionState, number>>;
  tiles: { tile: string; by: string; value: number | string }[];
  datasets: DatasetSummary[];
  system: SystemState;
}

export interface Listed<Row> {
  rows: Row[];
  /** Whether there are more than the rows show. */
  more: boolean;
}

/** Something with an id and a readable name; the name is the id where nobody knows a name. */
export interface Named {
  id: string;
  name: string;
}

/** A chat as other things refer to it. `id` is absent for what belongs to no chat (a ticket). */
export interface ChatRef {
  id: string | null;
  /** What it is about when it is no chat: `Ticket:<id>`. */
  subject: string;
  status: string | null;
  channel: Named | null;
  assignee: Named | null;
}

/** Open chats of one channel in one status. */
export interface ChannelCount {
  channel: Named | null;
  status: string | null;
  chats: number;
  unassigned: number;
  waiting: number;
  waitingSince: number | null;
}

export interface BoardChat extends ChatRef {
  id: string;
  assigneeType: string | null;
  statusSince: number | null;
  /** The customer's last message that nobody has answered. */
  waitingSince: number | null;
  messagesIn: number;
  messagesOut: number;
}

/** Alerts that share one Slack card. */
export interface BoardGroup {
  id: string;
  rule: Named;
  severity: 'info' | 'warning' | 'critical';
  /** Of the first of them. */
  text: string;
  openedAt: number;
  /** How many of them are open, as far as the filter lets them through. */
  open: number;
  acknowledged: number;
  /** Whether all are chats. */
  areChats: boolean;
  runbook: string | null;
}

export interface BoardHold {
  id: string;
  rule: Named;
  mode: 'live' | 'shadow';
  startedAt: number;
  approximate: boolean;
  dueAt: number;
  chat: ChatRef;
}

export interface BoardAlert {
  id: string;
  rule: Named;
  state: AlertState;
  severity: 'info' | 'warning' | 'critical';
  /** The text of the card, in Slack's markup; null until it was posted. */
  text: string | null;
  /** The silence or pause that holds the card back, and until when if that is known. */
  heldBack: { id: string; until: number | null } | null;
  openedAt: number;
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
  /** When the next step of the ladder falls due; null when none will. */
  nextStepAt: number | null;
  runbook: string | null;
  chat: ChatRef;
}

export interface BoardDecision {
  id: number;
  rule: Named;
  outcome: Outcome;
  mode: 'live' | 'shadow';
  step: number | null;
  decidedAt: number;
  reason: string;
  chat: ChatRef;
}

export interface BoardAction {
  id: string;
  type: ActionType;
  state: ActionState;
  rule: Named;
  reason: string | null;
  attempts: number;
  createdAt: number;
  chat: ChatRef;
}

export interface SystemState {
  ruleset: { hash: string; live: number; shadow: number; off: number; loadedAt: number } | null;
  /** Errors of rule files that could not be taken; the ruleset above stays in force. */
  faults: RuleFault[];
  destinations: { name: DestinationName; connected: boolean }[];
  /** Events that wait to be judged, and since when the oldest does. */
  inboxEvents: number;
  inboxSince: number | null;
  /** Actions that are under way, by state. */
  unfinished: Record<string, number>;
  holdsRunning: number;
  /** Since when no event has come, for so long that people were told; null while all is well. */
  silentSince: number | null;
  /** Status changes of the last day before which an event is missing. */
  gaps: number;
  alertsOpen: number;
  /** Values, types and fields never seen before that nobody has accepted. */
  newVocabulary: number;
  /** Items of the last day's webhooks that could not be read (counted up to a hundred), and why the newest could not. */
  unreadable: { count: number; latest: { reason: string; at: number } | null };
}
