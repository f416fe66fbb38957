import type { Json } from '../domain/json.ts';
import { blankPersonal, isPersonalPath } from '../domain/personal.ts';
import { MASKED, type Trace, type TraceLeaf } from '../domain/trace.ts';
import { type Comparison, type Met, type Outline, placeOf } from './comparisons.ts';

/** What json-rules-engine said of a condition tree; without a result where it never got to. */
export interface Verdict {
  result?: boolean;
  of: readonly Verdict[];
}

const NEVER_REACHED: Verdict = { of: [] };

/** The rule's own condition tree with what the evaluation met. */
export function toTrace(outline: Outline, verdict: Verdict, met: readonly Met[]): Trace {
  if (outline.op === 'leaf') return toLeaf(outline.comparison, verdict.result, met[outline.index]);
  const result = verdict.result === undefined ? {} : { result: verdict.result };
  if (outline.op !== 'condition') {
    const of = outline.of.map((child, index) => toTrace(child, verdict.of[index] ?? NEVER_REACHED, met));
    return { op: outline.op, ...result, of };
  }
  // What a reference names stands in its place: a group has its verdict, a comparison that of the group made for it.
  const own = outline.single ? (verdict.of[0] ?? NEVER_REACHED) : verdict;
  return { op: 'condition', name: outline.name, ...result, of: outline.of.map((child) => toTrace(child, own, met)) };
}

function toLeaf({ leaf }: Comparison, result: boolean | undefined, met: Met | undefined): TraceLeaf {
  const { fact, params, path, operator, value } = leaf;
  const reached = result === undefined ? undefined : met;
  const trace: TraceLeaf = { op: 'leaf', fact, operator };
  if (params !== undefined) trace.params = { ...params };
  if (path !== undefined) trace.path = path;
  const expected = shown(placeOf(value) ?? NOWHERE, reached?.wanted ?? value);
  if (expected !== undefined) trace.expected = expected;
  const actual = shown({ fact, path: path ?? '' }, reached?.actual);
  if (actual !== undefined) trace.actual = actual;
  if (result !== undefined) trace.result = result;
  return trace;
}

const NOWHERE = { fact: '', path: '' };

/** Longest value a trace keeps: enough to recognise it, small enough for a row per decision. */
const MAX_SHOWN = 500;

/** Texts up to here are short enough however JSON writes their characters, six for one at most. */
const SHORT = Math.floor((MAX_SHOWN - 2) / 6);

/** A value as a trace shows it; undefined where there is none. */
function shown(from: { fact: string; path: string }, value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  if (from.fact === 'event' && isPersonalPath(from.path)) return MASKED;
  if (typeof value === 'boolean' || (typeof value === 'string' && value.length <= SHORT)) return value;
  const text = JSON.stringify(from.fact === 'event' ? withoutPersonal(value) : value) ?? 'null';
  return text.length <= MAX_SHOWN ? (JSON.parse(text) as Json) : `${text.slice(0, MAX_SHOWN)}…`;
}

/** An object or a list of the event may have personal values somewhere in it. */
function withoutPersonal(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? blankPersonal({ value: value as Json })['value'] : value;
}
