import type { JsonObject } from '../domain/json.ts';
import type { Rule } from '../domain/rule.ts';
import type { Condition, ConditionLeaf } from '../domain/rule-file.ts';
import { shellWord } from '../domain/shell-text.ts';
import type { Trace } from '../domain/trace.ts';
import { isKnownValue, type VocabularyName } from '../domain/vocabulary.ts';
import { findField } from './catalogue/find-field.ts';
import type { Draft } from './draft.ts';
import { type Evaluation, StillLearning } from './evaluate.ts';
import { type Facts, pathParts, valueAtParts } from './facts.ts';

/**
 * `onUnknown`: what a rule makes of values that Zoho was never known to send. Such a value is equal to nothing that a rule
 * names, so it makes `equal` and `in` false, which is right; but `notEqual`, `notIn` and `not` are true of it, whatever it
 * means. So of conditions that hold it is asked whether they would hold whatever the new value meant: each comparison that
 * met one, and does not name it, is taken for undecided, and `all`, `any`, `not` go on from there (Kleene's logic). Only
 * conditions that are undecided then rest on the unknown value.
 */
export interface UnknownValue {
  vocabulary: VocabularyName;
  value: string;
}

/** Conditions that read a vocabulary somewhere, as far as they do; what reads none is undefined. */
export type OpenConditions =
  | { op: 'group'; of: (OpenConditions | undefined)[] }
  | {
      op: 'leaf';
      fact: string;
      parts: readonly string[];
      vocabulary: VocabularyName;
      members: readonly string[];
      named: ReadonlySet<string>;
    };

/** By rule id; rules whose conditions read no vocabulary are not in it, and cost nothing later. */
export function compileOpenConditions(
  rules: readonly Rule[],
  named: Readonly<Record<string, Condition>>,
): ReadonlyMap<string, OpenConditions> {
  return new Map(
    rules.flatMap((rule): [string, OpenConditions][] => {
      const types = rule.trigger.kind === 'event' ? rule.trigger.on : undefined;
      const open = openConditions(rule.conditions, named, types);
      return open === undefined ? [] : [[rule.id, open]];
    }),
  );
}

function openConditions(
  condition: Condition,
  named: Readonly<Record<string, Condition>>,
  types: readonly string[] | undefined,
): OpenConditions | undefined {
  if ('fact' in condition) return openLeaf(condition, types);
  const children = childrenOf(condition, named).map((child) => openConditions(child, named, types));
  return children.every((child) => child === undefined) ? undefined : { op: 'group', of: children };
}

function childrenOf(
  condition: Exclude<Condition, ConditionLeaf>,
  named: Readonly<Record<string, Condition>>,
): Condition[] {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  if ('not' in condition) return [condition.not];
  const target = Object.hasOwn(named, condition.condition) ? named[condition.condition] : undefined;
  return target === undefined ? [] : [target];
}

/** Whether a value is there at all does not depend on what it means. */
const INDIFFERENT = new Set(['exists']);

function openLeaf(
  { fact, path = '', operator, value }: ConditionLeaf,
  types: readonly string[] | undefined,
): OpenConditions | undefined {
  const name = operator.split(':').at(-1) ?? operator;
  if (INDIFFERENT.has(name)) return undefined;
  const written: unknown[] = Array.isArray(value) ? value : [value];
  const texts = new Set(written.filter((one): one is string => typeof one === 'string'));
  const parts = pathParts(path);
  if (fact === 'transition' && parts.length === 0) {
    // changedTo names where the change leads; changedFrom is true of anything that comes next.
    const members = name === 'changedTo' ? ['to'] : ['from', 'to'];
    return { op: 'leaf', fact, parts, vocabulary: 'session.status', members, named: texts };
  }
  const lookup = findField(fact, parts, types);
  const speaks = lookup.kind === 'field' && lookup.field.kind === 'string' ? lookup.field.speaks : undefined;
  // The types that a rule is for are all named in it.
  if (speaks === undefined || speaks === 'event.type') return undefined;
  return { op: 'leaf', fact, parts, vocabulary: speaks, members: [], named: texts };
}

