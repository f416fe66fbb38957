import type { Rule } from '../../domain/rule.ts';
import { findField } from '../../engine/catalogue/find-field.ts';
import { pathParts } from '../../engine/facts.ts';
import { allLeaves, type NamedConditions } from '../../engine/load/condition-tree.ts';

/** What a rule's conditions say of one field: the values that they name, each comparison by itself. */
export interface Comparison {
  /** The vocabulary of the field, such as `session.replyStatus`, or else `<fact>.<path>`. */
  field: string;
  values: readonly string[];
  /** Every value that is not named gives the same outcome: true of equality, not of a search within texts. */
  isEquality: boolean;
}

const EQUALITIES = new Set(['equal', 'notEqual', 'in', 'notIn', 'changedFrom', 'changedTo', 'exists']);

export function comparisonsOf(rule: Rule, named: NamedConditions): Comparison[] {
  const types = rule.trigger.kind === 'event' ? rule.trigger.on : undefined;
  return [...allLeaves(rule.conditions, named)].map(({ fact, path = '', operator, value }) => {
    const parts = pathParts(path);
    const lookup = findField(fact, parts, types);
    const speaks = lookup.kind === 'field' ? lookup.field.speaks : undefined;
    const isTransition = fact === 'transition' && parts.length === 0;
    const written: unknown[] = Array.isArray(value) ? value : [value];
    return {
      field: isTransition ? 'session.status' : (speaks ?? [fact, ...parts].join('.')),
      values: written.filter((one): one is string => typeof one === 'string'),
      isEquality: EQUALITIES.has(operator) && written.every((one) => typeof one !== 'object'),
    };
  });
}

/**
 * One of each group of values that no comparison tells apart, with the whole group: trying it tries them all. All values,
 * where some comparison looks into the text.
 */
export function distinguish(
  values: readonly string[],
  comparisons: readonly Comparison[],
): Map<string, readonly string[]> {
  if (comparisons.some(({ isEquality }) => !isEquality)) return new Map(values.map((value) => [value, [value]]));
  const groups = Map.groupBy(values, (value) => comparisons.map((one) => one.values.includes(value)).join());
  return new Map([...groups.values()].flatMap((group) => group.slice(0, 1).map((first) => [first, group] as const)));
}
