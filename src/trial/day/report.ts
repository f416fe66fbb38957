import type { Outcome } from '../../domain/decision.ts';
import type { Rule } from '../../domain/rule.ts';
import type { Invariant } from '../simulation/invariants/finding.ts';

/** What the rules made of a day's events, as data. Texts of events and of what was sent are not in it. */
export interface DayReport {
  rulesetHash: string;
  events: number;
  /** The same event again: judged once. */
  repeats: number;
  chats: number;
  /** When the first and the last event were received, and until when the clock ran on after that; epoch ms. */
  firstAt: number;
  lastAt: number;
  untilAt: number;
  /** What could not be read: how much in all, and the first of it. */
  skipped: number;
  faults: LineFault[];
  rules: DayRule[];
  invariants: { invariant: Invariant; violations: DayViolation[] }[];
}

export interface LineFault {
  /** Counted from 1. */
  line: number;
  reason: string;
}

export interface DayRule {
  ruleId: string;
  name: string;
  mode: Rule['mode'];
  kind: Rule['trigger']['kind'];
  firings: number;
  outcomes: Partial<Record<Outcome, number>>;
  /** By type and state: how many. */
  actions: { type: string; state: string; count: number }[];
  /** The first firings. */
  examples: Firing[];
}

export interface Firing {
  /** Epoch ms. */
  at: number;
  sessionId?: string;
  /** 0 the firing itself, 1 the first step of the ladder … */
  step: number;
  repeat?: number;
  /** In English, as the engine says it. */
  reason: string;
}

export interface Example {
  at: number;
  sessionId?: string;
  detail: string;
}

export interface DayViolation {
  ruleId?: string;
  count: number;
  examples: Example[];
}
