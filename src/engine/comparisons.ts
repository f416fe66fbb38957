import type { Json, JsonObject } from '../domain/json.ts';
import type { Condition, ConditionLeaf } from '../domain/rule-file.ts';
import type { TraceLeaf } from '../domain/trace.ts';
import { takesParams } from './catalogue/params.ts';
import { runtimeName } from './computed/rule-reads.ts';
import { type Facts, pathParts, valueAtParts } from './facts.ts';
import type { OperatorMap } from './operators/index.ts';
import { readReference, toShows } from './shown-value.ts';

/** One comparison of a rule: a leaf of its conditions, ready to be made. */
export interface Comparison {
  leaf: ConditionLeaf;
  /** Where the value is found that it looks at. */
  place: Place;
  /** Where the value is found that it compares with; undefined where the file has the value itself. */
  other: Place | undefined;
  /** Undefined: nobody knows the operator. */
  holds: ((met: unknown, wanted: unknown) => boolean) | undefined;
  /** What every trace shows of it. */
  shows: TraceLeaf;
}

/** A place in the facts. */
export interface Place {
  /** Under which name they have it: with params, each set of them is a fact of its own. */
  fact: string;
  parts: readonly string[];
}

/** What a rule is evaluated by. */
export interface FactSource {
  facts: Facts;
  /** Queues and histories, by `runtimeName`. */
  computed: ReadonlyMap<string, JsonObject> | undefined;
}

/** The condition tree of a rule with its references opened. */
export type Outline =
  | { op: 'all' | 'any' | 'not'; of: Outline[] }
  | {
      op: 'condition';
      name: string;
      of: Outline[];
      /** Whether what it names is a single comparison. */
      single: boolean;
    }
  | { op: 'leaf'; comparison: Comparison };

export interface CompiledOutline {
  outline: Outline;
  comparisons: readonly Comparison[];
  /** The same tree for json-rules-engine; in place of each comparison it asks whether that one is true. */
  logic: Condition;
}

export function compileOutline(
  conditions: Condition,
  named: Readonly<Record<string, Condition>>,
  operators: OperatorMap,
): CompiledOutline {
  const comparisons: Comparison[] = [];

  function compile(condition: Condition): { outline: Outline; logic: Condition } {
    if ('fact' in condition) return compileLeaf(condition);
    if ('condition' in condition) return compileReference(condition);
    if ('not' in condition) {
      const inner = compile(condition.not);
      return { outline: { op: 'not', of: [inner.outline] }, logic: { ...condition, not: inner.logic } };
    }
    const op = 'all' in condition ? 'all' : 'any';
    const of = ('all' in condition ? condition.all : condition.any).map(compile);
    const logic = of.map((child) => child.logic);
    return {
      outline: { op, of: of.map(({ outline }) => outline) },
      logic: op === 'all' ? { ...condition, all: logic } : { ...condition, any: logic },
    };
  }

  function compileLeaf(leaf: ConditionLeaf): { outline: Outline; logic: Condition } {
    const index = comparisons.length;
    const { fact, params = {}, path = '', priority } = leaf;
    const operator = operators.get(leaf.operator);
    const comparison: Comparison = {
      leaf,
      place: { fact: takesParams(fact) ? runtimeName(fact, params) : fact, parts: pathParts(path) },
      other: placeOf(leaf.value),
      shows: toShows(leaf),
      holds: operator === null ? undefined : (met, wanted) => operator.evaluate(met, wanted),
    };
    comparisons.push(comparison);
    const logic: ConditionLeaf = {
      fact: String(index),
      // One that nobody knows is left for json-rules-engine to complain of, when it comes to it.
      operator: operator === null ? leaf.operator : 'equal',
      value: true,
      ...(priority === undefined ? {} : { priority }),
    };
    return { outline: { op: 'leaf', comparison }, logic };
  }

  /** What it names stands in its place, with the priority that the reference has there. */
  function compileReference(reference: Extract<Condition, { condition: string }>): {
    outline: Outline;
    logic: Condition;
  } {
    const { condition: name, priority } = reference;
    const target = Object.hasOwn(named, name) ? named[name] : undefined;
    if (target === undefined) return { outline: { op: 'condition', name, of: [], single: false }, logic: reference };
    const inner = compile(target);
    const single = 'fact' in target;
    const { priority: _, ...logic } = single ? { all: [inner.logic] } : inner.logic;
    return {
      outline: { op: 'condition', name, of: [inner.outline], single },
      // Guarantee: what was left out is optional in every kind of condition.
      logic: { ...logic, ...(priority === undefined ? {} : { priority }) } as Condition,
    };
  }

  const { outline, logic } = compile(conditions);
  return { outline, comparisons, logic };
}

/** The place of another fact that a value stands for. */
function placeOf(value: Json): Place | undefined {
  const written = readReference(value);
  return written === undefined ? undefined : { fact: written.fact, parts: pathParts(written.path) };
}

/** Whether the comparison is true. */
export function compare({ leaf, place, other, holds }: Comparison, source: FactSource): boolean {
  return holds?.(lookUp(source, place), other === undefined ? leaf.value : lookUp(source, other)) ?? false;
}

/** The value at a place; undefined where there is none. */
export function lookUp({ facts, computed }: FactSource, { fact, parts }: Place): unknown {
  const value = computed?.get(fact) ?? (Object.hasOwn(facts, fact) ? facts[fact as keyof Facts] : undefined);
  return parts.length === 0 ? value : valueAtParts(value, parts);
}
