import { walk } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import { checkAbsence } from './check-absence.ts';
import { checkActionIds } from './check-action-ids.ts';
import { checkClockCalendars } from './check-clock-calendars.ts';
import { checkConditionShape } from './check-condition-shape.ts';
import { checkDurations } from './check-durations.ts';
import { checkDuring } from './check-during.ts';
import { checkEpisodeBy } from './check-episode-by.ts';
import { checkEvery } from './check-every.ts';
import { checkGroupAlerts } from './check-group-alerts.ts';
import { checkLasting } from './check-lasting.ts';
import { checkLeaf } from './check-leaf.ts';
import { checkNames } from './check-names.ts';
import { checkParams } from './check-params.ts';
import { checkReferences } from './check-references.ts';
import { checkSchedule } from './check-schedule.ts';
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
  checkEvery,
  checkSchedule,
  checkDurations,
  checkDuring,
  checkLasting,
  checkConditionShape,
  checkReferences,
  checkLeaves,
  checkClockCalendars,
  checkScope,
  checkAbsence,
  checkEpisodeBy,
  checkGroupAlerts,
  checkActionIds,
  checkParams,
  checkNames,
  checkTemplates,
];

/** Everything that is wrong with a rule that its schema has accepted. A rule that is off is checked like any other. */
export const checkRule: RuleCheck = (rule) => CHECKS.flatMap((check): Finding[] => check(rule));
