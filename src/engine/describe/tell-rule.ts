import type { Rule } from '../../domain/rule.ts';
import type { Ruleset } from '../load/ruleset.ts';
import { describeRule } from './describe-rule.ts';
import type { Language } from './language.ts';

/** What a rule does in plain sentences, in every language; the first is the gist. */
export type RuleSentences = Readonly<Record<Language['tag'], readonly string[]>>;

/** A rule is told at each reading of a list, and never changes while it is in force. */
const told = new WeakMap<Rule, RuleSentences>();

export function tellRule(rule: Rule, ruleset: Pick<Ruleset, 'conditions' | 'directory'>): RuleSentences {
  const known = told.get(rule);
  if (known !== undefined) return known;
  const sentences = { en: describeRule(rule, ruleset, 'en'), 'pt-BR': describeRule(rule, ruleset, 'pt-BR') };
  told.set(rule, sentences);
  return sentences;
}
