import type { Decision, Outcome } from '../../domain/decision.ts';
import type { Rule } from '../../domain/rule.ts';
import type { RuleTest } from '../../domain/test-file.ts';
import type { Invariant } from './invariants/finding.ts';

/** What a simulation has shown, as data: the same for the terminal, for programs and for the page. */
export interface SimulationReport {
  rulesetHash: string;
  /** Epoch ms. */
  start: number;
  quick: boolean;
  /** Chats that were tried, and how many timelines were run for them. */
  cases: number;
  runs: number;
  /** Reply statuses that were tried. */
  replies: number;
  /** How long each chat was left in its status, ms. */
  stayMs: number;
  tooSlow: { ruleId: string; needsMs: number | undefined }[];
  /** How many channels and times were tried. */
  settings: number;
  rules: RuleReport[];
  statuses: StatusReport[];
  invariants: InvariantReport[];
}

export interface RuleReport {
  ruleId: string;
  name: string;
  mode: Rule['mode'];
  kind: Rule['trigger']['kind'];
  /** Rules that are off, and rules that go by the clock alone, are not tried. */
  tried: boolean;
  /** A cell for each pair of statuses; none when it was not tried. */
  cells: Cell[];
  outcomes: Partial<Record<Outcome, number>>;
  /** By type: how many were done. */
  actions: Record<string, number>;
}

/** Of the chats that went from one status to the other: in how many the rule acted after that, and before the end. */
export interface Cell {
  from: string;
  to: string;
  /** Whether Zoho Desk makes this change when it is asked to. */
  settable: boolean;
  acted: number;
  of: number;
}

/** What happens to chats in a status. */
export interface StatusReport {
  status: string;
  known: boolean;
  rules: ActingRule[];
  /** `handled`: somebody is told or something is changed; `noted`: it is only counted or recorded; `nothing`. */
  handling: 'handled' | 'noted' | 'nothing';
}

export interface ActingRule {
  ruleId: string;
  shadow: boolean;
  /** Of a hold: how long the chat must have been so, ms. */
  afterMs?: number;
  /** Only with these, where others were tried in vain. */
  assignees?: string[];
  replies?: string[];
}

export interface InvariantReport {
  invariant: Invariant;
  violations: Violation[];
}

/** All findings of one kind of one rule, and the first of them as a test. */
export interface Violation {
  ruleId?: string;
  detail: string;
  /** In how many chats. */
  count: number;
  example: { from: string; to: string; reply: string; assignee: string };
  test: RuleTest;
}

/** Whether a decision is one that acts, or would without the shadow. */
export function isActing({ outcome }: Decision): boolean {
  return outcome === 'fired' || outcome === 'shadow';
}
