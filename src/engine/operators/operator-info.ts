import { DECORATOR_NAMES } from './decorators.ts';

/** What the checker knows of an operator. */
export interface OperatorInfo {
  about: string;
  /** What its `value` must be. `scalar`: a text, number or boolean of the field's own kind. */
  argument: 'scalar' | 'scalar-list' | 'number' | 'number-pair' | 'boolean' | 'text' | 'duration' | 'status';
  /** Which kinds of field it can be true of. */
  field: 'any' | 'number' | 'text' | 'time' | 'list' | 'transition';
  /** It tells what something is not, so of an absent field it does not say what its author means. */
  negative?: boolean;
  /** Its answer changes with time alone. */
  volatile?: boolean;
}

export const OPERATORS: Record<string, OperatorInfo> = {
  equal: { about: 'is exactly this', argument: 'scalar', field: 'any' },
  notEqual: { about: 'is anything but this', argument: 'scalar', field: 'any', negative: true },
  in: { about: 'is one of these', argument: 'scalar-list', field: 'any' },
  notIn: { about: 'is none of these', argument: 'scalar-list', field: 'any', negative: true },
  contains: { about: 'a list has this item', argument: 'scalar', field: 'list' },
  doesNotContain: { about: 'a list lacks this item', argument: 'scalar', field: 'list', negative: true },
  lessThan: { about: 'a number below this', argument: 'number', field: 'number' },
  lessThanInclusive: { about: 'a number, this or below', argument: 'number', field: 'number' },
  greaterThan: { about: 'a number above this', argument: 'number', field: 'number' },
  greaterThanInclusive: { about: 'a number, this or above', argument: 'number', field: 'number' },
  between: { about: 'a number from min to max, both included', argument: 'number-pair', field: 'number' },
  exists: { about: 'true: is there; false: is missing, null or empty', argument: 'boolean', field: 'any' },
  startsWith: { about: 'a text that begins with this', argument: 'text', field: 'text' },
  endsWith: { about: 'a text that ends with this', argument: 'text', field: 'text' },
  containsText: { about: 'a text with this in it, whatever the case', argument: 'text', field: 'text' },
  olderThan: { about: 'a time at least this long ago', argument: 'duration', field: 'time', volatile: true },
  newerThan: { about: 'a time less than this long ago', argument: 'duration', field: 'time', volatile: true },
  changedFrom: { about: 'the status was this and is another now', argument: 'status', field: 'transition' },
  changedTo: { about: 'the status is this and was another before', argument: 'status', field: 'transition' },
};

export type ParsedOperator =
  | { ok: true; name: string; info: OperatorInfo; decorators: string[] }
  | { ok: false; unknown: string; known: readonly string[] };

/** Takes `not:someFact:equal` apart, outermost decorator first; or tells which part of it nobody knows. */
export function parseOperator(text: string): ParsedOperator {
  const decorators = text.split(':');
  const name = decorators.pop() ?? '';
  const unknown = decorators.find((decorator) => !DECORATOR_NAMES.includes(decorator));
  if (unknown !== undefined) return { ok: false, unknown, known: DECORATOR_NAMES };
  const info = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (info === undefined) return { ok: false, unknown: name, known: Object.keys(OPERATORS) };
  return { ok: true, name, info, decorators };
}
