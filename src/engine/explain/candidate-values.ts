import { parseDuration } from '../../domain/duration.ts';
import { isAbsent, type Json } from '../../domain/json.ts';
import type { ExplainedLeaf } from './explanation.ts';

/**
 * Which other values of a field could make a comparison turn out differently: those that it names, the numbers and times
 * beside its bounds, something else, nothing at all. What they really do is for the evaluator to say.
 */
export interface Candidate {
  /** Absent: the field would be absent. */
  value?: Json;
  /** The value stands for any but these. */
  otherThan?: Json[];
}

/**
 * @param leaves all that compare the field
 * @param familiar values that people know, for an example of something else
 * @param at the moment that is judged, epoch ms: what ages are counted from
 */
export function candidatesOf(leaves: readonly ExplainedLeaf[], familiar: readonly Json[], at: number): Candidate[] {
  const wanted = leaves.flatMap((leaf) => wantedBy(leaf, at));
  const named = leaves.flatMap(({ operator, expected }) => namedBy(nameOf(operator), expected));
  const other = somethingElse(named, familiar, leaves);
  const beside = hasBounds(leaves) ? named.flatMap((one) => (typeof one === 'number' ? besideOf(one) : [])) : [];
  const values = [...wanted, ...beside].map((value): Candidate => ({ value }));
  // Counts and spans are never below zero: that is told only where nothing else would do.
  const [likely, unlikely] = [values.filter((one) => !isBelowZero(one)), values.filter(isBelowZero)];
  const candidates: Candidate[] = [...likely, ...other, {}, ...unlikely];
  return [...new Map(candidates.map((one) => [JSON.stringify(one.value) ?? '', one])).values()];
}

function isBelowZero({ value }: Candidate): boolean {
  return typeof value === 'number' && value < 0;
}

const BOUNDS = new Set(['lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive', 'between']);

function hasBounds(leaves: readonly ExplainedLeaf[]): boolean {
  return leaves.some(({ operator }) => BOUNDS.has(nameOf(operator)));
}

/** Comparisons to which all values are alike that they do not name. */
const BY_EQUALITY = /^(?:not:)*(?:equal|notEqual|in|notIn|exists)$/;

function nameOf(operator: string): string {
  return operator.split(':').at(-1) ?? operator;
}

/** Texts, numbers and booleans that a comparison by equality names. */
function namedBy(name: string, expected: Json | undefined): Json[] {
  if (!['equal', 'notEqual', 'in', 'notIn', 'contains', 'doesNotContain'].includes(name)) return [];
  return (Array.isArray(expected) ? expected : [expected ?? null]).filter((one) => !isAbsent(one));
}

function wantedBy(leaf: ExplainedLeaf, at: number): Json[] {
  const name = nameOf(leaf.operator);
  const plain = plainlyWantedBy(name, leaf.expected, at);
  const goesThroughList = /(?:some|every)Fact:/.test(leaf.operator);
  if (goesThroughList) return [...plain.map((one) => [one]), []];
  if (name !== 'contains' && name !== 'doesNotContain') return plain;
  const list = Array.isArray(leaf.actual) ? leaf.actual : [];
  return plain.flatMap((one) => [[...list, one], list.filter((item) => item !== one)]);
}

const AN_AMOUNT = 1;
const besideOf = (value: number) => [value - AN_AMOUNT, value + AN_AMOUNT];

function plainlyWantedBy(name: string, expected: Json | undefined, at: number): Json[] {
  switch (name) {
    case 'lessThan':
    case 'lessThanInclusive':
    case 'greaterThan':
    case 'greaterThanInclusive':
    case 'between': {
      const bounds = (Array.isArray(expected) ? expected : [expected]).filter((one) => typeof one === 'number');
      return bounds.flatMap((bound) => [bound, ...besideOf(bound)]);
    }
    case 'olderThan':
    case 'newerThan': {
      const ms = typeof expected === 'string' ? parseDuration(expected) : undefined;
      return ms === undefined ? [] : [new Date(at - ms).toISOString(), new Date(at - ms + 1).toISOString()];
    }
    case 'startsWith':
    case 'endsWith':
    case 'containsText':
      return typeof expected === 'string' ? [expected] : [];
    case 'exists':
      return [];
    default:
      return namedBy(name, expected);
  }
}

/** A value that no comparison names: a familiar one where there is one. */
function somethingElse(
  named: readonly Json[],
  familiar: readonly Json[],
  leaves: readonly ExplainedLeaf[],
): Candidate[] {
  const otherThan = [...new Set(named)];
  const rest = familiar.filter((one) => !otherThan.includes(one));
  const example = rest[0] ?? inventOther(otherThan, leaves);
  if (example === undefined) return [];
  return leaves.every(({ operator }) => BY_EQUALITY.test(operator))
    ? [{ value: example, otherThan }]
    : [{ value: example }];
}

function inventOther(named: readonly Json[], leaves: readonly ExplainedLeaf[]): Json | undefined {
  const kinds = new Set([...named, ...leaves.map(({ actual }) => actual)].map((one) => typeof one));
  if (kinds.has('boolean')) return [true, false].find((one) => !named.includes(one));
  if (kinds.has('number')) return Math.max(0, ...named.filter((one) => typeof one === 'number')) + AN_AMOUNT;
  let text = 'something else';
  while (named.includes(text)) text += ' still';
  return text;
}
