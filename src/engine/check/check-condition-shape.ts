import type { Condition } from '../../domain/rule-file.ts';
import { childrenOf, type NamedConditions, type PlacedCondition } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** Bounds, since each condition costs time at every event. */
export const MAX_NESTING = 20;
export const MAX_LEAVES = 500;

/** The shape of conditions: a group at the root, no empty group (json-rules-engine takes one for true), and bounds. */
export const checkConditionShape: RuleCheck = ({ file: { conditions }, trigger, named }) => {
  const root: PlacedCondition = { condition: conditions, path: ['conditions'] };
  // A rule that means every event, or every tick, says so with an empty `all` at its root; a hold would run for ever.
  const everyEvent =
    (trigger?.kind === 'event' || trigger?.kind === 'schedule') && 'all' in conditions && conditions.all.length === 0;
  return [
    ...checkRoot(root),
    ...(everyEvent ? [] : checkGroups(root, 1)),
    ...checkSize(conditions, named ?? new Map()),
  ];
};

/** The same for a condition of conditions.json, which may also be a single comparison. */
export function checkNamedShape(root: PlacedCondition): Finding[] {
  return checkGroups(root, 1);
}

function checkRoot({ condition, path }: PlacedCondition): Finding[] {
  if (!('fact' in condition)) return [];
  const message = 'the conditions of a rule begin with all, any, not or condition';
  return [{ path, code: 'bad-root', message, remedy: 'Put it into a group: { "all": [ … ] }.' }];
}

function checkGroups(place: PlacedCondition, depth: number): Finding[] {
  const { condition, path } = place;
  if (depth > MAX_NESTING) {
    const message = `conditions are nested more than ${MAX_NESTING} levels deep`;
    const remedy = 'Move the inner ones into conditions.json and name them.';
    return [{ path, code: 'nested-too-deep', message, remedy }];
  }
  if ('all' in condition && condition.all.length === 0) {
    const remedy =
      'Write what must hold. Only an event rule that means every event, or a schedule rule that means every tick, may leave its root empty.';
    return [{ path: [...path, 'all'], code: 'empty-group', message: 'an empty "all" always holds', remedy }];
  }
  return childrenOf(place).flatMap((child) => checkGroups(child, depth + 1));
}

function checkSize(condition: Condition, named: NamedConditions): Finding[] {
  const count = countLeaves(condition, named, new Map());
  if (count <= MAX_LEAVES) return [];
  return [
    {
      path: ['conditions'],
      code: 'too-many-conditions',
      message: `the rule has ${count} conditions, named ones counted where they are used; at most ${MAX_LEAVES} are judged`,
      remedy: 'Use "in" with a list instead of many "equal", or split the rule.',
    },
  ];
}

/** `known` holds each name's count; a name being counted (a cycle, told elsewhere) counts nothing. */
function countLeaves(condition: Condition, named: NamedConditions, known: Map<string, number>): number {
  if ('fact' in condition) return 1;
  if ('condition' in condition) {
    const { condition: name } = condition;
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, 0);
    const target = named.get(name);
    const count = target === undefined ? 0 : countLeaves(target, named, known);
    known.set(name, count);
    return count;
  }
  return childrenOf({ condition, path: [] }).reduce(
    (sum, child) => sum + countLeaves(child.condition, named, known),
    0,
  );
}
