import type { CalendarFile } from '../../domain/calendar-file.ts';
import type { Directory } from '../../domain/rule.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import type { NamedConditions } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';

/** What a rule is judged on, which decides what it may read; undefined where that is not known (named conditions). */
export type Trigger = { kind: 'event'; on: readonly string[] } | { kind: 'hold' } | { kind: 'schedule' } | undefined;

/** A rule file that its schema has accepted, and what the checks need beside it. */
export interface RuleUnderCheck {
  file: RuleFile;
  trigger: Trigger;
  /** Named conditions; undefined when conditions.json could not be read, so that references cannot be judged. */
  named: NamedConditions | undefined;
  /** Undefined when directory.json could not be read. */
  directory: Directory | undefined;
  /** Undefined when calendars.json could not be read. */
  calendars: ReadonlyMap<string, CalendarFile> | undefined;
}

/** One check: looks at a rule and tells what is wrong. */
export type RuleCheck = (rule: RuleUnderCheck) => Finding[];

/** The trigger of a rule file; with none or several of `on`, `for` and `every` it is not known. */
export function triggerOf({ on, for: lasting, every }: RuleFile): Trigger {
  if ([on, lasting, every].filter((key) => key !== undefined).length !== 1) return undefined;
  if (on !== undefined) return { kind: 'event', on };
  return { kind: lasting === undefined ? 'schedule' : 'hold' };
}
