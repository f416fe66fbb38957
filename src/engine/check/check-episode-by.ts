import { suggestion } from '../../domain/did-you-mean.ts';
import { FACTS, findFact } from '../catalogue/facts.ts';
import { isComputed } from '../computed/rule-reads.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { fieldFault } from './field-faults.ts';
import { fieldOf } from './field-of.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** `episodeBy` names plain fields of the state, such as `session.assigneeId`. */
export const checkEpisodeBy: RuleCheck = ({ file }) =>
  (file.episodeBy ?? []).flatMap((text, index) =>
    checkStatePath(text, ['episodeBy', index], { code: 'bad-episode-by', what: 'an episode' }),
  );

const READABLE = Object.entries(FACTS).flatMap(([name, fact]) => (fact.inHoldConditions ? [name] : []));

/**
 * One dotted path to a plain field of the state.
 * @param code that of a path which cannot be used; `what`: what would go by it, with its article
 */
export function checkStatePath(
  text: string,
  path: JsonPath,
  { code, what }: { code: string; what: string },
): Finding[] {
  const fail = (message: string, remedy: string): Finding[] => [{ path, code, message, remedy }];
  const example = 'Write it like "session.assigneeId".';
  const dot = text.indexOf('.');
  const fact = dot === -1 ? text : text.slice(0, dot);
  if (!READABLE.includes(fact)) {
    if (findFact(fact) !== undefined)
      return fail(`${what} cannot go by "${fact}"`, `It goes by ${READABLE.join(' or ')}.`);
    return fail(`there is no fact "${fact}"`, fact.startsWith('$') ? example : suggestion(fact, READABLE));
  }
  const field = dot === -1 ? undefined : fieldOf(fact, `$${text.slice(dot)}`, { kind: 'hold' });
  if (field === undefined) return fail(`"${text}" names no field`, example);
  const fault = fieldFault(field);
  if (fault !== undefined) return [{ path, ...fault }];
  if (isComputed(fact, `$${text.slice(dot)}`))
    return fail(`${text} changes without an event`, 'Name a field that an event changes.');
  const { lookup } = field;
  if (lookup.kind === 'field' && (lookup.field.kind === 'object' || lookup.field.kind === 'map'))
    return fail(`${text} is an object`, 'Name one of its fields.');
  return [];
}
