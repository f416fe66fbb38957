/**
 * What the value of one field can be, as far as comparisons say: a set of values that is only ever too large. So where it
 * is empty, nothing can be all that was asked of the field.
 */
export type Scalar = string | number | boolean;

/** A comparison of a text that no list of values can stand for. */
export interface TextTest {
  operator: 'startsWith' | 'endsWith' | 'containsText';
  value: string;
  holds: boolean;
}

export interface PossibleValues {
  /** The field may be missing, null or empty. */
  absent: boolean;
  /** Values that are no numbers may be there. */
  others: boolean;
  /** Numbers may be there from `from` to `to`; an end that is open is not among them. */
  from: number;
  fromOpen: boolean;
  to: number;
  toOpen: boolean;
  /** When it is given, nothing but these. */
  only?: ReadonlySet<Scalar>;
  except: ReadonlySet<Scalar>;
  tests: readonly TextTest[];
}

export const ANYTHING: PossibleValues = {
  absent: true,
  others: true,
  from: Number.NEGATIVE_INFINITY,
  fromOpen: false,
  to: Number.POSITIVE_INFINITY,
  toOpen: false,
  except: new Set(),
  tests: [],
};
export const PRESENT: PossibleValues = { ...ANYTHING, absent: false };
const NO_NUMBER = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
export const ABSENT: PossibleValues = { ...ANYTHING, ...NO_NUMBER, others: false };
const NUMBERS: PossibleValues = { ...PRESENT, others: false };

export function oneOf(values: readonly Scalar[]): PossibleValues {
  return { ...PRESENT, only: new Set(values) };
}

export function noneOf(values: readonly Scalar[]): PossibleValues {
  return { ...ANYTHING, except: new Set(values) };
}

/** Numbers up to (from) a bound and, with `orElse`, whatever is no number: what the opposite comparison leaves. */
export function below(bound: number, isOpen: boolean, orElse = false): PossibleValues {
  return { ...(orElse ? ANYTHING : NUMBERS), to: bound, toOpen: isOpen };
}

export function above(bound: number, isOpen: boolean, orElse = false): PossibleValues {
  return { ...(orElse ? ANYTHING : NUMBERS), from: bound, fromOpen: isOpen };
}

export function textThat(test: TextTest): PossibleValues {
  return test.holds ? { ...PRESENT, ...NO_NUMBER, tests: [test] } : { ...ANYTHING, tests: [test] };
}

export function intersect(a: PossibleValues, b: PossibleValues): PossibleValues {
  const only = a.only === undefined ? b.only : b.only === undefined ? a.only : common(a.only, b.only);
  const [low, high] = [a.from === b.from ? undefined : a.from > b.from, a.to === b.to ? undefined : a.to < b.to];
  return {
    absent: a.absent && b.absent,
    others: a.others && b.others,
    from: Math.max(a.from, b.from),
    fromOpen: low === undefined ? a.fromOpen || b.fromOpen : low ? a.fromOpen : b.fromOpen,
    to: Math.min(a.to, b.to),
    toOpen: high === undefined ? a.toOpen || b.toOpen : high ? a.toOpen : b.toOpen,
    ...(only !== undefined && { only }),
    except: a.except.size === 0 ? b.except : b.except.size === 0 ? a.except : new Set([...a.except, ...b.except]),
    tests: a.tests.length === 0 ? b.tests : [...a.tests, ...b.tests],
  };
}

function common(a: ReadonlySet<Scalar>, b: ReadonlySet<Scalar>): Set<Scalar> {
  return new Set([...a].filter((value) => b.has(value)));
}

/** Whether nothing at all is left, not even a field that is absent. */
export function isImpossible(values: PossibleValues): boolean {
  if (values.absent) return false;
  if (values.only !== undefined) return ![...values.only].some((value) => admits(values, value));
  return !(values.others && !contradictory(values.tests)) && !hasNumber(values);
}

function hasNumber({ from, fromOpen, to, toOpen, except }: PossibleValues): boolean {
  return from < to || (from === to && !fromOpen && !toOpen && !except.has(from));
}

export function admits(values: PossibleValues, value: Scalar): boolean {
  const { only, except, others, from, fromOpen, to, toOpen, tests } = values;
  if (except.has(value) || (only !== undefined && !only.has(value))) return false;
  if (typeof value === 'number') {
    return (fromOpen ? value > from : value >= from) && (toOpen ? value < to : value <= to);
  }
  return others && tests.every((test) => meets(test, value));
}

function meets({ operator, value: wanted, holds }: TextTest, value: string | boolean): boolean {
  if (typeof value !== 'string') return !holds;
  // Case folding is the operator's own: of a text that it may find, nothing is claimed.
  if (operator === 'containsText') return true;
  return (operator === 'startsWith' ? value.startsWith(wanted) : value.endsWith(wanted)) === holds;
}

/** Whether no text can pass all tests. */
function contradictory(tests: readonly TextTest[]): boolean {
  return tests.some((a, index) => tests.slice(index + 1).some((b) => exclude(a, b) || exclude(b, a)));
}

function exclude(a: TextTest, b: TextTest): boolean {
  if (!a.holds || a.operator !== b.operator) return false;
  // A text that passes `a` passes `b` as well.
  const implied =
    a.operator === 'startsWith'
      ? a.value.startsWith(b.value)
      : a.operator === 'endsWith'
        ? a.value.endsWith(b.value)
        : a.value === b.value;
  if (!b.holds) return implied;
  if (a.operator === 'containsText' || implied) return false;
  return a.operator === 'startsWith' ? !b.value.startsWith(a.value) : !b.value.endsWith(a.value);
}
