import { isAbsent } from '../domain/json.ts';
import type { Condition, ConditionLeaf } from '../domain/rule-file.ts';
import { isComputed } from './computed/rule-reads.ts';
import { type Facts, pathParts, valueAtParts } from './facts.ts';

/**
 * Which rules can match at all. Of thousands of rules an event concerns a few, so only rules whose necessary equalities
 * hold are evaluated. A necessary equality is an `equal` or `in` leaf that the whole condition implies:
 * reached from the root through `all` (or through named conditions and groups of a single member), never below `any`
 * or `not`. Selecting may let through a rule that will not match, never the other way round.
 */
export interface Indexable {
  id: string;
  conditions: Condition;
}

interface Equality {
  fact: string;
  path: string;
  parts: readonly string[];
  values: Set<unknown>;
}

interface Entry<T> {
  rule: T;
  /** Its place among all rules. */
  order: number;
  equalities: Equality[];
}

export interface RuleIndex<T> {
  /** The rules that can match these facts, in the order in which they were given. */
  select(facts: Facts): T[];
}

/** Facts whose values are known before the evaluation. */
const INDEXED_FACTS = new Set(['event', 'session', 'transition', 'channel']);

/** Builds the index once per ruleset; the work per event is one map look-up per indexed field. */
export function createRuleIndex<T extends Indexable>(
  rules: readonly T[],
  conditions: Readonly<Record<string, Condition>>,
): RuleIndex<T> {
  const entries = rules.map((rule, order): Entry<T> => {
    return { rule, order, equalities: necessaryEqualities(rule.conditions, conditions) };
  });
  const frequency = countValues(entries);
  const always: Entry<T>[] = [];
  const fields = new Map<string, { key: Equality; byValue: Map<unknown, Entry<T>[]> }>();
  for (const entry of entries) {
    const key = rarest(entry.equalities, frequency);
    if (key === undefined) {
      always.push(entry);
      continue;
    }
    const name = fieldName(key);
    const field = fields.get(name) ?? { key, byValue: new Map() };
    fields.set(name, field);
    for (const value of key.values) {
      const list = field.byValue.get(value);
      if (list === undefined) field.byValue.set(value, [entry]);
      else list.push(entry);
    }
  }
  return {
    select(facts) {
      const selected = always.filter((entry) => canMatch(entry, facts));
      for (const { key, byValue } of fields.values()) {
        for (const entry of byValue.get(fieldValue(facts, key)) ?? NO_ENTRIES) {
          if (canMatch(entry, facts)) selected.push(entry);
        }
      }
      if (selected.length > 1) selected.sort((a, b) => a.order - b.order);
      return selected.map(({ rule }) => rule);
    },
  };
}

function fieldName({ fact, path }: Equality): string {
  return `${fact}\n${path}`;
}

const NO_ENTRIES: readonly never[] = [];

function fieldValue(facts: Facts, { fact, parts }: Pick<Equality, 'fact' | 'parts'>): unknown {
  const value = valueAtParts(facts[fact as keyof Facts], parts);
  return isAbsent(value) ? undefined : value;
}

function canMatch<T>({ equalities }: Entry<T>, facts: Facts): boolean {
  for (const equality of equalities) if (!equality.values.has(fieldValue(facts, equality))) return false;
  return true;
}

/** How many rules want each value of each field. */
function countValues<T>(entries: readonly Entry<T>[]): Map<string, Map<unknown, number>> {
  const frequency = new Map<string, Map<unknown, number>>();
  for (const { equalities } of entries) {
    for (const equality of equalities) {
      const counts = frequency.get(fieldName(equality)) ?? new Map<unknown, number>();
      frequency.set(fieldName(equality), counts);
      for (const value of equality.values) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return frequency;
}

/** The equality under which the fewest other rules are listed: the one that tells most. */
function rarest(equalities: Equality[], frequency: Map<string, Map<unknown, number>>): Equality | undefined {
  let best: Equality | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const equality of equalities) {
    const counts = frequency.get(fieldName(equality));
    const cost = Math.max(0, ...[...equality.values].map((value) => counts?.get(value) ?? 0));
    if (cost < bestCost) [best, bestCost] = [equality, cost];
  }
  return best;
}

function necessaryEqualities(condition: Condition, named: Readonly<Record<string, Condition>>): Equality[] {
  if ('all' in condition) return condition.all.flatMap((child) => necessaryEqualities(child, named));
  if ('any' in condition) {
    const [only] = condition.any;
    return condition.any.length === 1 && only !== undefined ? necessaryEqualities(only, named) : [];
  }
  if ('not' in condition) return [];
  if ('condition' in condition) {
    const target = Object.hasOwn(named, condition.condition) ? named[condition.condition] : undefined;
    return target === undefined ? [] : necessaryEqualities(target, named);
  }
  return equalityOf(condition);
}

function equalityOf({ fact, path, operator, value }: ConditionLeaf): Equality[] {
  // What is computed is computed only for the rules that were selected.
  if (!INDEXED_FACTS.has(fact) || path === undefined || isComputed(fact, path)) return [];
  const parts = pathParts(path);
  if (operator === 'equal' && isScalar(value)) return [{ fact, path, parts, values: new Set([value]) }];
  if (operator === 'in' && Array.isArray(value) && value.every(isScalar))
    return [{ fact, path, parts, values: new Set(value) }];
  return [];
}

/** Values that are equal exactly when `===` says so; absent ones never are, since facts leave them out. */
function isScalar(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';
}
