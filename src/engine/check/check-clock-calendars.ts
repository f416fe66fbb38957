import type { CalendarFile } from '../../domain/calendar-file.ts';
import { suggestion } from '../../domain/did-you-mean.ts';
import { isJsonObject } from '../../domain/json.ts';
import { parsePath } from '../catalogue/path.ts';
import { type NamedConditions, type PlacedCondition, walk } from '../load/condition-tree.ts';
import type { Finding, FindingText } from '../load/fault.ts';
import { analyseTemplate } from '../templates/analyse-template.ts';
import { actionListsOf } from './action-list.ts';
import { toFactReference } from './check-fact-reference.ts';
import { textsIn } from './check-templates.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** `clock.open.<calendar>` and `clock.local.<calendar>`: the calendar is there, or the field would be absent for ever. */
export const checkClockCalendars: RuleCheck = ({ file, calendars }) => {
  if (calendars === undefined) return [];
  const templates = actionListsOf(file).flatMap(({ actions }) =>
    actions.flatMap(({ action, path }) => textsIn(action.params, [...path, 'params'])),
  );
  return [
    ...checkConditions({ condition: file.conditions, path: ['conditions'] }, calendars),
    ...templates.flatMap(([text, path]) =>
      analyseTemplate(text).paths.flatMap(({ root, segments, offset }): Finding[] => {
        const fault = calendarFault(root, segments, calendars);
        return fault === undefined ? [] : [{ path, offset, ...fault }];
      }),
    ),
  ];
};

/** The same for the conditions of conditions.json. */
export function checkNamedClockCalendars(
  named: NamedConditions,
  calendars: ReadonlyMap<string, CalendarFile> | undefined,
): Finding[] {
  if (calendars === undefined) return [];
  return [...named].flatMap(([name, condition]) => checkConditions({ condition, path: [name] }, calendars));
}

function checkConditions(root: PlacedCondition, calendars: ReadonlyMap<string, CalendarFile>): Finding[] {
  return [...walk(root)].flatMap(({ condition, path }): Finding[] => {
    if (!('fact' in condition)) return [];
    const reference = isJsonObject(condition.value) ? toFactReference(condition.value) : undefined;
    const left = fieldFault(condition.fact, condition.path, calendars);
    const right = reference === undefined ? undefined : fieldFault(reference.fact, reference.path, calendars);
    return [
      ...(left === undefined ? [] : [{ path: [...path, 'path'], ...left }]),
      ...(right === undefined ? [] : [{ path: [...path, 'value', 'path'], ...right }]),
    ];
  });
}

function fieldFault(fact: string, path = '$', calendars: ReadonlyMap<string, CalendarFile>): FindingText | undefined {
  const parsed = parsePath(path);
  return parsed.ok ? calendarFault(fact, parsed.segments, calendars) : undefined;
}

function calendarFault(
  fact: string,
  [field, name]: readonly string[],
  calendars: ReadonlyMap<string, CalendarFile>,
): FindingText | undefined {
  if (fact !== 'clock' || (field !== 'open' && field !== 'local') || name === undefined) return undefined;
  if (calendars.has(name)) return undefined;
  const message = `calendars.json has no calendar "${name}"`;
  const remedy = calendars.size === 0 ? 'Write calendars.json beside the rules.' : suggestion(name, calendars.keys());
  return { code: 'unknown-calendar', message, remedy };
}
