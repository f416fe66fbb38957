import type { CalendarFile } from '../../domain/calendar-file.ts';
import { suggestion } from '../../domain/did-you-mean.ts';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import { LOOK_AHEAD_DAYS } from '../calendars/create-calendar.ts';
import { createOpeningPlan } from '../calendars/opening-plan.ts';
import type { Finding } from '../load/fault.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** `during`, `outside` and `clock`: the calendar is there, the keys go together, and a business clock can run out. */
export const checkDuring: RuleCheck = ({ file, calendars }) => [
  ...checkOutside(file),
  ...checkClock(file),
  ...(calendars === undefined ? [] : checkCalendar(file, calendars)),
];

function checkOutside({ during, outside, every }: RuleFile): Finding[] {
  if (outside === undefined) return [];
  if (during === undefined) {
    const message = '"outside" goes with "during": without a calendar nothing is outside of it';
    return [
      {
        path: ['outside'],
        on: 'key',
        code: 'key-without-effect',
        message,
        remedy: 'Add "during": "<calendar>", or remove "outside".',
      },
    ];
  }
  if (outside === 'skip' || every === undefined) return [];
  return [
    {
      path: ['outside'],
      code: 'no-waiting',
      message: 'a schedule rule does not wait: the next tick after the opening looks anyway',
      remedy: 'Write "skip", or leave "outside" out.',
    },
  ];
}

function checkClock({ clock, for: lasting, during }: RuleFile): Finding[] {
  if (clock !== 'business') return [];
  if (lasting === undefined) {
    const message = '"clock": "business" goes with "for": only a hold has a clock';
    return [{ path: ['clock'], on: 'key', code: 'key-without-effect', message, remedy: 'Remove "clock".' }];
  }
  if (during !== undefined) return [];
  const message = '"clock": "business" needs "during": the hours in which the clock runs';
  const remedy = 'Add "during" with the name of a calendar of calendars.json.';
  return [{ path: ['clock'], on: 'key', code: 'clock-without-calendar', message, remedy }];
}

function checkCalendar(
  { during, clock, for: lasting }: RuleFile,
  calendars: ReadonlyMap<string, CalendarFile>,
): Finding[] {
  if (during === undefined) return [];
  const calendar = calendars.get(during);
  if (calendar === undefined) {
    const message = `calendars.json has no calendar "${during}"`;
    const remedy =
      calendars.size === 0
        ? 'Write it: calendars.json beside the rule, with { "<name>": { "zone": …, "hours": … } }.'
        : suggestion(during, calendars.keys());
    return [{ path: ['during'], code: 'unknown-calendar', message, remedy }];
  }
  const forMs = clock === 'business' && lasting !== undefined ? parseDuration(lasting) : undefined;
  const openMs = createOpeningPlan(calendar).openTimeWithin(LOOK_AHEAD_DAYS);
  if (forMs === undefined || forMs <= openMs) return [];
  return [
    {
      path: ['for'],
      code: 'never-due',
      message: `"${during}" is open for ${formatDuration(openMs)} within ${LOOK_AHEAD_DAYS} days: this hold would never be due`,
      remedy: 'Write a shorter time: with "clock": "business" only open hours count.',
    },
  ];
}
