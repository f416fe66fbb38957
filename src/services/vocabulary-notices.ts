import type { DeskEvent } from '../domain/event.ts';
import type { Rule } from '../domain/rule.ts';
import { shellWord } from '../domain/shell-text.ts';
import { FIELD_VOCABULARY } from '../domain/vocabulary.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { UnknownMet } from '../engine/subject-state.ts';
import { readersOf } from '../engine/vocabulary-readers.ts';
import type { Notice } from './tell-owner.ts';
import type { Count } from './vocabulary-memory.ts';

/** What the owner channel is told of values never seen: where, which rules read it, what to do. */
interface Context {
  ruleset: () => CompiledRuleset;
  publicUrl: string | undefined;
}

/** Stands for all that found no room; no vocabulary has this name. */
export const OVERFLOW = { field: 'more', value: 'values' } as const;

const MOST_RULES = 8;

const TREATMENT: Record<Rule['onUnknown'], string> = {
  skip: 'does nothing where its conditions rest on it',
  match: 'is judged as it stands',
  alert: 'is judged as it stands, and tells here when it meets it',
};

/** A value, type or field has come for the first time. */
export function describeEntry(
  { orgId, field, value }: Count,
  event: DeskEvent,
  { ruleset, publicUrl }: Context,
  now: number,
): Notice {
  const rules = readersOf(ruleset().readers, field, value);
  const when = `${new Date(event.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const chat = event.sessionId === undefined ? '' : ` of chat ${event.sessionId}`;
  const lines = [
    `Zoho Desk sent something never seen before: ${nameOf(field)} "${value}", in an event ${event.type}${chat} at ${when}.`,
    rules.length === 0 ? 'No rule reads it.' : `Rules that read it:\n${describeRules(rules)}`,
    `Once it is clear what it means: vigia vocabulary accept ${shellWord(value)}`,
    ...(publicUrl === undefined ? [] : [`${publicUrl}/vocabulary`]),
  ];
  const notice: Notice = { orgId, key: `vocabulary/${field}/${value}`, text: lines.join('\n'), now };
  return event.sessionId === undefined ? notice : { ...notice, sessionId: event.sessionId };
}

/** A rule with `onUnknown: alert` matched where its conditions rest on such a value. */
export function describeMeeting(
  { ruleId, vocabulary, value }: UnknownMet,
  orgId: string,
  { ruleset, publicUrl }: Context,
  now: number,
): Notice {
  const name = ruleset().active.get(ruleId)?.name ?? ruleId;
  const lines = [
    `The rule "${name}" (${ruleId}) matched, and its conditions rest on a value never seen before: ${vocabulary} "${value}".`,
    `Look whether that is what it should do. Then: vigia vocabulary accept ${shellWord(value)}`,
    ...(publicUrl === undefined ? [] : [`${publicUrl}/vocabulary`]),
  ];
  return { orgId, key: `unknown/${ruleId}/${vocabulary}/${value}`, text: lines.join('\n'), now };
}

/** So many that no more entries are made. */
export function fullNotice(orgId: string, most: number, now: number): Notice {
  const text = `Zoho Desk has sent more than ${most} values and fields never seen before: further ones are only counted. Look what sends them.`;
  return { orgId, key: 'vocabulary/full', text, now };
}

function describeRules(rules: readonly Rule[]): string {
  const lines = rules
    .slice(0, MOST_RULES)
    .map(({ id, name, onUnknown }) => `• ${name} (${id}) ${TREATMENT[onUnknown]}`);
  return [...lines, ...(rules.length > MOST_RULES ? [`• and ${rules.length - MOST_RULES} more`] : [])].join('\n');
}

function nameOf(field: string): string {
  return field === FIELD_VOCABULARY ? 'the field' : field;
}
