import type { Directory } from '../../domain/rule.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import type { NamedConditions } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';

/** What a rule is judged on, which decides what it may read; undefined where that is not known (named conditions). */
export type Trigger = { kind: 'event'; on: readonly string[] } | { kind: 'hold' } | undefined;

/** A rule file that its schema has accepted, and what the checks need beside it. */
export interface RuleUnderCheck {
  file: RuleFile;
  trigger: Trigger;
  /** Named conditions; undefined when conditions.json could not be read, so that references cannot be judged. */
  named: NamedConditions | undefined;
  /** Undefined when directory.json could not be read. */
  directory: Directory | undefined;
}

/** One check: looks at a rule and tells what is wrong. */
export type RuleCheck = (rule: RuleUnderCheck) => Finding[];

/** The trigger of a rule file; with both or neither of `on` and `for` it is not known. */
export function triggerOf(file: RuleFile): Trigger {
  if (file.on !== undefined && file.for === undefined) return { kind: 'event', on: file.on };
  if (file.for !== undefined && file.on === undefined) return { kind: 'hold' };
  return undefined;
}
