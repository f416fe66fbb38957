import type { JsonObject } from '../../domain/json.ts';
import { takesParams } from '../catalogue/params.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import type { OperatorInfo } from '../operators/operator-info.ts';
import { factFault, fieldFault, pathFault } from './field-faults.ts';
import { fieldOf, type ReadField } from './field-of.ts';
import { metKind } from './operator-fault.ts';
import type { Trigger } from './rule-under-check.ts';

/** A value that is another fact's: `{ "fact": "event", "path": "$.channelId" }`. */
export interface FactReference {
  fact: string;
  path: string;
}

/** The reference that a condition's value is, if it is one. */
export function toFactReference(value: JsonObject): FactReference | undefined {
  const { fact, path, ...rest } = value;
  if (typeof fact !== 'string' || typeof path !== 'string' || Object.keys(rest).length > 0) return undefined;
  return { fact, path };
}

export function checkFactReference(
  value: JsonObject,
  path: JsonPath,
  info: OperatorInfo,
  left: ReadField,
  trigger: Trigger,
): Finding[] {
  const bad = (message: string, remedy: string): Finding[] => [{ path, code: 'bad-value', message, remedy }];
  const reference = toFactReference(value);
  if (reference === undefined) {
    const remedy = 'Write { "fact": "session", "path": "$.channelId" }, with these two keys only.';
    return bad('an object as a value names another fact', remedy);
  }
  if (info.argument !== 'scalar' && info.argument !== 'number') {
    const remedy = 'Write the value. equal, notEqual and the comparisons of numbers take another fact.';
    return bad('this operator takes a written value', remedy);
  }
  const fact = factFault(reference.fact);
  if (fact !== undefined) return [{ path: [...path, 'fact'], ...fact }];
  if (takesParams(reference.fact)) {
    const remedy = 'Compare it with a written number.';
    return bad(`"${reference.fact}" is computed by params, and a value has none`, remedy);
  }
  const badPath = pathFault(reference.path);
  if (badPath !== undefined) return [{ path: [...path, 'path'], ...badPath }];
  const right = fieldOf(reference.fact, reference.path, trigger);
  if (right === undefined) return [];
  const badField = fieldFault(right);
  if (badField !== undefined) return [{ path: [...path, 'path'], ...badField }];
  const [leftKind, rightKind] = [metKind(left, []), metKind(right, [])];
  if (leftKind === rightKind || leftKind === 'any' || rightKind === 'any') return [];
  return bad(`${left.name} and ${right.name} are of different kinds`, 'Compare two fields of the same kind.');
}
