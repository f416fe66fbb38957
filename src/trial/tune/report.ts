import type { Rule } from '../../domain/rule.ts';
import type { Firings } from './firings.ts';
import type { Hold } from './hold-times.ts';

/** What the recorded durations say of a rule's times. Durations in ms, instants as epoch ms. */
export interface TuneReport {
  ruleId: string;
  name: string;
  mode: Rule['mode'];
  /** The stretch that is counted. */
  fromAt: number;
  untilAt: number;
  days: number;
  /** Of the hours of the day. */
  zone: string;
  /** Within the stretch; events before it only show how the chats stood. */
  events: number;
  chats: number;
  /** Absent for a rule without `for`. */
  holds?: HoldSummary;
  /** What `for` would have meant, in order; empty for a rule without it. */
  thresholds: Threshold[];
  /** What delays of steps would have meant, with `for` as it is; empty for a rule without steps. */
  steps: Threshold[];
  warnings: Warning[];
}

export interface HoldSummary {
  /** Those that began within the stretch. */
  count: number;
  /** Of these, still running at its end: they lasted at least so long. */
  running: number;
  /** Of these, those whose beginning nobody saw: they lasted longer. */
  approximate: number;
  median?: Quantile;
  p90?: Quantile;
  longest?: Quantile;
  /** By the status of the chat at the end of the hold, the most frequent first. */
  endedIn: { status: string; count: number }[];
}

export interface Quantile {
  ms: number;
  /** Holds that are still running are among those it was taken from: it is so much or more. */
  atLeast: boolean;
}

export interface Threshold extends Firings {
  ms: number;
  /** As the rule has it. */
  present: boolean;
  perDay: number;
  /** Of all chats of the stretch, 0 to 1. */
  shareOfChats: number;
  /** How many holds came to it, whatever then kept the rule from firing; absent for steps. */
  reached?: number;
}

/**
 * `fewHolds`, `fewDays`: the numbers say little. `ownChanges`: the rule changes chats itself, so where it was in force it has
 * ended holds at the threshold of that time.
 */
export type Warning = 'fewHolds' | 'fewDays' | 'ownChanges';

export interface TuneResult {
  report: TuneReport;
  /** Every hold that began within the stretch. */
  holds: Hold[];
}
