import * as z from 'zod';

/**
 * calendars.json as people write it: opening hours with a name, which rules use as `"during": "support-hours"`. What a
 * schema cannot say (zones, dates that do not exist, stretches that overlap) is checked in engine/check/.
 */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const DAY = `(?:${WEEKDAYS.join('|')})`;
const DAYS_PATTERN = new RegExp(`^${DAY}(?:-${DAY})?(?:,${DAY}(?:-${DAY})?)*$`);
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const STRETCH_PATTERN = new RegExp(`^${TIME}-(?:${TIME}|24:00)$`);

/** Names of calendars: they also stand in paths, `$.open.support-hours`. */
export const CALENDAR_NAME_PATTERN = /^(?!constructor$|prototype$)[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** Each is asked about at every event that is judged by rules that read the clock. */
export const MAX_CALENDARS = 50;

const stretches = z
  .array(
    z
      .string()
      .regex(STRETCH_PATTERN, 'is no stretch of a day such as 09:00-18:00')
      .describe('From and until, as "09:00-18:00"; "22:00-06:00" passes midnight, 24:00 is the end of a day'),
  )
  .max(20);

export const calendarSchema = z.strictObject({
  description: z.string().max(1_000).optional(),
  zone: z.string().min(1).max(64).describe('Name of the time zone, such as America/Sao_Paulo'),
  hours: z
    .record(
      z.string().regex(DAYS_PATTERN, 'names no days: write mon-fri, sat or sat,sun'),
      stretches.describe('The stretches of these days'),
    )
    .describe('The hours of a week by day: { "mon-fri": ["09:00-12:00", "13:00-18:00"] }; other days are closed'),
  exceptions: z
    .record(
      z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is no date: write the year, the month and the day, as in 2027-12-25'),
      z.strictObject({
        name: z.string().min(1).max(200).optional().describe('What the day is, such as the name of the holiday'),
        hours: stretches.describe('The hours of this date, in place of the usual ones; []: closed all day'),
      }),
    )
    .optional()
    .describe('By date: what is open that day, from 00:00 to 24:00; { "name": "Natal", "hours": [] } is a holiday'),
});
export type CalendarFile = z.infer<typeof calendarSchema>;

/** Every key but `$schema` is the name of a calendar; names are checked by the loader. */
export const calendarsFileSchema = z
  .object({ $schema: z.string().optional() })
  .catchall(calendarSchema)
  .describe('Opening hours with a name, which rules use as { "during": "<name>" }');
