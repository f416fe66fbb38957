import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Condition, ConditionLeaf } from '../domain/rule-file.ts';
import { takesParams } from './catalogue/params.ts';
import { runtimeName } from './computed/rule-reads.ts';
import { type Facts, valueAt } from './facts.ts';
import type { OperatorMap } from './operators/index.ts';

/** One comparison of a rule: a leaf of its conditions, ready to be made. */
export interface Comparison {
  leaf: ConditionLeaf;
  /** Under which name the facts have it: with params, each set of them is a fact of its own. */
  fact: string;
  /** The place of another fact whose value it compares with; undefined where the file has the value itself. */
  other: Place | undefined;
  compare: (met: unknown, wanted: unknown) => boolean;
}

interface Place {
  fact: string;
  path: string;
}

/** What a comparison met. */
export interface Met {
  actual: unknown;
  wanted: unknown;
  isTrue: boolean;
}

/** The condition tree of a rule with its references opened; leaves are the comparisons by their place in the list. */
export type Outline =
  | { op: 'all' | 'any' | 'not'; of: Outline[] }
  | {
      op: 'condition';
      name: string;
      of: Outline[] /** Whether what it names is a single comparison. */;
      single: boolean;
    }
  | { op: 'leaf'; index: number; comparison: Comparison };

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
    const operator = operators.get(leaf.operator);
    const comparison: Comparison = {
      leaf,
      fact: takesParams(leaf.fact) ? runtimeName(leaf.fact, leaf.params ?? {}) : leaf.fact,
      other: placeOf(leaf.value),
      compare: operator === null ? () => false : (met, wanted) => operator.evaluate(met, wanted),
    };
    comparisons.push(comparison);
    const { priority } = leaf;
    const logic: ConditionLeaf = {
      fact: String(index),
      // One that nobody knows is left for json-rules-engine to complain of, when it comes to it.
      operator: operator === null ? leaf.operator : 'equal',
      value: true,
      ...(priority === undefined ? {} : { priority }),
    };
    return { outline: { op: 'leaf', index, comparison }, logic };
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

/** Another fact that a value stands for. */
export function placeOf(value: Json): Place | undefined {
  if (!isJsonObject(value) || typeof value['fact'] !== 'string') return undefined;
  return { fact: value['fact'], path: typeof value['path'] === 'string' ? value['path'] : '' };
}

/** Makes all comparisons. The pattern says which are true: `101`. */
export function compareAll(
  comparisons: readonly Comparison[],
  facts: Facts,
  computed: ReadonlyMap<string, JsonObject> | undefined,
): { met: Met[]; pattern: string } {
  const met: Met[] = [];
  let pattern = '';
  for (const { leaf, fact, other, compare } of comparisons) {
    const actual = lookUp(facts, computed, fact, leaf.path);
    const wanted = other === undefined ? leaf.value : lookUp(facts, computed, other.fact, other.path);
    const isTrue = compare(actual, wanted);
    met.push({ actual, wanted, isTrue });
    pattern += isTrue ? '1' : '0';
  }
  return { met, pattern };
}

function lookUp(
  facts: Facts,
  computed: ReadonlyMap<string, JsonObject> | undefined,
  fact: string,
  path: string | undefined,
): unknown {
  const value = computed?.get(fact) ?? (Object.hasOwn(facts, fact) ? facts[fact as keyof Facts] : undefined);
  return path === undefined || path === '' || value === undefined ? value : valueAt(value, path);
}
