import type { Condition, ConditionLeaf } from '../../domain/rule-file.ts';
import { childrenOf, type NamedConditions, type PlacedCondition } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import { parseOperator } from '../operators/operator-info.ts';
import { fieldOf, mayBeAbsent } from './field-of.ts';
import type { RuleCheck, Trigger } from './rule-under-check.ts';

/**
 * What a field is not, said of a field that may be absent: `notEqual`, `notIn` and `not` are true of a missing value in
 * json-rules-engine, which is seldom what their author had in mind. So an `exists` on the same field has to stand beside
 * them, in the same group or one around it: then both cases have been thought of.
 */
export const checkAbsence: RuleCheck = ({ file, trigger, named = new Map() }) =>
  visit({ condition: file.conditions, path: ['conditions'] }, START, { trigger, named });

/** The same for a condition of conditions.json; what stands around a reference to it does not help it. */
export function checkNamedAbsence(root: PlacedCondition, named: NamedConditions): Finding[] {
  return visit(root, START, { trigger: undefined, named });
}

interface Scope {
  trigger: Trigger;
  named: NamedConditions;
}

interface State {
  /** Below an odd number of `not`. */
  negated: boolean;
  /** Fields with an `exists` beside or around, by name. */
  guarded: ReadonlySet<string>;
}

const START: State = { negated: false, guarded: new Set() };

function visit(place: PlacedCondition, state: State, scope: Scope): Finding[] {
  if ('fact' in place.condition) return checkNegation(place.condition, place.path, state, scope);
  const children = childrenOf(place);
  const inner: State = {
    negated: 'not' in place.condition ? !state.negated : state.negated,
    guarded: new Set([...state.guarded, ...children.flatMap((child) => guardsOf(child.condition, scope))]),
  };
  return children.flatMap((child) => visit(child, inner, scope));
}

function checkNegation(
  leaf: ConditionLeaf,
  path: PlacedCondition['path'],
  state: State,
  { trigger }: Scope,
): Finding[] {
  const operator = parseOperator(leaf.operator);
  const field = fieldOf(leaf.fact, leaf.path, trigger);
  if (!operator.ok || operator.name === 'exists' || field === undefined) return [];
  if (saysNot(operator.decorators, operator.info.negative ?? false) === state.negated) return [];
  if (!mayBeAbsent(field, trigger) || state.guarded.has(field.name)) return [];
  const exists = `{ "fact": "${leaf.fact}", "path": "${leaf.path ?? '$'}", "operator": "exists", "value": true }`;
  return [
    {
      path: [...path, 'operator'],
      code: 'negation-of-absent',
      message: `${field.name} may be absent, and then this holds too`,
      remedy: `Add ${exists} beside it; or put both into an "any" with the value false, if absent is meant too.`,
    },
  ];
}

/** Whether an operator with its decorators says what something is not; of a missing list none of them is true. */
function saysNot(decorators: readonly string[], negative: boolean): boolean {
  return decorators.toReversed().reduce((says, decorator) => {
    if (decorator === 'not') return !says;
    return decorator.endsWith('Fact') ? false : says;
  }, negative);
}

/**
 * Names of the fields on which a condition says `exists`, as a member of a group. `seen` holds the named conditions
 * that have been asked: what they say once, they say for the whole group.
 */
function guardsOf(condition: Condition, scope: Scope, seen = new Set<string>()): string[] {
  if ('fact' in condition) {
    const operator = parseOperator(condition.operator);
    const field = fieldOf(condition.fact, condition.path, scope.trigger);
    return operator.ok && operator.name === 'exists' && field !== undefined ? [field.name] : [];
  }
  if ('condition' in condition) {
    const { condition: name } = condition;
    const target = seen.has(name) ? undefined : scope.named.get(name);
    return target === undefined ? [] : guardsOf(target, scope, seen.add(name));
  }
  // Of an `any` only one member may hold, so it promises nothing to those outside.
  return 'all' in condition ? condition.all.flatMap((child) => guardsOf(child, scope, seen)) : [];
}
