import { compileRuleset } from '../../engine/compile.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import type { createTrial } from '../trial.ts';
import { planCases, type SimulationCase } from './cases.ts';
import { examine, type Found, namesStatuses } from './examine.ts';
import { INVARIANTS } from './invariants/finding.ts';
import { measurePatience } from './patience.ts';
import type { SimulationReport, Violation } from './report.ts';
import { reproduce } from './reproduce.ts';
import type { Stage } from './run-timeline.ts';
import { createTally } from './tally.ts';
import { type Timeline, toTimeline } from './timeline.ts';

/**
 * A whole ruleset tried with every status, every change of status, every reply status and every kind of assignee, and
 * with events that come twice, late and in another order: which rule acts where, which statuses no rule minds, and what
 * must never happen. Each chat is tried in a world of its own, so that limits and inhibitions of one do not touch another.
 */
export interface SimulationOptions {
  /** Epoch ms. */
  start: number;
  quick: boolean;
  onProgress?: (done: number, total: number) => void;
  /** Another trial in its place, as tests of the simulation itself do. */
  trial?: typeof createTrial;
}

interface Example {
  found: Found;
  one: SimulationCase;
  timeline: Timeline;
  stage: Stage;
  count: number;
}

export async function simulate(all: Ruleset, options: SimulationOptions): Promise<SimulationReport> {
  const { start, quick, onProgress, trial } = options;
  // What goes by the clock alone looks at queues and counts, which one chat does not make.
  const ruleset = compileRuleset({ ...all, rules: all.rules.filter(({ trigger }) => trigger.kind !== 'schedule') });
  const plan = planCases(ruleset, start, quick);
  const patience = measurePatience(
    ruleset,
    plan.settings.map((setting) => setting.start),
  );
  const names = namesStatuses(ruleset);
  const tally = createTally(all.rules, ruleset, plan.replies);
  const examples = new Map<string, Example>();
  let runs = 0;
  for (const [index, { one, variants }] of plan.cases.entries()) {
    const { world, start: at } = one.setting;
    const stage: Stage = { ruleset, start: at, world, ...(trial === undefined ? {} : { trial }) };
    const timeline = toTimeline(one, patience.stayMs);
    const examination = await examine(timeline, variants, stage, names);
    runs += examination.runs;
    tally.add(one, timeline, examination.run);
    for (const [name, found] of firstOfEach(examination.findings)) {
      const example = examples.get(name) ?? { found, one, timeline, stage, count: 0 };
      examples.set(name, { ...example, count: example.count + 1 });
    }
    onProgress?.(index + 1, plan.cases.length);
  }
  const violations: { found: Found; violation: Violation }[] = [];
  for (const example of examples.values()) {
    const { found, one, timeline, stage, count } = example;
    const { from, to, reply, assignee } = one;
    const test = await reproduce(found, one, timeline, stage, names);
    const violation: Violation = { detail: found.detail, count, example: { from, to, reply, assignee }, test };
    if (found.ruleId !== undefined) violation.ruleId = found.ruleId;
    violations.push({ found, violation });
  }
  return {
    rulesetHash: all.hash,
    start,
    quick,
    cases: plan.cases.length,
    runs,
    replies: plan.replies.size,
    ...patience,
    settings: plan.settings.length,
    rules: tally.rules(),
    statuses: tally.statuses(),
    invariants: INVARIANTS.map((invariant) => ({
      invariant,
      violations: violations.flatMap(({ found, violation }) => (found.invariant === invariant ? [violation] : [])),
    })),
  };
}

/** A chat counts once for each rule and invariant, however often it broke it. */
function firstOfEach(findings: readonly Found[]): Map<string, Found> {
  const first = new Map<string, Found>();
  for (const found of findings) {
    const name = JSON.stringify([found.invariant, found.ruleId]);
    if (!first.has(name)) first.set(name, found);
  }
  return first;
}
