import { findField } from '../../catalogue/find-field.ts';
import { parsePath } from '../../catalogue/path.ts';
import { mayBeAbsent } from '../field-of.ts';
import type { Trigger } from '../rule-under-check.ts';
import type { Reading } from './clauses.ts';
import { ANYTHING, oneOf, type PossibleValues } from './possible-values.ts';

/**
 * What a field can be at all when a rule is judged, whatever its conditions say; undefined when nothing is known.
 * Vocabularies are no bound: Zoho adds values.
 */
export function universeOf(field: string, { trigger, late }: Reading): PossibleValues | undefined {
  if (trigger?.kind === 'event') {
    if (field === 'event.type') return oneOf(trigger.on);
    // Late events are not even judged by a rule that does not ask for them.
    if (field === 'transition.late' && !late) return oneOf([false]);
  }
  const parsed = parsePath(`$.${field}`);
  if (!parsed.ok) return undefined;
  const [fact = '', ...segments] = parsed.segments;
  if (fact === 'event' || segments.length === 0) return undefined;
  const lookup = findField(fact, segments);
  if (lookup.kind !== 'field') return undefined;
  const read = { fact, segments, lookup, name: field, whole: false };
  const { kind } = lookup.field;
  return {
    ...(kind === 'boolean' ? oneOf([true, false]) : ANYTHING),
    ...(kind === 'number' && { others: false }),
    absent: !isAlwaysThere(fact, trigger) || mayBeAbsent(read, trigger),
  };
}

/** Facts that are there at every judging: a schedule rule may be about no chat, and what is computed may not be known. */
function isAlwaysThere(fact: string, trigger: Trigger): boolean {
  if (fact === 'clock') return true;
  return (fact === 'session' || fact === 'transition') && (trigger?.kind === 'hold' || trigger?.kind === 'event');
}
