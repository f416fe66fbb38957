import type { Clause } from './clauses.ts';
import type { PossibleValues, Scalar } from './possible-values.ts';

/**
 * Pairs of rules that could match together, without looking at every pair: rules that need different values of the same
 * field never meet, and in a thousand rules nearly all differ in some channel, status or department. Selecting may let through a
 * pair that does not meet, never the other way round.
 */
export interface Meeting {
  clauses: readonly Clause[] | undefined;
}

/** Few enough to look at every pair. */
const SMALL = 8;
/** So many pairs are looked at, at most: what thousands of rules without a value in common differ in is not worth minutes. */
const MAX_PAIRS = 50_000;

export function meetingPairs<T extends Meeting>(items: readonly T[]): [T, T][] {
  const numbered = items.map((item, index) => ({ item, index, needs: neededValues(item.clauses) }));
  const pairs = new Map<number, [T, T]>();
  split(numbered, new Set(), (a, b) => {
    const [first, second] = a.index < b.index ? [a, b] : [b, a];
    pairs.set(first.index * items.length + second.index, [first.item, second.item]);
    return pairs.size < MAX_PAIRS;
  });
  return [...pairs.values()];
}

interface Numbered<T> {
  item: T;
  index: number;
  needs: ReadonlyMap<string, ReadonlySet<Scalar>>;
}

/** Fields of which a rule needs one of a few values, whichever of its clauses holds. */
function neededValues(clauses: readonly Clause[] | undefined): Map<string, Set<Scalar>> {
  const [first, ...rest] = clauses ?? [];
  const needed = new Map<string, Set<Scalar>>();
  if (first === undefined) return needed;
  for (const field of first.keys()) {
    const sets = [first, ...rest].map((clause) => only(clause.get(field)));
    if (sets.every((set) => set !== undefined)) needed.set(field, new Set(sets.flatMap((set) => [...set])));
  }
  return needed;
}

function only(values: PossibleValues | undefined): ReadonlySet<Scalar> | undefined {
  return values === undefined || values.absent ? undefined : values.only;
}

/** `take` answers whether to go on, and so does this. */
function split<T>(
  items: readonly Numbered<T>[],
  used: ReadonlySet<string>,
  take: (a: Numbered<T>, b: Numbered<T>) => boolean,
): boolean {
  const field = items.length <= SMALL ? undefined : mostTelling(items, used);
  if (field === undefined) return items.every((a, index) => items.slice(index + 1).every((b) => take(a, b)));
  const free = items.filter(({ needs }) => !needs.has(field));
  const bound = items.filter(({ needs }) => needs.has(field));
  const byValue = new Map<Scalar, Numbered<T>[]>();
  for (const item of bound) {
    for (const value of item.needs.get(field) ?? []) {
      const list = byValue.get(value);
      if (list === undefined) byValue.set(value, [item]);
      else list.push(item);
    }
  }
  const inner = new Set([...used, field]);
  return (
    [...byValue.values()].every((list) => split(list, inner, take)) &&
    split(free, inner, take) &&
    free.every((a) => bound.every((b) => take(a, b)))
  );
}

/** The field that tells most rules apart: with the most different values. */
function mostTelling<T>(items: readonly Numbered<T>[], used: ReadonlySet<string>): string | undefined {
  const values = new Map<string, Set<Scalar>>();
  for (const { needs } of items) {
    for (const [field, set] of needs) {
      if (used.has(field)) continue;
      const all = values.get(field) ?? new Set();
      values.set(field, all);
      for (const value of set) all.add(value);
    }
  }
  const [best] = [...values].sort(([, a], [, b]) => b.size - a.size);
  return best !== undefined && best[1].size > 1 ? best[0] : undefined;
}
