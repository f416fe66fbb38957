import type { Condition } from '../../domain/rule-file.ts';
import { readReference } from '../shown-value.ts';

/** A field that a comparison has in place of a value: `"value": { "fact": "session", "path": "$.messagesOut" }`. */
export interface ComparedField {
  fact: string;
  path: string;
}

/** Of each comparison, in the order of the tree; undefined where the rule has a value. */
export function comparedFields(
  condition: Condition,
  named: Readonly<Record<string, Condition>>,
): (ComparedField | undefined)[] {
  if ('fact' in condition) {
    const other = readReference(condition.value);
    return [other && { fact: other.fact, path: other.path || '$' }];
  }
  if ('all' in condition) return condition.all.flatMap((one) => comparedFields(one, named));
  if ('any' in condition) return condition.any.flatMap((one) => comparedFields(one, named));
  if ('not' in condition) return comparedFields(condition.not, named);
  const target = Object.hasOwn(named, condition.condition) ? named[condition.condition] : undefined;
  return target === undefined ? [] : comparedFields(target, named);
}
