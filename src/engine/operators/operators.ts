import { Operator } from 'json-rules-engine';
import { getDuration, parseDuration } from '../../domain/duration.ts';
import { isAbsent, isJsonObject } from '../../domain/json.ts';

/**
 * The operators that conditions may use, as json-rules-engine wants them. Each is total: whatever it meets, it answers
 * true or false and never throws, since one throw would end the judging of the rule. Nothing is coerced: "10" is no
 * number, and a number compared with a text is false.
 */
type Evaluate = (met: unknown, wanted: unknown) => boolean;

function same(met: unknown, wanted: unknown): boolean {
  return met === wanted || (isAbsent(met) && isAbsent(wanted));
}

const within: Evaluate = (met, wanted) => Array.isArray(wanted) && wanted.some((item) => same(met, item));

/** True only for two numbers of which `compare` holds. */
function numeric(compare: (met: number, wanted: number) => boolean): Evaluate {
  return (met, wanted) => typeof met === 'number' && typeof wanted === 'number' && compare(met, wanted);
}

/** True only for two texts of which `compare` holds; the wanted one is not empty. */
function textual(compare: (met: string, wanted: string) => boolean): Evaluate {
  return (met, wanted) =>
    typeof met === 'string' && typeof wanted === 'string' && wanted !== '' && compare(met, wanted);
}

/** What case folding leaves of a text: full-width and composed letters count as their plain ones. */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

const between: Evaluate = (met, wanted) => {
  if (typeof met !== 'number' || !Array.isArray(wanted) || wanted.length !== 2) return false;
  const [min, max]: unknown[] = wanted;
  return typeof min === 'number' && typeof max === 'number' && min <= met && met <= max;
};

/** Epoch ms of a time as facts carry it: an ISO text, or epoch ms as a number or its digits; undefined for others. */
export function toInstant(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^\d{10,16}$/.test(value)) return Number(value);
  if (!/^\d{4}-\d\d-\d\dT/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

/** Compares the age of a time with a duration; false when either is not what it should be. */
function aged(now: () => number, compare: (ageMs: number, limitMs: number) => boolean): Evaluate {
  return (met, wanted) => {
    const at = toInstant(met);
    if (at === undefined || typeof wanted !== 'string' || parseDuration(wanted) === undefined) return false;
    return compare(now() - at, getDuration(wanted));
  };
}

/** `changedTo` and `changedFrom` judge the whole transition: one end is the value, the other is not. */
function changed(end: 'from' | 'to', other: 'from' | 'to'): Evaluate {
  return (met, wanted) => isJsonObject(met) && !isAbsent(wanted) && met[end] === wanted && !same(met[other], wanted);
}

const EVALUATORS = {
  equal: same,
  notEqual: (met, wanted) => !same(met, wanted),
  in: within,
  notIn: (met, wanted) => Array.isArray(wanted) && !within(met, wanted),
  contains: (met, wanted) => Array.isArray(met) && met.includes(wanted),
  doesNotContain: (met, wanted) => Array.isArray(met) && !met.includes(wanted),
  lessThan: numeric((met, wanted) => met < wanted),
  lessThanInclusive: numeric((met, wanted) => met <= wanted),
  greaterThan: numeric((met, wanted) => met > wanted),
  greaterThanInclusive: numeric((met, wanted) => met >= wanted),
  between,
  exists: (met, wanted) => isAbsent(met) !== (wanted === true),
  startsWith: textual((met, wanted) => met.startsWith(wanted)),
  endsWith: textual((met, wanted) => met.endsWith(wanted)),
  containsText: textual((met, wanted) => folded(met).includes(folded(wanted))),
  changedFrom: changed('from', 'to'),
  changedTo: changed('to', 'from'),
} satisfies Record<string, Evaluate>;

/**
 * All operators, to be added to an engine; those of json-rules-engine's own names replace its own.
 * @param now the present instant, epoch ms: what `olderThan` and `newerThan` measure from
 */
export function createOperators(now: () => number): Operator[] {
  const timed = {
    olderThan: aged(now, (ageMs, limitMs) => ageMs >= limitMs),
    newerThan: aged(now, (ageMs, limitMs) => ageMs < limitMs),
  };
  return Object.entries({ ...EVALUATORS, ...timed }).map(([name, evaluate]) => new Operator(name, evaluate));
}
