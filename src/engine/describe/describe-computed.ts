import { parseDuration } from '../../domain/duration.ts';
import type { ConditionLeaf } from '../../domain/rule-file.ts';
import { pathParts } from '../facts.ts';
import type { ConditionContext } from './describe-condition.ts';
import type { Language } from './language.ts';

/**
 * What is no field of a chat but of the desk, a channel, an agent or the clock, as a subject of its own: `the number of chats
 * that are open, for at least 2 minutes`. Undefined for a field of a chat.
 */
export function describeStandalone(leaf: ConditionLeaf, context: ConditionContext): string | undefined {
  const { fact, path = '', params = {} } = leaf;
  const { standalone } = context.language;
  const parts = pathParts(path);
  const [first = '', last] = parts;
  const name = standalone.fields[[fact, ...parts].join('.')];
  if (fact === 'channel' && first === 'counts' && last !== undefined)
    return standalone.countOnChannel(context.language.values[last] ?? last);
  if (name === undefined) return undefined;
  const asked = Object.entries(params).flatMap(([param, value]) => describeParam(fact, param, value, context) ?? []);
  return [name, ...asked].join(' ');
}

function describeParam(
  fact: string,
  param: string,
  value: unknown,
  { language, nameOf }: ConditionContext,
): string | undefined {
  const { asked } = language.standalone;
  const values = (Array.isArray(value) ? value : [value]).map(String);
  const [only = ''] = values;
  const ms = parseDuration(only) ?? 0;
  switch (param) {
    case 'status': {
      const words = language.or(values.map((one) => language.values[one] ?? one));
      return fact === 'history' ? asked.entered(words) : asked.status(words);
    }
    case 'event':
      return asked.event(language.or(values));
    case 'unassigned':
      return asked.unassigned(value === true);
    case 'olderThan':
      return asked.olderThan(language.duration(ms));
    case 'within':
      return asked.within(language.duration(ms));
    case 'channelId':
      return asked.channel(nameOf(only) ?? only);
    case 'departmentId':
      return asked.department(nameOf(only) ?? only);
    case 'by':
      return asked.by[only];
    default:
      return undefined;
  }
}

/** `support-hours is closed`; undefined for any other comparison. */
export function describeHours(
  { fact, path = '', operator, value }: ConditionLeaf,
  language: Language,
): string | undefined {
  const [field, calendar] = pathParts(path);
  if (fact !== 'clock' || field !== 'open' || calendar === undefined) return undefined;
  if (operator !== 'equal' || typeof value !== 'boolean') return undefined;
  return language.standalone.hours(calendar, value);
}
