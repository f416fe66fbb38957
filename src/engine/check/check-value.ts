import { parseDuration } from '../../domain/duration.ts';
import { isAbsent, type Json } from '../../domain/json.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import type { OperatorInfo, ParsedOperator } from '../operators/operator-info.ts';
import { unknownValue } from './field-faults.ts';
import type { ReadField } from './field-of.ts';
import { metKind, type ValueKind } from './operator-fault.ts';

/** The written value of a comparison: of the kind that the operator compares with, and one that the field can have. */
export function checkValue(
  value: Json,
  path: JsonPath,
  { info, decorators }: Extract<ParsedOperator, { ok: true }>,
  field: ReadField,
): Finding[] {
  const kind = metKind(field, decorators);
  const one = (item: Json, at: JsonPath) => checkOne(item, at, info, kind, field);
  if (!decorators.some((decorator) => decorator.endsWith('Value'))) return one(value, path);
  if (!Array.isArray(value) || value.length === 0)
    return bad(path, 'someValue and everyValue go through a list of values', 'Write a list: [ …, … ].');
  return value.flatMap((item, index) => one(item, [...path, index]));
}

function bad(path: JsonPath, message: string, remedy: string): Finding[] {
  return [{ path, code: 'bad-value', message, remedy }];
}

function checkOne(value: Json, path: JsonPath, info: OperatorInfo, kind: ValueKind, field: ReadField): Finding[] {
  switch (info.argument) {
    case 'scalar':
      return checkScalar(value, path, kind, field);
    case 'status':
      return checkScalar(value, path, 'string', field);
    case 'scalar-list':
      if (!Array.isArray(value) || value.length === 0)
        return bad(path, 'the value must be a list that is not empty', 'Write a list: [ …, … ].');
      return value.flatMap((item, index) => checkScalar(item, [...path, index], kind, field));
    case 'number':
      if (typeof value === 'number') return [];
      return bad(path, `the value must be a number, not ${JSON.stringify(value)}`, 'Write a number, without quotes.');
    case 'number-pair':
      return checkPair(value, path);
    case 'boolean':
      if (typeof value === 'boolean') return [];
      return bad(
        path,
        'the value must be true or false',
        'true: the field is there; false: it is missing, null or empty.',
      );
    case 'text':
      if (typeof value === 'string' && value !== '') return [];
      return bad(path, 'the value must be a text that is not empty', 'Write it in quotes.');
    case 'duration':
      if (typeof value === 'string' && (parseDuration(value) ?? 0) > 0) return [];
      return bad(path, 'the value must be a duration', 'Write it like "90s", "15m" or "1h30m".');
  }
}

function checkPair(value: Json, path: JsonPath): Finding[] {
  const [min, max] = Array.isArray(value) && value.length === 2 ? value : [];
  if (typeof min !== 'number' || typeof max !== 'number')
    return bad(path, 'the value must be two numbers', 'Write [min, max].');
  if (min <= max) return [];
  return bad(path, `no number lies between ${min} and ${max}`, 'Write the smaller one first.');
}

const WANTED: Partial<Record<ValueKind, [type: string, name: string, remedy: string]>> = {
  number: ['number', 'a number', 'Write a number, without quotes.'],
  string: ['string', 'a text', 'Write it in quotes; ids are texts.'],
  time: ['string', 'a time', 'Use olderThan or newerThan with a duration.'],
  boolean: ['boolean', 'true or false', 'Write true or false, without quotes.'],
};

function checkScalar(value: Json, path: JsonPath, kind: ValueKind, field: ReadField): Finding[] {
  if (isAbsent(value)) {
    const remedy = 'For "is missing, null or empty" write { "operator": "exists", "value": false }.';
    return bad(path, 'null and "" stand for an absent value, which is not compared', remedy);
  }
  if (typeof value === 'object')
    return bad(path, 'the value must be a text, a number, true or false', 'A list goes with in, notIn or someValue:.');
  const wanted = WANTED[kind];
  if (wanted !== undefined && typeof value !== wanted[0])
    return bad(path, `${field.name} is ${wanted[1]}, and ${JSON.stringify(value)} is not`, wanted[2]);
  const vocabulary = vocabularyOf(field);
  if (typeof value !== 'string' || vocabulary === undefined || vocabulary.includes(value)) return [];
  return [{ path, ...unknownValue(value, vocabulary) }];
}

/** The known values of the field; of the transition as a whole, those of a status. */
function vocabularyOf({ lookup }: ReadField): readonly string[] | undefined {
  if (lookup.kind !== 'field') return undefined;
  return lookup.field.vocabulary ?? lookup.field.fields?.['to']?.vocabulary;
}
