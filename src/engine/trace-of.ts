import type { Trace, TraceLeaf } from '../domain/trace.ts';
import { type Comparison, type FactSource, lookUp, type Outline } from './comparisons.ts';
import { show, showExpected } from './shown-value.ts';

/** What json-rules-engine said of a condition tree; without a result where it never got to. */
export interface Verdict {
  result?: boolean;
  of: readonly Verdict[];
}

const NEVER_REACHED: Verdict = { of: [] };

/** The rule's own condition tree with what the evaluation met. */
export function toTrace(outline: Outline, verdict: Verdict, source: FactSource): Trace {
  if (outline.op === 'leaf') return toLeaf(outline.comparison, verdict.result, source);
  // What a reference names stands in its place: a group has its verdict, a comparison that of the group made for it.
  const isOne = outline.op === 'condition' && !outline.single;
  const of: Trace[] = [];
  for (const child of outline.of) {
    of.push(toTrace(child, isOne ? verdict : (verdict.of[of.length] ?? NEVER_REACHED), source));
  }
  const { result } = verdict;
  if (outline.op === 'condition') {
    const { op, name } = outline;
    return result === undefined ? { op, name, of } : { op, name, result, of };
  }
  return result === undefined ? { op: outline.op, of } : { op: outline.op, result, of };
}

function toLeaf({ leaf, place, other, shows }: Comparison, result: boolean | undefined, source: FactSource): TraceLeaf {
  const trace: TraceLeaf = { ...shows };
  if (result === undefined) return trace;
  if (other !== undefined) {
    const expected = showExpected(leaf.value, lookUp(source, other) ?? leaf.value);
    if (expected !== undefined) trace.expected = expected;
  }
  const actual = show(leaf, lookUp(source, place));
  if (actual !== undefined) trace.actual = actual;
  trace.result = result;
  return trace;
}
