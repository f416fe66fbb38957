import type { ActionSpec } from '../domain/action.ts';
import type { Rule } from '../domain/rule.ts';
import type { Condition } from '../domain/rule-file.ts';
import type { Trace } from '../domain/trace.ts';
import { type Evaluator, watchEvaluator } from '../engine/evaluate.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import type { Entry } from './trial.ts';

/**
 * What the tests of a rule have seen of it: whether it fired, each comparison both true and false, each step of its ladder
 * and each of its actions carried out.
 */
export interface RuleCoverage {
  ruleId: string;
  items: CoverageItem[];
}

export interface CoverageItem {
  kind: 'rule' | 'condition' | 'step' | 'action';
  /** In the words of the rule file: `conditions.all[0] is false`. */
  what: string;
  covered: boolean;
}

export interface CoverageCollector {
  /** The same evaluator, watched. */
  watch(evaluator: Evaluator): Evaluator;
  /** Takes what a test has recorded. */
  add(record: readonly Entry[]): void;
  /** Of the rules that are not off, in the order of the ruleset. */
  report(): RuleCoverage[];
}

export function createCoverage(ruleset: Ruleset): CoverageCollector {
  /** `<rule> <what>` of everything that was seen. */
  const seen = new Set<string>();
  const see = (ruleId: string, what: string) => seen.add(`${ruleId} ${what}`);
  return {
    watch: (evaluator) =>
      watchEvaluator(evaluator, (evaluation, rule) => {
        if (evaluation.ok) for (const leaf of leavesOf(evaluation.trace, 'conditions')) see(rule.id, leaf);
        return evaluation;
      }),
    add(record) {
      for (const entry of record) {
        if (entry.kind === 'decision') {
          const { ruleId, outcome, step } = entry.decision;
          if (outcome === 'fired' || outcome === 'shadow') see(ruleId, whatOfStep(step ?? 0));
        } else if (entry.kind === 'action' && entry.carried.state !== 'skipped') {
          const { ruleId, firing, path } = entry.carried.action;
          see(ruleId, whatOfAction(firing.slice(firing.lastIndexOf('/') + 1), path));
        }
      }
    },
    report: () =>
      ruleset.rules
        .filter(({ mode }) => mode !== 'off')
        .map((rule) => ({
          ruleId: rule.id,
          items: itemsOf(rule, ruleset).map(({ kind, what }) => ({
            kind,
            what,
            covered: seen.has(`${rule.id} ${what}`),
          })),
        })),
  };
}

/** The share of the items that were covered, 0 to 100; of nothing, 100. */
export function percentOf(items: readonly CoverageItem[]): number {
  if (items.length === 0) return 100;
  return (100 * items.filter(({ covered }) => covered).length) / items.length;
}

function whatOfStep(step: number): string {
  return step === 0 ? 'fires' : `steps[${step - 1}]`;
}

/** `0` the firing, `1` … the ladder, `end` the end; a repeat does the actions of the firing. */
function whatOfAction(step: string, path: string): string {
  const list =
    step === 'end' ? 'onResolve' : /^[1-9]\d*$/.test(step) ? `steps[${Number(step) - 1}].actions` : 'actions';
  const [first, ...failures] = path.split('.');
  return [`${list}[${first}]`, ...failures.map((failure) => `onFailure[${failure.slice(1)}]`)].join('.');
}

function itemsOf(rule: Rule, { conditions }: Ruleset): Omit<CoverageItem, 'covered'>[] {
  // A rule in shadow decides and never acts.
  const acting = rule.mode === 'live';
  return [
    { kind: 'rule', what: 'fires' },
    ...pathsOf(rule.conditions, conditions, 'conditions').flatMap((path) =>
      [true, false].map((result) => ({ kind: 'condition' as const, what: `${path} is ${result}` })),
    ),
    ...rule.steps.map((_, index) => ({ kind: 'step' as const, what: whatOfStep(index + 1) })),
    ...(acting
      ? [
          ...actionsOf(rule.actions, 'actions'),
          ...rule.steps.flatMap(({ actions }, index) => actionsOf(actions, `steps[${index}].actions`)),
          ...actionsOf(rule.onResolve, 'onResolve'),
        ]
      : []),
  ];
}

function actionsOf(specs: readonly ActionSpec[], list: string): Omit<CoverageItem, 'covered'>[] {
  return specs.flatMap((spec, index) => {
    const what = `${list}[${index}]`;
    return [{ kind: 'action' as const, what }, ...actionsOf(spec.onFailure, `${what}.onFailure`)];
  });
}

/** Where each comparison stands, those of named conditions under the name. */
function pathsOf(condition: Condition, named: Ruleset['conditions'], path: string): string[] {
  if ('all' in condition) return condition.all.flatMap((child, i) => pathsOf(child, named, `${path}.all[${i}]`));
  if ('any' in condition) return condition.any.flatMap((child, i) => pathsOf(child, named, `${path}.any[${i}]`));
  if ('not' in condition) return pathsOf(condition.not, named, `${path}.not`);
  if (!('condition' in condition)) return [path];
  const target = named[condition.condition];
  return target === undefined ? [] : pathsOf(target, named, `${path}.${condition.condition}`);
}

/** What a trace has seen of each comparison, by the same paths. */
function leavesOf(trace: Trace, path: string): string[] {
  switch (trace.op) {
    case 'leaf':
      return trace.result === undefined ? [] : [`${path} is ${trace.result}`];
    case 'not':
      return trace.of.flatMap((child) => leavesOf(child, `${path}.not`));
    case 'condition':
      return trace.of.flatMap((child) => leavesOf(child, `${path}.${trace.name}`));
    default:
      return trace.of.flatMap((child, index) => leavesOf(child, `${path}.${trace.op}[${index}]`));
  }
}
