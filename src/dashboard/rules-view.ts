import type { Rule, RuleFault } from '../domain/rule.ts';
import type { RuleSentences } from '../engine/describe/tell-rule.ts';
import type { RuleActivity } from '../store/read/rule-activity.ts';

/** What the page of the rules shows. */
export interface RulesView {
  /** Null when no rules are in force. */
  ruleset: { hash: string; loadedAt: number } | null;
  rules: { rule: RuleSummary; sentences: RuleSentences; activity: RuleActivity | undefined }[];
  /** Errors of the files as they are now, when they could not be taken. */
  faults: readonly RuleFault[];
}

export type RuleSummary = Pick<
  Rule,
  'id' | 'name' | 'description' | 'owner' | 'runbook' | 'tags' | 'mode' | 'trigger' | 'limit' | 'exclusive'
> & { actions: string[]; steps: number };
