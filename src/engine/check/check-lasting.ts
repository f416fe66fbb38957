import { formatDuration, MAX_DURATION_MS, parseDuration } from '../../domain/duration.ts';
import { isPersonalPath } from '../../domain/personal.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import { formatSegments } from '../catalogue/path.ts';
import { allLeaves } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import { analyseTemplate } from '../templates/analyse-template.ts';
import { textsIn } from './check-templates.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** The keys about what lasts: `keepFor`, `onEdit`, `repeat`, and events that wait for a calendar to open. */
export const checkLasting: RuleCheck = ({ file, named = new Map() }) => [
  ...onlyWithFor(file, 'keepFor', 'only the conditions of a hold are watched while they last'),
  ...onlyWithFor(file, 'onEdit', 'only holds are running when a rule is edited'),
  ...checkRepeat(file),
  ...checkWaiting(file, named),
];

function onlyWithFor(file: RuleFile, key: 'keepFor' | 'onEdit', why: string): Finding[] {
  if (file[key] === undefined || file.for !== undefined) return [];
  const message = `"${key}" goes with "for": ${why}`;
  return [{ path: [key], on: 'key', code: 'key-without-effect', message, remedy: `Remove "${key}".` }];
}

function checkRepeat({ on, repeat }: RuleFile): Finding[] {
  if (repeat === undefined) return [];
  if (on !== undefined) {
    const message =
      '"repeat" goes with "for" or "every": an event is over at once, and there is nothing that could last';
    const remedy = 'Remove "repeat"; to remind people of what an event began, write "steps".';
    return [{ path: ['repeat'], on: 'key', code: 'key-without-effect', message, remedy }];
  }
  const everyMs = parseDuration(repeat.every);
  if (everyMs === undefined || everyMs * repeat.times <= MAX_DURATION_MS) return [];
  const most = Math.floor(MAX_DURATION_MS / everyMs);
  const message = `the last of ${repeat.times} repeats would come after more than ${formatDuration(MAX_DURATION_MS)}`;
  return [{ path: ['repeat', 'times'], code: 'bad-duration', message, remedy: `Write at most ${most}.` }];
}

/** What an event carries of people is not kept until the calendar opens. */
function checkWaiting(file: RuleFile, named: Parameters<typeof allLeaves>[1]): Finding[] {
  if (file.on === undefined || file.outside !== 'wait') return [];
  const leaf = [...allLeaves(file.conditions, named)].find(
    ({ fact, path }) => fact === 'event' && path !== undefined && isPersonalPath(path),
  );
  const found =
    leaf === undefined ? [] : [personalFault(['conditions'], `event${leaf.path?.replace(/^\$/, '') ?? ''}`)];
  return [
    ...found,
    ...textsIn(file.actions, ['actions']).flatMap(([text, path]) =>
      analyseTemplate(text).paths.flatMap(({ root, segments, offset }): Finding[] => {
        const name = formatSegments([root, ...segments]);
        return root === 'event' && isPersonalPath(name) ? [{ ...personalFault(path, name), offset }] : [];
      }),
    ),
  ];
}

function personalFault(path: Finding['path'], name: string): Finding {
  return {
    path,
    code: 'gone-by-then',
    severity: 'warning',
    message: `${name} is personal: outside the calendar the event waits, and is kept without it unless STORE_PERSONAL_DATA is true`,
    remedy: 'Read something else, or write "outside": "skip".',
  };
}
