import type { ActionSpec } from './action.ts';
import { formatDuration } from './duration.ts';
import type { Condition } from './rule-file.ts';

/** What makes a rule fire: an event, a state that has lasted, or the clock. */
export type Trigger =
  | { kind: 'event'; on: string[]; late: boolean }
  | { kind: 'hold'; forMs: number }
  | { kind: 'schedule'; every: Schedule };

/** The moments at which a schedule rule is judged: epoch-aligned multiples of `ms`, or a cron line in its zone. */
export type Schedule = { kind: 'interval'; ms: number } | { kind: 'cron'; cron: string; zone: string };

/** `5m`, or the cron line with its zone. */
export function formatSchedule(every: Schedule): string {
  return every.kind === 'interval' ? formatDuration(every.ms) : `${every.cron} ${every.zone}`;
}

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
  trigger: Trigger;
  /** Outside this calendar it does not act: `skip` forgoes the firing, `wait` looks again when it opens. */
  during?: { calendar: string; outside: 'skip' | 'wait' };
  /** `business`: the hold's clock stands still while the calendar of `during` is closed. */
  clock: 'wall' | 'business';
  conditions: Condition;
  /** The conditions must be false this long before the episode ends; 0: at once. */
  keepForMs: number;
  repeat?: { everyMs: number; times: number };
  groupAlerts?: { by: string[]; waitMs: number; intervalMs: number };
  inhibitedBy: string[];
  onUnknown: 'skip' | 'match' | 'alert';
  onEdit: 'keep' | 'restart' | 'cancel';
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

/** Defaults of `groupAlerts`. */
export const DEFAULT_GROUP_WAIT_MS = 30_000;
export const DEFAULT_GROUP_INTERVAL_MS = 300_000;

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
