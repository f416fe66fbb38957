import type { FindingText } from '../load/fault.ts';
import type { OperatorInfo, ParsedOperator } from '../operators/operator-info.ts';
import type { ReadField } from './field-of.ts';

type Operator = Extract<ParsedOperator, { ok: true }>;
type Misfit = Pick<FindingText, 'message' | 'remedy'>;

/** Kinds of value as the checks tell them apart; `any` is what nobody knows beforehand. */
export type ValueKind = 'string' | 'number' | 'boolean' | 'time' | 'object' | 'any';

/** The kind of what an operator meets at a field; what a decorator takes out of a list is not known. */
export function metKind({ lookup }: ReadField, decorators: readonly string[]): ValueKind {
  if (lookup.kind !== 'field' || decorators.some((decorator) => decorator.endsWith('Fact'))) return 'any';
  return lookup.field.kind === 'map' ? 'object' : lookup.field.kind;
}

/** Why an operator can never be true of a field. */
export function operatorFault({ name, info, decorators }: Operator, field: ReadField): Misfit | undefined {
  if (info.field === 'transition') {
    if (field.fact === 'transition' && field.whole) return undefined;
    const remedy = `Write { "fact": "transition", "operator": "${name}", "value": "ON_HOLD" }, without a path.`;
    return { message: `"${name}" judges the whole transition`, remedy };
  }
  if (name === 'exists' || decorators.includes('swap')) return undefined;
  const kind = metKind(field, decorators);
  if (kind === 'any') return undefined;
  if (kind === 'object' && field.whole) {
    return { message: `"${name}" cannot judge the whole ${field.fact}`, remedy: 'Add a "path", such as "$.status".' };
  }
  if (kind === 'object') return { message: `${field.name} is an object`, remedy: 'Go on to one of its fields.' };
  return kindFault(name, info.field, field.name, kind);
}

const NOUNS: Record<ValueKind, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  time: 'a time',
  object: 'an object',
  any: 'anything',
};

function kindFault(name: string, wanted: OperatorInfo['field'], field: string, kind: ValueKind): Misfit | undefined {
  const is = `${field} is ${NOUNS[kind]}`;
  switch (wanted) {
    case 'number':
      if (kind === 'number') return undefined;
      return {
        message: `${is}, and "${name}" compares numbers`,
        remedy: kind === 'time' ? 'Use olderThan or newerThan with a duration.' : 'Use equal, in or exists.',
      };
    case 'text':
      if (kind === 'string') return undefined;
      return {
        message: `${is}, and "${name}" looks into texts`,
        remedy: kind === 'time' ? 'Use olderThan or newerThan with a duration.' : 'Use equal or in.',
      };
    case 'time':
      if (kind === 'time') return undefined;
      return {
        message: `${is}, and "${name}" judges times`,
        remedy: 'Use a field such as $.statusSince or $.waitingSince.',
      };
    case 'list':
      return {
        message: `${is}, and "${name}" looks into lists`,
        remedy: kind === 'string' ? 'For a part of a text use containsText.' : 'Use equal or in.',
      };
    default:
      return undefined;
  }
}
