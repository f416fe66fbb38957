import { type VocabularyName, valuesOf } from '../../domain/vocabulary.ts';

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
  /** Which vocabulary of Zoho's that is: one that grows, and is watched for values never seen. */
  speaks?: VocabularyName;
  /** Personal data: what was said and who said it. */
  personal?: boolean;
  /** It is computed from the store for the rules that ask for it, and changes without an event. */
  computed?: boolean;
  /** Fields of an `object`. */
  fields?: Record<string, FactField>;
  /** Each value of a `map`. */
  entries?: FactField;
}

type Options = Pick<FactField, 'vocabulary' | 'speaks' | 'personal'>;

/** For a field that holds a value of one of Zoho's vocabularies. */
export function speaking(name: VocabularyName): Pick<FactField, 'vocabulary' | 'speaks'> {
  return { vocabulary: valuesOf(name), speaks: name };
}

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

/** A field that is computed from the store when a condition reads it. */
export function computed(field: FactField): FactField {
  return { ...field, computed: true };
}
