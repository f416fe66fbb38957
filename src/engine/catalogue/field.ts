/** What the catalogue says of one field of a fact. */
export interface FactField {
  /**
   * `time`: an ISO 8601 text in UTC (`2026-03-02T13:00:00.000Z`). `map`: names nobody knows beforehand, each with a
   * value described by `entries`. `any`: whatever the source sent.
   */
  kind: 'string' | 'number' | 'boolean' | 'time' | 'object' | 'map' | 'any';
  /** One line for people. */
  about: string;
  /** Whether it may be absent (missing, null or empty). */
  optional: boolean;
  /** Known values; the set is open, so another one is worth a warning only. */
  vocabulary?: readonly string[];
  /** Personal data: what was said and who said it. */
  personal?: boolean;
  /** Fields of an `object`. */
  fields?: Record<string, FactField>;
  /** Each value of a `map`. */
  entries?: FactField;
}

type Options = Pick<FactField, 'vocabulary' | 'personal'>;

/** A field that is always there. */
export function always(kind: FactField['kind'], about: string, options: Options = {}): FactField {
  return { kind, about, optional: false, ...options };
}

/** A field that may be absent. */
export function maybe(kind: FactField['kind'], about: string, options: Options = {}): FactField {
  return { kind, about, optional: true, ...options };
}

/** An object of known fields. */
export function objectOf(about: string, fields: Record<string, FactField>): FactField {
  return { kind: 'object', about, optional: true, fields };
}

/** An object whose keys are data, such as a status; each entry may be absent. */
export function mapOf(about: string, entries: FactField, options: Options = {}): FactField {
  return { kind: 'map', about, optional: false, entries, ...options };
}
