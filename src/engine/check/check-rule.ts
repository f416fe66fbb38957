import { walk } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import { checkAbsence } from './check-absence.ts';
import { checkActionIds } from './check-action-ids.ts';
import { checkConditionShape } from './check-condition-shape.ts';
import { checkDurations } from './check-durations.ts';
import { checkEpisodeBy } from './check-episode-by.ts';
import { checkLeaf } from './check-leaf.ts';
import { checkNames } from './check-names.ts';
import { checkParams } from './check-params.ts';
import { checkReferences } from './check-references.ts';
import { checkScope } from './check-scope.ts';
import { checkTemplates } from './check-templates.ts';
import { checkTrigger } from './check-trigger.ts';
import type { RuleCheck } from './rule-under-check.ts';

const checkLeaves: RuleCheck = ({ file, trigger }) =>
  [...walk({ condition: file.conditions, path: ['conditions'] })].flatMap(({ condition, path }) =>
    'fact' in condition ? checkLeaf(condition, path, trigger) : [],
  );

const CHECKS: readonly RuleCheck[] = [
  checkTrigger,
  checkDurations,
  checkConditionShape,
  checkReferences,
  checkLeaves,
  checkScope,
  checkAbsence,
  checkEpisodeBy,
  checkActionIds,
  checkParams,
  checkNames,
  checkTemplates,
];

/** Everything that is wrong with a rule that its schema has accepted. A rule that is off is checked like any other. */
export const checkRule: RuleCheck = (rule) => CHECKS.flatMap((check): Finding[] => check(rule));
