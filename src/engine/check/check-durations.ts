import { parseDuration } from '../../domain/duration.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** Durations are times that can pass, and the steps of a ladder come one after the other. */
export const checkDurations: RuleCheck = ({ file }) => [
  ...durationsOf(file).flatMap(([path, text]) => checkDuration(path, text)),
  ...checkSteps(file.steps ?? []),
];

function durationsOf(file: RuleFile): [JsonPath, string | undefined][] {
  return [
    [['for'], file.for],
    [['limit', 'within'], file.limit?.within],
    [['maxLate'], file.maxLate],
    [['keepFor'], file.keepFor],
    [['repeat', 'every'], file.repeat?.every],
    ...(file.steps ?? []).map(({ after }, index): [JsonPath, string] => [['steps', index, 'after'], after]),
  ];
}

/** The schema has checked the form; left are `0s` and what no clock will see. */
function checkDuration(path: JsonPath, text: string | undefined): Finding[] {
  const ms = text === undefined ? 1 : parseDuration(text);
  if (ms !== undefined && ms > 0) return [];
  const message = ms === 0 ? `"${text}" is no time at all` : `"${text}" is longer than 366 days`;
  return [{ path, code: 'bad-duration', message, remedy: 'Write a duration from 1s to 366d.' }];
}

function checkSteps(steps: readonly { after: string }[]): Finding[] {
  return steps.flatMap((step, index): Finding[] => {
    const before = steps[index - 1];
    const beforeMs = before === undefined ? undefined : parseDuration(before.after);
    const ms = parseDuration(step.after);
    if (before === undefined || beforeMs === undefined || ms === undefined || ms > beforeMs) return [];
    return [
      {
        path: ['steps', index, 'after'],
        code: 'steps-out-of-order',
        message: `this step comes after ${step.after}, the one before it after ${before.after}`,
        remedy: 'Each "after" counts from the firing: write the steps in order, each later than the one before.',
      },
    ];
  });
}
