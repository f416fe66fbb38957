/**
 * An episode is the stretch during which a rule's conditions hold for one subject; while it runs towards its first
 * firing it is a running hold. One row of the table `holds`.
 *
 *   running ──due──▶ fired ──conditions end──▶ fired, ended (resolved)
 *      │  └─due, too late─▶ expired
 *      └──conditions end──▶ cancelled
 */
export const EPISODE_STATES = ['running', 'fired', 'cancelled', 'expired'] as const;
export type EpisodeState = (typeof EPISODE_STATES)[number];

export interface Episode {
  orgId: string;
  /** `<rule>:<subject>:<start>:<first 8 of the event key>`: its identity, kept when a late event moves the start. */
  id: string;
  ruleId: string;
  subject: string;
  sessionId?: string;
  mode: 'live' | 'shadow';
  /** `hold` for rules with `for`; `event` for a firing of an event rule that opened a card or a ladder. */
  kind: 'hold' | 'event';
  state: EpisodeState;
  startedAt: number;
  /** The session was first seen already in this state: it began before `startedAt`. */
  approximate: boolean;
  /** When the first firing is due. */
  dueAt: number;
  /** When that was decided: by the event that armed it, or by what moved it since. Lateness counts from here. */
  dueSetAt: number;
  /** The next moment at which this episode wants to be looked at (its due time, then each step's); absent: none. */
  nextAt?: number;
  /** How many steps of the ladder have been judged; the firing itself is not one. */
  stepsDone: number;
  firedAt?: number;
  firings: number;
  acknowledgedAt?: number;
  /** When the conditions ended; absent while they hold. */
  endedAt?: number;
  /** Why it ended, for people. */
  endReason?: string;
  /** Key of the event that ended it. */
  endedBy?: string;
  /** Values of the rule's `episodeBy` fields, in their order: a change of any ends the episode. */
  by: (string | null)[];
  /** Ids of the alerts (Slack cards) that it opened. */
  alertIds: string[];
}
