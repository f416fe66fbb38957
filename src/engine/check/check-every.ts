import { formatDuration, parseDuration } from '../../domain/duration.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { cronFault, nextMoment } from '../schedules/next-moment.ts';
import { checkZone } from './check-zone.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** A tick reads from the database for all its subjects: more often than this would be for nobody. */
const SHORTEST_MS = 5_000;

const EXAMPLES = 'Write a duration such as "5m", or { "cron": "0 9 * * mon-fri", "zone": "America/Sao_Paulo" }.';

/** `every`: a duration, or a cron line and a zone that there are. */
export const checkEvery: RuleCheck = ({ file: { every } }) => {
  if (every === undefined) return [];
  if (typeof every === 'string') return checkText(every);
  return [...checkCron(every.cron, ['every', 'cron']), ...checkZone(every.zone, ['every', 'zone'])];
};

function checkText(every: NonNullable<RuleFile['every']> & string): Finding[] {
  const path = ['every'];
  const ms = parseDuration(every);
  if (ms === undefined) {
    if (every.trim().includes(' ')) return checkCron(every, path);
    const message = `"${every}" is neither a duration up to 366 days nor a cron line`;
    return [{ path, code: 'bad-schedule', message, remedy: EXAMPLES }];
  }
  if (ms >= SHORTEST_MS) return [];
  const message = `every ${every} is more often than every ${formatDuration(SHORTEST_MS)}`;
  const remedy = 'Write "5s" or more; for what has to be seen at once there are event rules and hold rules.';
  return [{ path, code: 'bad-schedule', message, remedy }];
}

function checkCron(line: string, path: JsonPath): Finding[] {
  const fault = cronFault(line);
  const bad = (message: string): Finding[] => [
    {
      path,
      code: 'bad-schedule',
      message,
      remedy: 'Minute, hour, day of the month, month, day of the week: "0 9 * * mon-fri".',
    },
  ];
  if (fault !== undefined) return bad(`"${line}" is no cron line: ${fault}`);
  if (nextMoment({ kind: 'cron', cron: line, zone: 'UTC' }, 0) === undefined) return bad(`"${line}" never comes`);
  return [];
}
