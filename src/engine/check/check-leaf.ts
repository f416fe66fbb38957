import { suggestion } from '../../domain/did-you-mean.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { ConditionLeaf } from '../../domain/rule-file.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { parseOperator } from '../operators/operator-info.ts';
import { checkFactReference } from './check-fact-reference.ts';
import { checkLeafParams } from './check-leaf-params.ts';
import { checkValue } from './check-value.ts';
import { factFault, fieldFault, pathFault } from './field-faults.ts';
import { fieldOf, type ReadField } from './field-of.ts';
import { operatorFault } from './operator-fault.ts';
import type { Trigger } from './rule-under-check.ts';

/** One comparison: its fact, its params, its path, its operator and its value, in this order; the first that is wrong ends it. */
export function checkLeaf(leaf: ConditionLeaf, path: JsonPath, trigger: Trigger): Finding[] {
  const fact = factFault(leaf.fact);
  if (fact !== undefined) return [{ path: [...path, 'fact'], ...fact }];
  const params = checkLeafParams(leaf, path);
  if (params.some(({ severity = 'error' }) => severity === 'error')) return params;
  return [...params, ...checkComparison(leaf, path, trigger)];
}

function checkComparison(leaf: ConditionLeaf, path: JsonPath, trigger: Trigger): Finding[] {
  const badPath = leaf.path === undefined ? undefined : pathFault(leaf.path);
  if (badPath !== undefined) return [{ path: [...path, 'path'], ...badPath }];
  const field = fieldOf(leaf.fact, leaf.path, trigger);
  if (field === undefined) return [];
  const badField = fieldFault(field);
  const findings: Finding[] = badField === undefined ? [] : [{ path: [...path, 'path'], ...badField }];
  return field.lookup.kind === 'unknown' ? findings : [...findings, ...checkOperator(leaf, path, field, trigger)];
}

function checkOperator(leaf: ConditionLeaf, path: JsonPath, field: ReadField, trigger: Trigger): Finding[] {
  const operator = parseOperator(leaf.operator);
  if (!operator.ok) {
    const what = operator.known.includes('equal') ? 'operator' : 'decorator';
    const message = `there is no ${what} "${operator.unknown}"`;
    const remedy = suggestion(operator.unknown, operator.known, 30);
    return [{ path: [...path, 'operator'], code: 'unknown-operator', message, remedy }];
  }
  const misfit = operatorFault(operator, field);
  if (misfit !== undefined) return [{ path: [...path, 'operator'], code: 'wrong-operator', ...misfit }];
  // What `swap` compares is the other way round, so neither side tells what the other must be.
  if (operator.decorators.includes('swap')) return [];
  const valuePath = [...path, 'value'];
  if (isJsonObject(leaf.value)) return checkFactReference(leaf.value, valuePath, operator.info, field, trigger);
  return checkValue(leaf.value, valuePath, operator, field);
}
