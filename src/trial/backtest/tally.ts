import type { Difference } from './compare-firings.ts';
import type { Firing } from './firing.ts';

/** What became of the firings of each rule, counted as the comparison tells of them. */
export interface RuleComparison {
  ruleId: string;
  before: number;
  after: number;
  /** At the same moment on both sides, whatever the reason. */
  same: number;
  /** Of those, how many for another reason. */
  otherReason: number;
  added: number;
  removed: number;
  moved: number;
  /** Of the moved ones, ms; negative is earlier. From a sample where there are many. */
  medianMoveMs?: number;
  /** Slack messages of its firings that are new, or that went live. */
  newAlerts: number;
  channels: Breakdown[];
  agents: Breakdown[];
  /** By hour of the day, 24 of each. */
  hours: { before: number[]; after: number[] };
  examples: Record<ExampleKind, Difference[]>;
}

export interface Breakdown {
  id: string;
  before: number;
  after: number;
  added: number;
  removed: number;
}

export const EXAMPLE_KINDS = ['added', 'removed', 'moved', 'reason'] as const;
export type ExampleKind = (typeof EXAMPLE_KINDS)[number];

export function hasChanged({ added, removed, moved, otherReason }: RuleComparison): boolean {
  return added + removed + moved + otherReason > 0;
}

export interface Tallies {
  add(difference: Difference): void;
  newAlerts(): number;
  /** By rule id. */
  rules(): RuleComparison[];
}

export interface TallyOptions {
  /** 0 to 23, in the zone of the report. */
  hourOf: (at: number) => number;
  /** Of each kind and rule. */
  maxExamples: number;
}

/** Moves that the median is taken of. */
const MAX_MOVES = 10_000;
/** Channels or agents of one rule; what is over it is counted as one. */
const MAX_NAMES = 1_000;
const OTHERS = '(others)';

interface Counts extends Omit<RuleComparison, 'channels' | 'agents' | 'medianMoveMs'> {
  channels: Map<string, Breakdown>;
  agents: Map<string, Breakdown>;
  moves: number[];
}

export function createTallies({ hourOf, maxExamples }: TallyOptions): Tallies {
  const rules = new Map<string, Counts>();
  let newAlerts = 0;

  function countsOf(ruleId: string): Counts {
    const known = rules.get(ruleId) ?? makeCounts(ruleId);
    rules.set(ruleId, known);
    return known;
  }

  function add(difference: Difference): void {
    const before = 'before' in difference ? difference.before : undefined;
    const after = 'after' in difference ? difference.after : undefined;
    const counts = countsOf((before ?? after)?.ruleId ?? '');
    const { kind } = difference;
    if (before !== undefined) {
      counts.before += 1;
      addHour(counts.hours.before, before);
    }
    if (after !== undefined) {
      counts.after += 1;
      addHour(counts.hours.after, after);
    }
    if (kind === 'same' || kind === 'reason') counts.same += 1;
    else counts[kind] += 1;
    if (kind === 'reason') counts.otherReason += 1;
    if (kind === 'moved') addMove(counts, difference.byMs);
    breakDown(counts.channels, kind, before, after, ({ channelId }) => channelId);
    breakDown(counts.agents, kind, before, after, ({ assigneeId }) => assigneeId);
    const alerts = alertsAdded(before, after);
    counts.newAlerts += alerts;
    newAlerts += alerts;
    if (kind !== 'same') addExample(counts.examples[kind], difference);
  }

  /** The earliest are kept: which come first depends on how the two sides are read. */
  function addExample(examples: Difference[], difference: Difference): void {
    const last = examples.at(-1);
    if (examples.length >= maxExamples && last !== undefined && byTime(last, difference) <= 0) return;
    examples.push(difference);
    examples.sort(byTime);
    if (examples.length > maxExamples) examples.pop();
  }

  function addHour(hours: number[], { at }: Firing): void {
    const hour = hourOf(at);
    hours[hour] = (hours[hour] ?? 0) + 1;
  }

  /** Of more than are kept the last. */
  function addMove(counts: Counts, byMs: number): void {
    if (counts.moves.length < MAX_MOVES) counts.moves.push(byMs);
    else counts.moves[counts.moved % MAX_MOVES] = byMs;
  }

  return {
    add,
    newAlerts: () => newAlerts,
    rules: () =>
      [...rules.values()]
        .map(({ channels, agents, moves, ...counts }): RuleComparison => {
          const median = medianOf(moves);
          return {
            ...counts,
            ...(median === undefined ? {} : { medianMoveMs: median }),
            channels: toBreakdowns(channels),
            agents: toBreakdowns(agents),
          };
        })
        .sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1)),
  };
}

function byTime(a: Difference, b: Difference): number {
  const [one, other] = [firingOf(a), firingOf(b)];
  return one.at - other.at || (one.identity < other.identity ? -1 : 1);
}

/** Of the rules that are tried, where they fire. */
export function firingOf(difference: Difference): Firing {
  return 'after' in difference ? difference.after : difference.before;
}

function makeCounts(ruleId: string): Counts {
  return {
    ruleId,
    before: 0,
    after: 0,
    same: 0,
    otherReason: 0,
    added: 0,
    removed: 0,
    moved: 0,
    newAlerts: 0,
    channels: new Map(),
    agents: new Map(),
    hours: { before: new Array<number>(24).fill(0), after: new Array<number>(24).fill(0) },
    moves: [],
    examples: { added: [], removed: [], moved: [], reason: [] },
  };
}

/** What acted in shadow, and acts now, tells people anew. */
function alertsAdded(before: Firing | undefined, after: Firing | undefined): number {
  if (after?.alerts === undefined) return 0;
  return before === undefined || before.mode === 'shadow' ? after.alerts : 0;
}

function breakDown(
  names: Map<string, Breakdown>,
  kind: Difference['kind'],
  before: Firing | undefined,
  after: Firing | undefined,
  nameOf: (firing: Firing) => string | undefined,
): void {
  const of = (firing: Firing): Breakdown => {
    const name = nameOf(firing) ?? '';
    const id = names.size < MAX_NAMES || names.has(name) ? name : OTHERS;
    const known = names.get(id) ?? { id, before: 0, after: 0, added: 0, removed: 0 };
    names.set(id, known);
    return known;
  };
  if (before !== undefined) of(before).before += 1;
  if (after !== undefined) of(after).after += 1;
  if (kind === 'added' && after !== undefined) of(after).added += 1;
  if (kind === 'removed' && before !== undefined) of(before).removed += 1;
}

/** Where most has changed first. */
function toBreakdowns(names: ReadonlyMap<string, Breakdown>): Breakdown[] {
  return [...names.values()].sort(
    (a, b) => b.added + b.removed - (a.added + a.removed) || b.after - a.after || (a.id < b.id ? -1 : 1),
  );
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
