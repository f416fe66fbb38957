import type { Grouping } from './alert-group.ts';
import type { Json, JsonObject } from './json.ts';
import type { HeldBack } from './mute.ts';

/** The action types that rules may name. */
export const ACTION_TYPES = [
  'slack.alert',
  'slack.post',
  'zoho.assignSession',
  'zoho.setSessionStatus',
  'zoho.updateTicket',
  'zoho.commentTicket',
  'http.request',
  'dashboard.update',
  'record',
] as const;
export type RuleActionType = (typeof ACTION_TYPES)[number];

/**
 * Two are ours: `slack.alertUpdate` edits a card when its alert is acknowledged, snoozed or resolved; `slack.groupCard`
 * posts or edits the one card of many alerts.
 */
export type ActionType = RuleActionType | 'slack.alertUpdate' | 'slack.groupCard';

/** Whether an action brings a card up to date, rather than doing something for a rule. */
export function editsCard(type: ActionType): boolean {
  return type === 'slack.alertUpdate' || type === 'slack.groupCard';
}

/** Which folder of delivery/ carries an action out, and (with the subject) the lane in which its deliveries keep their order. */
export const DESTINATION_NAMES = ['slack', 'zoho-desk', 'http', 'board', 'record'] as const;
export type DestinationName = (typeof DESTINATION_NAMES)[number];

export function destinationOf(type: ActionType): DestinationName {
  switch (type) {
    case 'slack.alert':
    case 'slack.post':
    case 'slack.alertUpdate':
    case 'slack.groupCard':
      return 'slack';
    case 'zoho.assignSession':
    case 'zoho.setSessionStatus':
    case 'zoho.updateTicket':
    case 'zoho.commentTicket':
      return 'zoho-desk';
    case 'http.request':
      return 'http';
    case 'dashboard.update':
      return 'board';
    case 'record':
      return 'record';
  }
}

export const ACTION_STATES = [
  'queued',
  'delivering',
  'delivered',
  'skipped',
  'refused',
  'uncertain',
  'dead',
  'not_connected',
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

/** States from which nothing more happens by itself (a person may still redrive `dead`, `refused` and `uncertain`). */
export function isFinal(state: ActionState): boolean {
  return state !== 'queued' && state !== 'delivering' && state !== 'not_connected';
}

/**
 * One action as a rule file writes it, after the defaults are filled in. Every string in `params` is a Liquid template.
 */
export interface ActionSpec {
  /** Unique within its list; from the file, or `<type>#<index>`. */
  id: string;
  type: RuleActionType;
  params: JsonObject;
  /** Id of an earlier action of the same list that must have been delivered. */
  needs?: string;
  /** Ids of earlier actions whose `results` the templates read: they must be settled first, whatever their end. */
  reads: string[];
  onUncertain: 'repeat' | 'leave';
  onFailure: ActionSpec[];
  /** Names of the facts that the templates read; only these are kept for the rendering. */
  facts: string[];
}

/** The chat as it stood when the rule fired, as far as deliveries need it. */
export interface FiredSession {
  status?: string;
  /** As events name the assignee. */
  assigneeId?: string;
  /** The last message to the customer, epoch ms. */
  lastOutboundAt?: number;
}

/**
 * One thing to do, queued in the transaction that decided it. Rendering waits for the delivery, since templates may
 * read the results of earlier actions.
 */
export interface Action {
  orgId: string;
  /** UUID made of `key`. */
  id: string;
  /** rule, subject, episode or event, step, path of the index: what makes it happen once. */
  key: string;
  /** Key prefix shared by the actions of one firing or step; `needs` and `results` look within it. */
  firing: string;
  ruleId: string;
  rulesetHash: string;
  subject: string;
  sessionId?: string;
  episodeId?: string;
  /** The chat's at the firing. */
  channelId?: string;
  /** Place in the firing: `0`, `1`, `0.f0` for the first onFailure action of the first. */
  path: string;
  spec: Omit<ActionSpec, 'type'> & { type: ActionType };
  /** The facts that the templates read, as they were at the firing; blanked after delivery. */
  context: JsonObject;
  /** What a change in Zoho is verified against, and more. */
  expected?: FiredSession;
  /** The logical moment of the firing, epoch ms. */
  firedAt: number;
  createdAt: number;
  /** With whose cards its own is grouped; absent when the rule does not say so. */
  grouping?: Grouping;
  /** When its card was counted against the budget of its channel and may be posted by itself. */
  admittedAt?: number;
  /** After this it is no longer carried out (the rule's maxLate after the due time), epoch ms. */
  expiresAt: number;
  /** What held it back when it was made. */
  heldBack?: HeldBack;
}

/** A rendered action: what a destination gets. */
export interface Delivery {
  orgId: string;
  actionId: string;
  ruleId: string;
  subject: string;
  sessionId?: string;
  episodeId?: string;
  type: ActionType;
  /** The params with every template rendered. */
  params: JsonObject;
  onUncertain: 'repeat' | 'leave';
  /** 1 for the first try. */
  attempt: number;
  /** The answer of an earlier attempt was lost: the effect may already be there. */
  mayHaveHappened: boolean;
  expiresAt: number;
  /** For verification before a change in Zoho. */
  session?: FiredSession;
  /** Whether the episode that it belongs to has ended since; false for event rules without one. */
  episodeOver: boolean;
}

/**
 * What a destination answers. `retry` asks for another try (`afterMs`: not before; `counts: false` for mere pacing,
 * which is no failed attempt); `refused` is final; `uncertain` means that the answer was lost and the effect may have
 * happened; `nobody` that a pick found no agent (tried again for a minute, then refused).
 */
export type DeliveryOutcome =
  | { kind: 'delivered'; result: JsonObject }
  | { kind: 'skipped'; reason: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'retry'; reason: string; afterMs?: number; counts?: boolean }
  | { kind: 'uncertain'; reason: string }
  | { kind: 'nobody'; reason: string }
  | { kind: 'not_connected'; reason: string };

/** One folder of delivery/: carries out the actions of its types. */
export interface Destination {
  name: DestinationName;
  /** Whether it has credentials; without them its actions become `not_connected`. */
  connected: boolean;
  /** Never throws for what a destination can answer; a throw is a bug and counts as a failed attempt. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome>;
}

/** Results of the earlier actions of a firing, as templates read them: `results.assign.agentName`. */
export type Results = Record<string, { state: ActionState } & Record<string, Json>>;
