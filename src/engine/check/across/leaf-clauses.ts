import { parseDuration } from '../../../domain/duration.ts';
import { canonicalJson, isAbsent, isJsonObject, type Json } from '../../../domain/json.ts';
import type { ConditionLeaf } from '../../../domain/rule-file.ts';
import { parsePath } from '../../catalogue/path.ts';
import { parseOperator } from '../../operators/operator-info.ts';
import type { Clause } from './clauses.ts';
import { fieldKey, OPAQUE } from './field-key.ts';
import {
  ABSENT,
  above,
  below,
  noneOf,
  oneOf,
  type PossibleValues,
  PRESENT,
  type Scalar,
  textThat,
} from './possible-values.ts';

/**
 * One comparison, or its opposite, as clauses. Of what cannot be told by the values of one field (two facts compared,
 * lists gone through) only that it holds or does not is kept, under a name of its own.
 */
export function leafClauses(leaf: ConditionLeaf, negated: boolean): Clause[] {
  const parsed = parseOperator(leaf.operator);
  const path = parsePath(leaf.path ?? '$');
  if (!parsed.ok || !path.ok) return opaque(leaf, negated);
  const decorators = [...parsed.decorators];
  let opposite = negated;
  while (decorators[0] === 'not') {
    decorators.shift();
    opposite = !opposite;
  }
  const plain = { ...leaf, operator: [...decorators, parsed.name].join(':') };
  if (decorators.length > 0 || isJsonObject(leaf.value)) return opaque(plain, opposite);
  const field = fieldKey(leaf.fact, path.segments, leaf.params);
  const { value } = leaf;
  switch (parsed.name) {
    case 'changedTo':
    case 'changedFrom':
      return isScalar(value) ? changed(parsed.name, value, opposite) : opaque(plain, opposite);
    case 'olderThan':
    case 'newerThan':
      return aged(field, parsed.name === 'olderThan', value, opposite) ?? opaque(plain, opposite);
    case 'between':
      return between(field, value, opposite) ?? opaque(plain, opposite);
    default: {
      const values = valuesOf(parsed.name, value, opposite);
      return values === undefined ? opaque(plain, opposite) : [new Map([[field, values]])];
    }
  }
}

function opaque(leaf: ConditionLeaf, negated: boolean): Clause[] {
  const { fact, path = '$', params = {}, operator, value } = leaf;
  const name = `${OPAQUE}${canonicalJson([fact, path, JSON.stringify(params), operator, value])}`;
  return [new Map([[name, oneOf([!negated])]])];
}

function valuesOf(operator: string, value: Json, negated: boolean): PossibleValues | undefined {
  switch (operator) {
    case 'equal':
    case 'notEqual':
      if (!isScalar(value)) return undefined;
      return negated === (operator === 'equal') ? noneOf([value]) : oneOf([value]);
    case 'in':
    case 'notIn':
      if (!Array.isArray(value) || !value.every(isScalar)) return undefined;
      return negated === (operator === 'in') ? noneOf(value) : oneOf(value);
    case 'exists':
      return (value === true) === negated ? ABSENT : PRESENT;
    case 'lessThan':
    case 'lessThanInclusive':
      if (typeof value !== 'number') return undefined;
      return negated ? above(value, operator !== 'lessThan', true) : below(value, operator === 'lessThan');
    case 'greaterThan':
    case 'greaterThanInclusive':
      if (typeof value !== 'number') return undefined;
      return negated ? below(value, operator !== 'greaterThan', true) : above(value, operator === 'greaterThan');
    case 'startsWith':
    case 'endsWith':
    case 'containsText':
      return typeof value === 'string' ? textThat({ operator, value, holds: !negated }) : undefined;
    default:
      return undefined;
  }
}

function between(field: string, value: Json, negated: boolean): Clause[] | undefined {
  const [min, max] = Array.isArray(value) ? value : [];
  if (typeof min !== 'number' || typeof max !== 'number') return undefined;
  if (!negated) return [new Map([[field, { ...below(max, false), from: min }]])];
  return [new Map([[field, below(min, true, true)]]), new Map([[field, above(max, true, true)]])];
}

/** The age of a time, in ms, is a number of its own. */
function aged(field: string, isOlder: boolean, value: Json, negated: boolean): Clause[] | undefined {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms === undefined) return undefined;
  const age = `${field} (its age)`;
  if (negated) return [new Map([[age, isOlder ? below(ms, true, true) : above(ms, false, true)]])];
  return [
    new Map([
      [age, isOlder ? above(ms, false) : below(ms, true)],
      [field, PRESENT],
    ]),
  ];
}

/** `changedTo X`: the new status is X and the old one is not. */
function changed(operator: 'changedTo' | 'changedFrom', value: Scalar, negated: boolean): Clause[] {
  const [end, other] = operator === 'changedTo' ? ['to', 'from'] : ['from', 'to'];
  const [is, was] = [fieldKey('transition', [end ?? '']), fieldKey('transition', [other ?? ''])];
  if (!negated)
    return [
      new Map([
        [is, oneOf([value])],
        [was, noneOf([value])],
      ]),
    ];
  return [new Map([[is, noneOf([value])]]), new Map([[was, oneOf([value])]])];
}

/** Values that are equal exactly when `===` says so. */
function isScalar(value: Json): value is Scalar {
  return !isAbsent(value) && typeof value !== 'object';
}
