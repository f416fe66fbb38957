/** A Slack card and its life. One row of `alerts`; made with the action that opens it, so that it can be acknowledged before Slack has it. */
export const ALERT_STATES = ['open', 'acknowledged', 'snoozed', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export interface Alert {
  orgId: string;
  /** The id of the action that opens it. */
  id: string;
  ruleId: string;
  subject: string;
  sessionId?: string;
  episodeId?: string;
  state: AlertState;
  openedAt: number;
  acknowledgedAt?: number;
  acknowledgedBy?: string;
  /** Of a snoozed one: when it is open again. */
  snoozedUntil?: number;
  resolvedAt?: number;
  resolvedReason?: string;
  /** Slack's channel id and message timestamp, once posted. */
  slackChannel?: string;
  slackTs?: string;
  /** The group whose one card stands for it. */
  groupId?: string;
  /** The card as it was rendered for the post: what later edits start from. Contains no personal data unless it may be stored. */
  card?: AlertCard;
}

/** The rendered content of a card, independent of Slack's blocks. */
export interface AlertCard {
  text: string;
  severity?: 'info' | 'warning' | 'critical';
  mention?: string;
  fields?: { title: string; value: string }[];
  ruleName: string;
  owner?: string;
  runbook?: string;
  /** Link to the session in Vigia, when PUBLIC_URL is set. */
  link?: string;
}