/** Whether one of the comparisons meets such a value, reached or not. */
function meetsUnknown(
  open: OpenConditions | undefined,
  facts: Facts,
  isUnknown: (value: UnknownValue) => boolean,
): boolean {
  if (open === undefined) return false;
  if (open.op === 'group') return open.of.some((child) => meetsUnknown(child, facts, isUnknown));
  return unknownOf(open, valueAtParts(facts[open.fact as keyof Facts], open.parts)).some(isUnknown);
}

/** What the conditions say when `unknown` values may mean anything: undefined is undecided. */
export function decide(
  open: OpenConditions | undefined,
  trace: Trace,
  isUnknown: (value: UnknownValue) => boolean,
  met: UnknownValue[],
): boolean | undefined {
  if (open === undefined) return trace.result ?? false;
  if (trace.op === 'leaf') {
    const unknown = open.op === 'leaf' ? unknownOf(open, trace.actual).filter(isUnknown) : [];
    met.push(...unknown);
    return unknown.length > 0 ? undefined : (trace.result ?? false);
  }
  // What the evaluation did not reach decided nothing.
  const verdicts = trace.of.flatMap((child, index) => {
    if (child.result === undefined) return [];
    return [decide(open.op === 'group' ? open.of[index] : open, child, isUnknown, met)];
  });
  switch (trace.op) {
    case 'any':
      return verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : (trace.result ?? false);
    case 'not': {
      const [inner] = verdicts;
      return inner === undefined ? undefined : !inner;
    }
    default:
      return verdicts.includes(false) ? false : verdicts.includes(undefined) ? undefined : (trace.result ?? false);
  }
}

function unknownOf(
  { vocabulary, members, named }: Extract<OpenConditions, { op: 'leaf' }>,
  actual: unknown,
): UnknownValue[] {
  const values = members.length === 0 ? [actual] : members.map((member) => memberOf(actual, member));
  return values.flatMap((value) =>
    typeof value === 'string' && value !== '' && !named.has(value) ? [{ vocabulary, value }] : [],
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** An evaluation that heeds `onUnknown`. `withheld`: the conditions hold, but rest on these values, and the rule skips then. */
export type Judgement =
  | (Extract<Evaluation, { ok: true }> & { withheld?: readonly UnknownValue[] })
  | Extract<Evaluation, { ok: false }>;

/**
 * Evaluates the rule's conditions. A rule with `onUnknown: skip` whose conditions rest on an unknown value does not match;
 * one with `alert` matches, and the draft notes what is to be told.
 * @param computed queues and histories, by `runtimeName`
 * @throws StillLearning where json-rules-engine has to be asked first
 */
export function judgeConditions(
  draft: Draft,
  rule: Rule,
  facts: Facts,
  at: number,
  computed?: ReadonlyMap<string, JsonObject>,
): Judgement {
  const evaluation = draft.ruleset.evaluator.evaluate(rule, facts, at, computed);
  if (evaluation instanceof Promise) throw new StillLearning(evaluation);
  if (!evaluation.ok || !evaluation.result || rule.onUnknown === 'match') return evaluation;
  const open = draft.ruleset.openConditions.get(rule.id);
  if (open === undefined) return evaluation;
  const met: UnknownValue[] = [];
  const isUnknown = ({ vocabulary, value }: UnknownValue) => !isKnownValue(vocabulary, value, draft.known.vocabulary);
  // Seldom is there one: then nobody need look at the trace.
  if (!meetsUnknown(open, facts, isUnknown)) return evaluation;
  if (decide(open, evaluation.trace, isUnknown, met) === true) return evaluation;
  if (rule.onUnknown === 'skip') return { ok: true, result: false, trace: evaluation.trace, withheld: met };
  for (const one of met) draft.effects.unknownMet.push({ ruleId: rule.id, ...one });
  return evaluation;
}

/** Why a rule that would have matched did not, and what to do about it: one sentence for people. */
export function withheldReason(withheld: readonly UnknownValue[]): string {
  const values = [...new Map(withheld.map((one) => [`${one.vocabulary} ${one.value}`, one])).values()];
  const list = values.map(({ vocabulary, value }) => `"${value}" of ${vocabulary}`).join(' and ');
  const commands = values.map(({ value }) => `vigia vocabulary accept ${shellWord(value)}`).join('; ');
  return `the conditions rest on ${list}, never seen before, and onUnknown is skip; once it is clear what it means: ${commands}`;
}
