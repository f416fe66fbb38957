import { BLANK } from '../../domain/personal.ts';
import type { Trace, TraceLeaf } from '../../domain/trace.ts';
import { isKnownValue } from '../../domain/vocabulary.ts';
import { takesParams } from '../catalogue/params.ts';
import { isComputed } from '../computed/rule-reads.ts';
import type { Draft } from '../draft.ts';
import { type Facts, valueAt } from '../facts.ts';
import { decide, type OpenConditions } from '../unknown-values.ts';
import type { ExplainedCondition, ExplainedLeaf } from './explanation.ts';

/** What is known beside the trace of the conditions. */
export interface TreeContext {
  draft: Draft;
  open: OpenConditions | undefined;
  /** Computed facts of that moment are not known any more. */
  isPartial: boolean;
  facts: Facts;
  /** The event itself is not kept any more. */
  isEventRemoved: boolean;
  /** The trace that was recorded then: what cannot be known any more is taken from it. */
  recorded?: Trace | undefined;
}

/** The condition tree of a trace, with what is not known of it. */
export function toConditionTree(trace: Trace, context: TreeContext): ExplainedCondition {
  return explain(trace, context.open, context.recorded, context);
}

function explain(
  trace: Trace,
  open: OpenConditions | undefined,
  recorded: Trace | undefined,
  context: TreeContext,
): ExplainedCondition {
  if (trace.op === 'leaf') return explainLeaf(trace, open, recorded, context);
  const of = trace.of.map((child, index) =>
    explain(
      child,
      open?.op === 'group' ? open.of[index] : open,
      recorded !== undefined && recorded.op !== 'leaf' ? recorded.of[index] : undefined,
      context,
    ),
  );
  const verdict = verdictOf(trace.op, of, trace.result);
  const found = { of, ...(verdict === undefined ? {} : { verdict }) };
  return trace.op === 'condition' ? { op: trace.op, name: trace.name, ...found } : { op: trace.op, ...found };
}

/** As Kleene has it: undecided only where what is undecided could decide. */
function verdictOf(
  op: 'all' | 'any' | 'not' | 'condition',
  of: readonly ExplainedCondition[],
  evaluated: boolean | undefined,
): boolean | undefined {
  const verdicts = of.map(({ verdict }) => verdict);
  const [first] = verdicts;
  if (op === 'not') return first === undefined ? undefined : !first;
  if (op === 'condition') return of.length === 0 ? evaluated : first;
  const decisive = op === 'any';
  if (verdicts.includes(decisive)) return decisive;
  if (verdicts.includes(undefined)) return undefined;
  return verdicts.length === 0 ? evaluated : !decisive;
}

function explainLeaf(
  trace: TraceLeaf,
  open: OpenConditions | undefined,
  recorded: Trace | undefined,
  context: TreeContext,
): ExplainedLeaf {
  const { result, ...rest } = trace;
  const lost = whyLost(trace, context);
  if (lost !== undefined) {
    const { actual: _, ...place } = rest;
    const known = recorded?.op === 'leaf' && recorded.result !== undefined ? recorded : undefined;
    if (known === undefined) return { ...place, unknown: lost };
    const { actual, expected, result: verdict } = known;
    return {
      ...place,
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
      ...(verdict === undefined ? {} : { verdict }),
    };
  }
  const { vocabulary } = context.draft.known;
  const isUndecided =
    open !== undefined &&
    decide(open, trace, (one) => !isKnownValue(one.vocabulary, one.value, vocabulary), []) === undefined;
  if (isUndecided) return { ...rest, unknown: 'vocabulary' };
  return { ...rest, verdict: result === true };
}

/** Why the value that this comparison met then cannot be known now. */
function whyLost(
  { fact, path = '$' }: TraceLeaf,
  { isPartial, isEventRemoved, facts }: TreeContext,
): ExplainedLeaf['unknown'] | undefined {
  if (isPartial && (takesParams(fact) || isComputed(fact, path))) return 'not_kept';
  if (fact !== 'event') return undefined;
  const value = valueAt(facts.event, path);
  if (value === undefined) return isEventRemoved ? 'not_kept' : undefined;
  return JSON.stringify(value).includes(BLANK) ? 'personal' : undefined;
}

/** Every comparison of a tree, in its order. */
export function leavesOf(tree: ExplainedCondition): ExplainedLeaf[] {
  return tree.op === 'leaf' ? [tree] : tree.of.flatMap(leavesOf);
}
