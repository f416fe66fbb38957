import type { ActionSpec } from '../../../domain/action.ts';
import { isJsonObject, type Json } from '../../../domain/json.ts';
import { parsePath } from '../../catalogue/path.ts';
import { allLeaves, namesUsed } from '../../load/condition-tree.ts';
import type { Finding } from '../../load/fault.ts';
import type { Ruleset } from '../../load/ruleset.ts';
import { analyseTemplate } from '../../templates/analyse-template.ts';

/** Named conditions that no rule refers to, those that are off included. */
export function checkUnusedConditions({ rules, conditions }: Ruleset): Finding[] {
  const named = new Map(Object.entries(conditions));
  const used = new Set(rules.flatMap((rule) => [...namesUsed(rule.conditions, named)]));
  return [...named.keys()].flatMap((name) => (used.has(name) ? [] : [unused(name, 'condition')]));
}

/** Calendars that no rule keeps to or reads. */
export function checkUnusedCalendars(ruleset: Ruleset): Finding[] {
  const used = new Set(ruleset.rules.flatMap(({ during }) => during?.calendar ?? []));
  for (const name of readInConditions(ruleset)) used.add(name);
  for (const name of readInTemplates(ruleset)) used.add(name);
  // Somewhere it is worked out which calendar is read: it may be any.
  if (used.has(ANY)) return [];
  return [...ruleset.calendars.keys()].flatMap((name) => (used.has(name) ? [] : [unused(name, 'calendar')]));
}

function unused(name: string, what: 'condition' | 'calendar'): Finding {
  return {
    path: [name],
    on: 'key',
    severity: 'warning',
    code: `unused-${what}`,
    message: `no rule uses the ${what} "${name}"`,
    remedy: 'Remove it, or use it.',
  };
}

const ANY = '*';

function readInConditions({ rules, conditions }: Ruleset): string[] {
  const named = new Map(Object.entries(conditions));
  return rules.flatMap((rule) =>
    [...allLeaves(rule.conditions, named)].flatMap(({ fact, path, value }) => [
      ...calendarAt(fact, path),
      ...(isJsonObject(value) ? calendarAt(value['fact'], value['path']) : []),
    ]),
  );
}

function calendarAt(fact: Json | undefined, path: Json | undefined): string[] {
  const parsed = typeof path === 'string' ? parsePath(path) : undefined;
  return fact === 'clock' && parsed?.ok === true ? calendarOf(parsed.segments, false) : [];
}

function readInTemplates({ rules }: Ruleset): string[] {
  const specs = rules.flatMap(({ actions, steps, onResolve }) => [
    ...actions,
    ...steps.flatMap((step) => step.actions),
    ...onResolve,
  ]);
  return specs
    .flatMap(withFailures)
    .flatMap(({ params }) =>
      textsIn(params).flatMap((text) =>
        analyseTemplate(text).paths.flatMap(({ root, segments, dynamic }) =>
          root === 'clock' ? calendarOf(segments, dynamic) : [],
        ),
      ),
    );
}

/** Of `open.<calendar>` and `local.<calendar>` the calendar; any, where it is not written out. */
function calendarOf([field, name]: readonly string[], dynamic: boolean): string[] {
  if (field !== undefined && field !== 'open' && field !== 'local') return [];
  return name === undefined ? (dynamic || field !== undefined ? [ANY] : []) : [name];
}

function withFailures(spec: ActionSpec): ActionSpec[] {
  return [spec, ...spec.onFailure.flatMap(withFailures)];
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
