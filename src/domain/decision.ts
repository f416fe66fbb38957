import type { Trace } from './trace.ts';

/**
 * What a rule concluded, and why. `fired` acts; `shadow` would have; `armed`, `disarmed`, `resolved` tell of an
 * episode's life; `limited` (over its limit), `excluded` (another rule of its exclusive group acted), `silenced` (a silence
 * holds back all that it would say), `inhibited` (a rule of `inhibitedBy` has an open episode on the channel), `closed`
 * (outside the calendar of `during`), `expired` (later than maxLate), `stale` (the state was gone) and `skipped` (a step
 * that an acknowledgement stopped) say why nothing was done; `error` is a fault of this rule alone.
 */
export const OUTCOMES = [
  'fired',
  'shadow',
  'armed',
  'disarmed',
  'resolved',
  'limited',
  'excluded',
  'silenced',
  'inhibited',
  'closed',
  'expired',
  'stale',
  'skipped',
  'error',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Decision {
  orgId: string;
  ruleId: string;
  /** Hash of the ruleset that judged. */
  rulesetHash: string;
  subject: string;
  sessionId?: string;
  /** The episode it is about; absent for an event rule without one. */
  episodeId?: string;
  /** The event that led to it; absent when a due time did. */
  eventKey?: string;
  outcome: Outcome;
  mode: 'live' | 'shadow';
  /** Which step of the ladder: 0 the firing itself, 1 the first step …; absent when no actions were at stake. */
  step?: number;
  /** Which repeat of the firing, from 1 on. */
  repeat?: number;
  /** The logical moment: the event's time or the due time. Epoch ms. */
  at: number;
  /** When it was decided. Epoch ms. */
  decidedAt: number;
  /** One sentence for people. */
  reason: string;
  trace?: Trace;
}
