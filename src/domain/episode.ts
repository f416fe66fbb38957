/**
 * An episode is the stretch during which a rule's conditions hold for one subject; while it runs towards its first
 * firing it is a running hold. One row of the table `holds`.
 *
 *   running ──due──▶ fired ──conditions end──▶ fired, ended (resolved)
 *      │  └─due, too late─▶ expired, inert until the conditions end
 *      │  └─due, but held back (its calendar is closed, over its limit …)─▶ cancelled, inert until the conditions end
 *      └──conditions end──▶ cancelled, ended
 *
 * With `keepFor` the conditions end only when they have been false that long. Each state, and what moves an episode from
 * one to the next, is told in docs/holds.md.
 */
export const EPISODE_STATES = ['running', 'fired', 'cancelled', 'expired'] as const;
export type EpisodeState = (typeof EPISODE_STATES)[number];

/**
 * `hold` for rules with `for`; `event` for a firing of an event rule that opened a card or a ladder; `schedule` for the
 * ticks in a row at which the conditions of a rule with `every` held.
 */
export type EpisodeKind = 'hold' | 'event' | 'schedule';

export interface Episode {
  orgId: string;
  /** `<rule>:<subject>:<start>:<first 8 of the event key>`: its identity, kept when a late event moves the start. */
  id: string;
  ruleId: string;
  subject: string;
  sessionId?: string;
  mode: 'live' | 'shadow';
  /** The channel at the time of arming or firing, for `inhibitedBy`; absent where there is none. */
  channelId?: string;
  kind: EpisodeKind;
  state: EpisodeState;
  /** Key of the event whose firing it is; of kind `event` only. While it runs, the event waits for the calendar to open. */
  eventKey?: string;
  /** Hash of the rule's text that it has met last: an edit that it has not met yet is to decide what becomes of it. */
  ruleHash?: string;
  startedAt: number;
  /** The session was first seen already in this state: it began before `startedAt`. */
  approximate: boolean;
  /** When the first firing is due. A business clock that never gets there puts this 400 days after the start, without a `nextAt`. */
  dueAt: number;
  /**
   * When what falls due next could first be done: at the event that armed or moved it, at the opening that it waits for,
   * at the return of its conditions. Lateness counts from here, or from the due time if that is later.
   */
  dueSetAt: number;
  /** The next moment at which this episode wants to be looked at (its due time, then each step's); absent: none. */
  nextAt?: number;
  /** How many steps of the ladder have been judged; the firing itself is not one. */
  stepsDone: number;
  /** How many repeats have been judged. */
  repeatsDone: number;
  /** The first firing: steps and repeats count from here. */
  firedAt?: number;
  firings: number;
  acknowledgedAt?: number;
  /** Since when the conditions have been false, while `keepFor` still keeps the episode open. */
  falseSince?: number;
  /** Since when a rule of `inhibitedBy` has kept it from firing; stays when it fires at last. */
  inhibitedSince?: number;
  /** Steps and repeats stand still until then. */
  snoozedUntil?: number;
  /** How long steps and repeats have stood still so far, ms: their times are later by as much. */
  pausedMs: number;
  /** When the conditions ended; absent while they hold. */
  endedAt?: number;
  /** Why it ended, for people. */
  endReason?: string;
  /** What ended it: `event:<key>`, `ruleset:<hash>`, `due` (a time of its own), `kept` (keepFor has passed). */
  endedBy?: string;
  /** Values of the rule's `episodeBy` fields, in their order: a change of any ends the episode. */
  by: (string | null)[];
  /** Ids of the alerts (Slack cards) that it opened. */
  alertIds: string[];
}
