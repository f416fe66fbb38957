import type { Rule } from '../../../domain/rule.ts';
import { type Clause, merge } from './clauses.ts';
import { familyOf, OPAQUE } from './field-key.ts';
import { intersect, isImpossible, oneOf } from './possible-values.ts';
import type { RuleInView } from './rule-in-view.ts';

/**
 * Whether two rules can act at one moment: at the same event, or as holds that begin together and last as long. Said only
 * where it is plain: of fields that hang together both must read the same ones, and calendars that differ may never be open
 * at once.
 */
export function canActTogether(a: RuleInView, b: RuleInView): boolean {
  const types = sharedMoment(a.rule, b.rule);
  if (types === undefined || !calendarsAgree(a.rule, b.rule)) return false;
  if (a.clauses === undefined || b.clauses === undefined) return false;
  return a.clauses.some((one) => (b.clauses ?? []).some((other) => surelyMeet(one, other, types)));
}

/** The event types at which both are judged, none for two holds; undefined when there is no moment for both. */
function sharedMoment({ trigger: a }: Rule, { trigger: b }: Rule): string[] | undefined {
  if (a.kind === 'hold') return b.kind === 'hold' && a.forMs === b.forMs ? [] : undefined;
  if (a.kind !== 'event' || b.kind !== 'event') return undefined;
  const types = a.on.filter((type) => b.on.includes(type));
  return types.length === 0 ? undefined : types;
}

function calendarsAgree(a: Rule, b: Rule): boolean {
  if (a.clock !== b.clock) return false;
  if (a.during === undefined || b.during === undefined) return a.clock === 'wall';
  return a.during.calendar === b.during.calendar && a.during.outside === b.during.outside;
}

function surelyMeet(a: Clause, b: Clause, types: readonly string[]): boolean {
  const merged = merge(a, b);
  if (merged === undefined) return false;
  const type = merged.get('event.type');
  if (type !== undefined && isImpossible(intersect(type, oneOf(types)))) return false;
  return fieldsByFamily(a, b) && fieldsByFamily(b, a);
}

/** Whether of each family that both read, `a` reads no field that `b` does not. */
function fieldsByFamily(a: Clause, b: Clause): boolean {
  const families = new Set([...b.keys()].map(familyOf));
  return [...a.keys()].every((field) => b.has(field) || (!field.startsWith(OPAQUE) && !families.has(familyOf(field))));
}
