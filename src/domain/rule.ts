import type { ActionSpec } from './action.ts';
import type { Condition } from './rule-file.ts';

/** A rule after loading: defaults filled in, durations in ms, templates analysed. */
export interface Rule {
  id: string;
  name: string;
  description?: string;
  owner?: string;
  runbook?: string;
  tags: string[];
  mode: 'live' | 'shadow' | 'off';
  priority: number;
  exclusive?: string;
  trigger: { kind: 'event'; on: string[]; late: boolean } | { kind: 'hold'; forMs: number };
  conditions: Condition;
  /** Dotted paths such as `session.assigneeId`. */
  episodeBy: string[];
  actions: ActionSpec[];
  steps: { afterMs: number; unless: 'acknowledged' | 'never'; actions: ActionSpec[] }[];
  onResolve: ActionSpec[];
  limit?: { count: number; per: 'session' | 'channel' | 'agent' | 'rule'; withinMs: number };
  maxLateMs: number;
  /** Hash of the rule's own content: tells an edited rule from one that stayed. */
  contentHash: string;
}

/** Default of `maxLate`. */
export const DEFAULT_MAX_LATE_MS = 3_600_000;

/** Readable names of what only has ids; see rules/directory.json. */
export interface Directory {
  channels: Map<string, { name: string; departmentId?: string; integration?: string }>;
  departments: Map<string, { name: string }>;
  /** By Desk agent id. */
  agents: Map<string, { name: string; zuid?: string; slack?: string }>;
  /** Desk agent id by ZUID. */
  agentIdByZuid: Map<string, string>;
  bots: Map<string, { name: string }>;
  /** Team key → Desk agent ids. */
  teams: Map<string, string[]>;
  slackUsers: Map<string, string>;
  /** `#name` → Slack channel id. */
  slackChannels: Map<string, string>;
}

/** One fault or warning of a rule folder: where, what, and what to do. Lines and columns count from 1. */
export interface RuleFault {
  severity: 'error' | 'warning';
  /** Path relative to the rules folder, such as `on-hold.rule.json`. */
  file: string;
  line: number;
  column: number;
  /** A stable code, such as `unknown-fact`. */
  code: string;
  message: string;
  remedy: string;
}
