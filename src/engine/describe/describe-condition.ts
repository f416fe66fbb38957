import { parseDuration } from '../../domain/duration.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Condition, ConditionLeaf } from '../../domain/rule-file.ts';
import { toFactReference } from '../check/check-fact-reference.ts';
import { pathParts } from '../facts.ts';
import { describeHours, describeStandalone } from './describe-computed.ts';
import type { Language } from './language.ts';

/** Names of channels, departments, agents; an id without a name is shown as it is. */
export type NameOf = (id: string) => string | undefined;

export interface ConditionContext {
  language: Language;
  named: Readonly<Record<string, Condition>>;
  nameOf: NameOf;
}

/**
 * Conditions as one clause about a chat; undefined when they are always met.
 * @param isIntroduced whether the sentence has named the chat already
 */
export function describeCondition(
  condition: Condition,
  context: ConditionContext,
  isIntroduced: boolean,
): string | undefined {
  const clause = describe(condition, context);
  return clause === undefined ? undefined : nameSubject(clause.text, context.language, isIntroduced);
}

function nameSubject(text: string, { subject }: Language, isIntroduced: boolean): string {
  let named = isIntroduced;
  return text.replaceAll(/\{(it|its)\}/g, (_, word: string) => {
    const [plain, own] = named ? [subject.again, subject.againOwn] : [subject.first, subject.firstOwn];
    named = true;
    return word === 'it' ? plain : own;
  });
}

/** A clause, and whether it is a list that needs brackets within another list. */
interface Clause {
  text: string;
  isList: boolean;
}

function describe(condition: Condition, context: ConditionContext): Clause | undefined {
  const { language, named } = context;
  if ('all' in condition) return describeList(condition.all, language.and, context);
  if ('any' in condition) return describeList(condition.any, language.or, context);
  if ('not' in condition) {
    const inner = describe(condition.not, context);
    return inner === undefined ? undefined : { text: language.not(bracketed(inner)), isList: false };
  }
  if ('condition' in condition) {
    const target = named[condition.condition];
    return target === undefined ? undefined : describe(target, context);
  }
  return { text: describeLeaf(condition, context), isList: false };
}

function describeList(
  members: readonly Condition[],
  join: (parts: readonly string[]) => string,
  context: ConditionContext,
): Clause | undefined {
  const clauses = members.flatMap((member) => describe(member, context) ?? []);
  const [only] = clauses;
  if (clauses.length < 2) return only;
  return { text: join(clauses.map(bracketed)), isList: true };
}

function bracketed({ text, isList }: Clause): string {
  return isList ? `(${text})` : text;
}

/** The status in words when the whole condition is that a chat has it. */
export function describeOnlyStatus(condition: Condition, context: ConditionContext): string | undefined {
  const leaf = onlyLeaf(condition, context);
  if (leaf === undefined || fieldKey(leaf) !== 'session.status' || leaf.operator !== 'equal') return undefined;
  return describeValue(leaf.value, context);
}

/** The status in words when the whole condition is that a chat has changed to it. */
export function describeOnlyChange(condition: Condition, context: ConditionContext): string | undefined {
  const leaf = onlyLeaf(condition, context);
  return leaf?.operator === 'changedTo' ? describeValue(leaf.value, context) : undefined;
}

function onlyLeaf(condition: Condition, context: ConditionContext): ConditionLeaf | undefined {
  if ('all' in condition || 'any' in condition) {
    const members = 'all' in condition ? condition.all : condition.any;
    const [only] = members;
    return only === undefined || members.length > 1 ? undefined : onlyLeaf(only, context);
  }
  if ('condition' in condition) {
    const target = context.named[condition.condition];
    return target === undefined ? undefined : onlyLeaf(target, context);
  }
  return 'not' in condition ? undefined : condition;
}

function fieldKey({ fact, path = '' }: ConditionLeaf): string {
  return [fact, ...pathParts(path)].join('.');
}

function describeLeaf(leaf: ConditionLeaf, context: ConditionContext): string {
  const { language } = context;
  const key = fieldKey(leaf);
  const phrase = language.phrases[`${key} ${leaf.operator} ${JSON.stringify(leaf.value)}`];
  if (phrase !== undefined) return phrase;
  const hours = describeHours(leaf, language);
  if (hours !== undefined) return hours;
  const standalone = describeStandalone(leaf, context);
  const field = standalone ?? language.fields[key] ?? key;
  const value = leaf.operator === 'between' ? describeRange(leaf.value, context) : describeValue(leaf.value, context);
  const operators = language.operators;
  // What stands by itself is nobody's own.
  const finish = (text: string) => (standalone === undefined ? text : text.replace(/\{its\} | \{its\}/, ''));
  if (leaf.operator === 'exists' && standalone !== undefined)
    return language.standalone.known(standalone, leaf.value === true);
  if (leaf.operator === 'exists')
    return finish((leaf.value === false ? operators.absent : operators.there)?.(field, value) ?? field);
  const isStatus = key === 'session.status' && (leaf.operator === 'equal' || leaf.operator === 'in');
  const say = operators[isStatus ? 'status' : leaf.operator];
  return finish(say === undefined ? language.comparison(field, leaf.operator, value) : say(field, value));
}

function describeRange(value: Json, context: ConditionContext): string {
  const ends = Array.isArray(value) ? value.map((end) => describeValue(end, context)) : [];
  return context.language.range(ends[0] ?? '', ends[1] ?? '');
}

function describeValue(value: Json, { language, nameOf }: ConditionContext): string {
  if (Array.isArray(value))
    return language.or(value.map((item) => describeValue(item, { language, nameOf, named: {} })));
  if (isJsonObject(value)) {
    const reference = toFactReference(value);
    if (reference === undefined) return JSON.stringify(value);
    const key = [reference.fact, ...pathParts(reference.path ?? '')].join('.');
    return language.own(language.fields[key] ?? key);
  }
  if (typeof value !== 'string') return String(value);
  const ms = parseDuration(value);
  if (ms !== undefined) return language.duration(ms);
  return language.values[value] ?? nameOf(value) ?? value;
}
