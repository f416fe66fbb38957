import { Cron } from 'croner';
import type { Schedule } from '../../domain/rule.ts';

/**
 * The moments at which a schedule rule is judged, epoch ms. An interval's are multiples of it counted from the epoch, so
 * that every process and every restart means the same ones. A cron line is read in its zone; where clocks change, a line
 * of fixed times runs once a day (one within the hour that is left out runs when that hour would have begun), and one
 * that goes on hour by hour runs in both of the hours that come twice.
 */

/** The first moment after `after`; undefined when there is none (a 31st of February). */
export function nextMoment(schedule: Schedule, after: number): number | undefined {
  if (schedule.kind === 'interval') return (Math.floor(after / schedule.ms) + 1) * schedule.ms;
  return cronOf(schedule).nextRun(new Date(after))?.getTime();
}

/** The last moment that is not after `until`; undefined when there is none. */
export function lastMoment(schedule: Schedule, until: number): number | undefined {
  if (schedule.kind === 'interval') return Math.floor(until / schedule.ms) * schedule.ms;
  // Croner looks before an instant, and ours may be the very one.
  return cronOf(schedule)
    .previousRuns(1, new Date(until + 1))[0]
    ?.getTime();
}

/** Why a text is no cron line, in croner's words without its prefix; undefined when it is one. */
export function cronFault(line: string): string | undefined {
  if (line.trim().split(/\s+/).length !== 5) return 'a cron line has five fields';
  try {
    parse(line, 'UTC');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'it cannot be read';
  }
}

/** Parsing takes some ten microseconds, and a rule's line is asked again and again. */
const parsed = new WeakMap<Schedule, Cron>();

function cronOf(schedule: Extract<Schedule, { kind: 'cron' }>): Cron {
  const known = parsed.get(schedule);
  if (known !== undefined) return known;
  const cron = parse(schedule.cron, schedule.zone);
  parsed.set(schedule, cron);
  return cron;
}

/** Paused: it shall tell the times, and start no timer. @throws when it is no cron line */
function parse(line: string, timezone: string): Cron {
  return new Cron(line, { timezone, mode: '5-part', paused: true });
}
