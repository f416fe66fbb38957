import { SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { type FieldLookup, findField } from '../catalogue/find-field.ts';
import { formatSegments, parsePath } from '../catalogue/path.ts';
import type { Trigger } from './rule-under-check.ts';

/** What a comparison reads. */
export interface ReadField {
  fact: string;
  segments: string[];
  lookup: FieldLookup;
  /** As people write it: `session.status`. */
  name: string;
  /** It is the fact as a whole, no field of it. */
  whole: boolean;
}

/** The field at a path of a fact; undefined when the path is none (which check-leaf tells). */
export function fieldOf(fact: string, path: string | undefined, trigger: Trigger): ReadField | undefined {
  const parsed = parsePath(path ?? '$');
  if (!parsed.ok) return undefined;
  const { segments } = parsed;
  const lookup = findField(fact, segments, trigger?.kind === 'event' ? trigger.on : undefined);
  return { fact, segments, lookup, name: formatSegments([fact, ...segments]), whole: segments.length === 0 };
}

/** Whether a field can be missing when the rule is judged. */
export function mayBeAbsent({ fact, lookup }: ReadField, trigger: Trigger): boolean {
  if (lookup.kind === 'unknown') return false;
  if (lookup.kind === 'open' || lookup.optional) return true;
  if (trigger?.kind !== 'event') return false;
  if (fact === 'transition') return trigger.on.some((type) => type !== SESSION_STATUS_EVENT);
  return (fact === 'session' || fact === 'channel') && trigger.on.some((type) => !type.startsWith('IM_'));
}
