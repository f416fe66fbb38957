import type { Condition } from '../../../domain/rule-file.ts';
import type { NamedConditions } from '../../load/condition-tree.ts';
import type { Trigger } from '../rule-under-check.ts';
import { leafClauses } from './leaf-clauses.ts';
import { ANYTHING, intersect, isImpossible, type PossibleValues } from './possible-values.ts';
import { universeOf } from './universe.ts';

/**
 * Conditions as alternatives ("or" of "and"): each clause says what several fields can be at once. What a clause leaves out
 * can be anything.
 */
export type Clause = ReadonlyMap<string, PossibleValues>;

/** Past this, conditions are too entangled to be looked through; nothing is said of them. */
const MAX_CLAUSES = 128;

export interface Reading {
  trigger: Trigger;
  /** Whether late events are judged. */
  late: boolean;
  named: NamedConditions;
  /** Gets the fields of which something impossible was asked. */
  conflicts?: Set<string>;
}

/**
 * The clauses of a condition, or of its opposite; those that cannot hold are left out, so that none is left where the
 * condition never holds. Undefined when there are too many.
 */
export function clausesOf(condition: Condition, negated: boolean, reading: Reading): Clause[] | undefined {
  if ('not' in condition) return clausesOf(condition.not, !negated, reading);
  if ('condition' in condition) {
    const target = reading.named.get(condition.condition);
    return target === undefined ? undefined : clausesOf(target, negated, reading);
  }
  if ('fact' in condition) return leafClauses(condition, negated).flatMap((clause) => withUniverse(clause, reading));
  const [members, isAll] = 'all' in condition ? [condition.all, !negated] : [condition.any, negated];
  return isAll ? product(members, negated, reading) : union(members, negated, reading);
}

function union(members: readonly Condition[], negated: boolean, reading: Reading): Clause[] | undefined {
  const all: Clause[] = [];
  for (const member of members) {
    const clauses = clausesOf(member, negated, reading);
    if (clauses === undefined || all.length + clauses.length > MAX_CLAUSES) return undefined;
    all.push(...clauses);
  }
  return all;
}

function product(members: readonly Condition[], negated: boolean, reading: Reading): Clause[] | undefined {
  let all: Clause[] = [new Map()];
  for (const member of members) {
    const clauses = clausesOf(member, negated, reading);
    if (clauses === undefined || all.length * clauses.length > MAX_CLAUSES) return undefined;
    all = both(all, clauses, reading.conflicts);
  }
  return all;
}

/** What two alternatives leave together. */
export function both(a: readonly Clause[], b: readonly Clause[], conflicts?: Set<string>): Clause[] {
  return a.flatMap((one) => b.flatMap((other) => merge(one, other, conflicts) ?? []));
}

/** Undefined when the two exclude each other. */
export function merge(a: Clause, b: Clause, conflicts?: Set<string>): Clause | undefined {
  const merged = new Map(a);
  for (const [field, values] of b) {
    const present = merged.get(field);
    const left = present === undefined ? values : intersect(present, values);
    if (present !== undefined && isImpossible(left)) {
      conflicts?.add(field);
      return undefined;
    }
    merged.set(field, left);
  }
  return merged;
}

function withUniverse(clause: Clause, reading: Reading): Clause[] {
  const bounded = new Map<string, PossibleValues>();
  for (const [field, values] of clause) {
    const left = intersect(universeOf(field, reading) ?? ANYTHING, values);
    if (isImpossible(left)) {
      reading.conflicts?.add(field);
      return [];
    }
    bounded.set(field, left);
  }
  return [bounded];
}
