import type { BlindSpot } from './blind-spots.ts';
import type { RulesetLoad } from './run-ruleset.ts';
import type { RuleComparison } from './tally.ts';

/** Recorded events through a ruleset, beside another one or beside what was recorded. Texts of events are not in it. */
export interface BacktestReport {
  range: ReportedRange;
  events: EventCounts;
  before: Compared;
  after: Extract<Compared, { kind: 'rules' }>;
  /** Rules that fired on either side, by id. */
  rules: NamedComparison[];
  newAlerts: number;
  /** Of the two rulesets, what each would do. `before` is absent where it is what was recorded. */
  load: { before?: RulesetLoad; after: RulesetLoad };
  /** Of the rules that are compared. */
  blindSpots: BlindSpot[];
  /** Names of channels and agents by the ids that events carry, as far as they are known. */
  names: Record<string, string>;
  /** Firings that were not paired because too many waited; 0 but for rules that fire all the time. */
  givenUp: number;
}

/** Epoch ms. */
export interface ReportedRange {
  /** The first event that was judged, of which nothing is reported when it is before `since`. */
  from: number;
  since: number;
  until: number;
  zone: string;
}

export interface EventCounts {
  /** Of the stretch that is reported. */
  judged: number;
  warmUp: number;
  /** Recorded decisions that were read. */
  decisions: number;
  /** The same event again. */
  repeats: number;
  /** Lines that could not be read: how many, and the first. */
  broken: number;
  faults: LineFault[];
}

export interface LineFault {
  /** Counted from 1, as the column is. */
  line: number;
  column?: number;
  reason: string;
}

export type Compared =
  | { kind: 'rules'; hash: string; dir: string; rules: number }
  /** `hashes`: of the rulesets that took the decisions. */
  | { kind: 'recorded'; hashes: string[] };

export interface NamedComparison extends RuleComparison {
  name: string;
  /** As the rules to be tried have it; absent where they have it no more. */
  mode?: 'live' | 'shadow' | 'off';
}
