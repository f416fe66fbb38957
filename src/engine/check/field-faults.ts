import { findNearest, suggestion } from '../../domain/did-you-mean.ts';
import { CONDITION_FACTS, findFact } from '../catalogue/facts.ts';
import { fieldsOf } from '../catalogue/find-field.ts';
import { formatSegments, parsePath } from '../catalogue/path.ts';
import type { FindingText } from '../load/fault.ts';
import type { ReadField } from './field-of.ts';

/** Why a condition cannot read a fact of this name. */
export function factFault(fact: string): FindingText | undefined {
  const known: readonly string[] = CONDITION_FACTS;
  if (known.includes(fact)) return undefined;
  if (findFact(fact) !== undefined) {
    const message = `conditions cannot read "${fact}": only templates can`;
    return { code: 'unknown-fact', message, remedy: `Known here: ${known.join(', ')}.` };
  }
  return { code: 'unknown-fact', message: `there is no fact "${fact}"`, remedy: suggestion(fact, known) };
}

/** Why a text is no path, and where in it. */
export function pathFault(path: string): (FindingText & { offset: number }) | undefined {
  const parsed = parsePath(path);
  if (parsed.ok) return undefined;
  const { offset } = parsed;
  const fault = (message: string, remedy: string) => ({ code: 'bad-path', message, remedy, offset });
  switch (parsed.reason) {
    case 'not-a-path':
      return fault(`"${path}" does not begin with $`, `Write "$.${path.replace(/^[.$]+/, '')}".`);
    case 'not-dotted':
      return fault(
        `"${path}" is no dotted path`,
        "Write $.a.b, $.list[0] or $.a['b c']; wildcards, filters and scripts are not taken.",
      );
    case 'forbidden':
      return fault(`"${path}" leads out of the data`, 'Name a field of the fact.');
  }
}

/** What is wrong with the field that a path names; a warning where it may only be a slip. */
export function fieldFault({ fact, segments, lookup, name }: ReadField): FindingText | undefined {
  if (lookup.kind === 'unknown') {
    const above = formatSegments([fact, ...segments.slice(0, segments.indexOf(lookup.name))]);
    const remedy = lookup.known.length === 0 ? `${above} is a plain value.` : suggestion(lookup.name, lookup.known, 30);
    return { code: 'unknown-path', message: `there is no ${name}`, remedy };
  }
  if (lookup.kind === 'open') {
    const nearest = findNearest(lookup.name, lookup.known);
    if (nearest === undefined) return undefined;
    const remedy = `Did you mean "${nearest}"? If the source does send "${lookup.name}", keep it.`;
    return { code: 'unknown-path', severity: 'warning', message: `no field ${name} is known`, remedy };
  }
  return mapKeyFault(fact, segments);
}

/** `session.timeIn.ONHOLD`: the keys of a map are values of a vocabulary. */
function mapKeyFault(fact: string, [first, key]: readonly string[]): FindingText | undefined {
  const field = first === undefined ? undefined : fieldsOf(fact)[first];
  if (field?.kind !== 'map' || key === undefined || field.vocabulary === undefined) return undefined;
  return field.vocabulary.includes(key) ? undefined : unknownValue(key, field.vocabulary);
}

/** A value that is in no list of Zoho's: it may be new, so it is only told. */
export function unknownValue(value: string, vocabulary: readonly string[]): FindingText {
  return {
    code: 'unknown-value',
    severity: 'warning',
    message: `"${value}" is not among the known values`,
    remedy: `${suggestion(value, vocabulary, 20)} If it is new, keep it.`,
  };
}
