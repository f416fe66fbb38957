import { destinationOf } from '../../domain/action.ts';
import type { Rule } from '../../domain/rule.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { isOfARule } from '../carried.ts';
import type { Plan, SimulationCase } from './cases.ts';
import { ASSIGNEES, isSettable, REPLIES, STATUSES, TRANSITIONS, UNKNOWN } from './dimensions.ts';
import { type ActingRule, type Cell, isActing, type RuleReport, type StatusReport } from './report.ts';
import type { Run } from './run-timeline.ts';
import type { Timeline } from './timeline.ts';

/** Counts which rule acted where. */
export interface Tally {
  add(one: SimulationCase, timeline: Timeline, run: Run): void;
  rules(): RuleReport[];
  statuses(): StatusReport[];
}

interface Counts {
  rule: Rule;
  report: RuleReport;
  cells: Map<string, Cell>;
  /** By status: with which assignees and reply statuses it acted. */
  acted: Map<string, { assignees: Set<string>; replies: Set<string> }>;
}

/** @param rules all rules of the folder; those that `ruleset` has not are shown as not tried */
export function createTally(rules: readonly Rule[], ruleset: CompiledRuleset, replies: Plan['replies']): Tally {
  const counts = new Map(rules.map((rule) => [rule.id, startCounting(rule, ruleset.active.has(rule.id))]));

  return {
    add({ from, to, reply, assignee, setting }, { changeAt, endAt }, { record }) {
      const [since, until] = [setting.start + changeAt, setting.start + endAt];
      const acting = new Set<string>();
      for (const entry of record) {
        if (entry.kind === 'decision') {
          const { decision } = entry;
          const report = counts.get(decision.ruleId)?.report;
          if (report !== undefined) report.outcomes[decision.outcome] = (report.outcomes[decision.outcome] ?? 0) + 1;
          if (isActing(decision) && decision.at >= since && decision.at < until) acting.add(decision.ruleId);
        } else if (entry.kind === 'action' && entry.carried.state === 'delivered') {
          const { ruleId, spec } = entry.carried.action;
          const report = counts.get(ruleId)?.report;
          if (report !== undefined && isOfARule(entry.carried))
            report.actions[spec.type] = (report.actions[spec.type] ?? 0) + 1;
        }
      }
      for (const [ruleId, { cells, acted }] of counts) {
        const cell = cells.get(nameOf(from, to));
        if (cell === undefined) continue;
        cell.of += 1;
        if (!acting.has(ruleId)) continue;
        cell.acted += 1;
        const sets = acted.get(to) ?? { assignees: new Set(), replies: new Set() };
        acted.set(to, sets);
        sets.assignees.add(assignee);
        for (const same of replies.get(reply) ?? [reply]) sets.replies.add(same);
      }
    },
    rules: () => [...counts.values()].map(({ report }) => report),
    statuses: () =>
      STATUSES.map((status) => {
        const acting = [...counts.values()].filter(({ acted }) => acted.has(status));
        return {
          status,
          known: status !== UNKNOWN,
          rules: acting.map((one) => toActing(one, status)),
          handling: acting.some(({ rule }) => reachesSomebody(rule))
            ? 'handled'
            : acting.length > 0
              ? 'noted'
              : 'nothing',
        };
      }),
  };
}

function startCounting(rule: Rule, tried: boolean): Counts {
  const cells = TRANSITIONS.map(
    ({ from, to }): Cell => ({ from, to, settable: isSettable(from, to), acted: 0, of: 0 }),
  );
  const report: RuleReport = {
    ruleId: rule.id,
    name: rule.name,
    mode: rule.mode,
    kind: rule.trigger.kind,
    tried,
    cells: tried ? cells : [],
    outcomes: {},
    actions: {},
  };
  return {
    rule,
    report,
    cells: new Map(report.cells.map((cell) => [nameOf(cell.from, cell.to), cell])),
    acted: new Map(),
  };
}

const nameOf = (from: string, to: string) => `${from}>${to}`;

function toActing({ rule, acted }: Counts, status: string): ActingRule {
  const sets = acted.get(status);
  const acting: ActingRule = { ruleId: rule.id, shadow: rule.mode === 'shadow' };
  if (rule.trigger.kind === 'hold') acting.afterMs = rule.trigger.forMs;
  const assignees = ASSIGNEES.filter((one) => sets?.assignees.has(one));
  if (assignees.length < ASSIGNEES.length) acting.assignees = assignees;
  const some = REPLIES.filter((one) => sets?.replies.has(one));
  if (some.length < REPLIES.length) acting.replies = some;
  return acting;
}

/** It tells somebody or changes something, beyond counting and recording. */
function reachesSomebody({ actions, steps }: Rule): boolean {
  return [...actions, ...steps.flatMap((step) => step.actions)].some(({ type }) => {
    const destination = destinationOf(type);
    return destination !== 'board' && destination !== 'record';
  });
}
