import type { Condition, ConditionLeaf } from '../../domain/rule-file.ts';
import type { JsonPath } from './json-source.ts';

/** Walking condition trees. Named conditions are followed through `named`; cycles among them end the walk. */
export type NamedConditions = ReadonlyMap<string, Condition>;

export interface PlacedCondition {
  condition: Condition;
  /** Where it stands in its file. */
  path: JsonPath;
}

export function isLeaf(condition: Condition): condition is ConditionLeaf {
  return 'fact' in condition;
}

/** The conditions directly within a group; none for a leaf or a reference. */
export function childrenOf({ condition, path }: PlacedCondition): PlacedCondition[] {
  if ('all' in condition)
    return condition.all.map((child, index) => ({ condition: child, path: [...path, 'all', index] }));
  if ('any' in condition)
    return condition.any.map((child, index) => ({ condition: child, path: [...path, 'any', index] }));
  if ('not' in condition) return [{ condition: condition.not, path: [...path, 'not'] }];
  return [];
}

/** The condition and everything within it in this file; references are visited and not followed. */
export function* walk(root: PlacedCondition): Generator<PlacedCondition> {
  yield root;
  for (const child of childrenOf(root)) yield* walk(child);
}

/** Names of all conditions that one uses, those of the used ones too; each once, unknown ones included. */
export function namesUsed(condition: Condition, named: NamedConditions, seen = new Set<string>()): Set<string> {
  for (const { condition: part } of walk({ condition, path: [] })) {
    if (!('condition' in part) || seen.has(part.condition)) continue;
    seen.add(part.condition);
    const target = named.get(part.condition);
    if (target !== undefined) namesUsed(target, named, seen);
  }
  return seen;
}

/** Every leaf of a condition, those of the conditions that it names too. */
export function* allLeaves(condition: Condition, named: NamedConditions): Generator<ConditionLeaf> {
  const parts = [condition, ...[...namesUsed(condition, named)].flatMap((name) => named.get(name) ?? [])];
  for (const part of parts) {
    for (const { condition: leaf } of walk({ condition: part, path: [] })) if (isLeaf(leaf)) yield leaf;
  }
}
