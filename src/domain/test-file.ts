import * as z from 'zod';
import { ACTION_STATES, ACTION_TYPES, DESTINATION_NAMES } from './action.ts';
import { ALERT_STATES } from './alert.ts';
import { calendarSchema, WEEKDAYS } from './calendar-file.ts';
import { OUTCOMES } from './decision.ts';
import { MAX_MUTE_TEXT } from './mute.ts';

/**
 * The test files of rules, `<id>.test.json`: timelines in virtual time, and what must have happened by each moment. As
 * with the rule files, one schema gives the types, the editor's JSON Schema and the strict check.
 */
const text = (max: number) => z.string().min(1).max(max);
const offset = z
  .string()
  .regex(/^(?=.)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?$/, 'is not a time since the start such as 0s, 15m or 1h30m')
  .describe('Time since the start: 0s, 14m59s, 2h');
/** Recordings are exact: in the order of milliseconds a hold fires or does not. */
const moment = z
  .string()
  .regex(
    /^(?=.)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d{1,3}ms)?$/,
    'is not a time since the start such as 0s, 15m or 1h30m',
  )
  .describe('Time since the start: 0s, 14m59s, 2h; recordings have milliseconds too (1s250ms)');
const id = text(100);

const agentSchema = z.strictObject({
  id: id.describe('Desk agent id'),
  name: text(200).optional(),
  zuid: id.optional().describe('Zoho user id, which events carry as currentAssigneeId; default: the id'),
  online: z.boolean().optional().describe('Default true'),
  sessions: z.int().min(0).optional().describe('Open chats; default 0'),
  departments: z.array(id).max(50).optional(),
});

const channelSchema = z.strictObject({
  id,
  name: text(200).optional(),
  departmentId: id.optional(),
  integration: text(64).optional(),
  usualSilence: offset
    .optional()
    .describe('The longest that it is ever silent, at any hour of the week; without it nobody knows'),
});

/** How a destination answers for a while. */
const faultSchema = z.strictObject({
  destination: z.enum(['slack', 'zoho-desk', 'http']),
  answer: z
    .enum(['down', 'refused', 'lost', 'not_connected'])
    .describe('down: tried again later; refused: for good; lost: done, but the answer is lost; not_connected'),
  from: offset.optional().describe('Default: the start'),
  to: offset.optional().describe('Default: for ever'),
});

const muteTimes = {
  from: offset.optional().describe('Default: from when it is said'),
  reason: text(MAX_MUTE_TEXT).optional(),
};
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is no time of a day such as 22:00');

/** What keeps Slack quiet, as `vigia silence add` makes it. */
const silenceSchema = z
  .strictObject({
    rule: id.optional(),
    channel: text(200).optional().describe('Id, or a name of directory.json'),
    session: id.optional(),
    agent: text(200).optional().describe('Id, or a name'),
    everything: z.literal(true).optional().describe('Said where nothing else is'),
    ...muteTimes,
    to: offset.optional().describe('Default: 31 days later'),
    recurrence: z
      .strictObject({ zone: text(64), days: z.array(z.enum(WEEKDAYS)).min(1).max(7), from: time, to: time })
      .optional()
      .describe('In force only at these times of the week'),
  })
  .describe('Cards wait and messages are not sent, about everything that it names');

/** What stops actions, as `vigia pause` makes it. */
const pauseSchema = z
  .strictObject({
    rule: id.optional(),
    destination: z.enum(DESTINATION_NAMES).optional(),
    channel: text(200).optional().describe('Id, or a name of directory.json'),
    everything: z.literal(true).optional(),
    actions: z.enum(['wait', 'drop']).describe('What becomes of what it stops'),
    ...muteTimes,
    to: offset.optional().describe('Default: never'),
  })
  .refine(({ rule, destination, channel, everything }) => {
    return [rule, destination, channel, everything].filter((one) => one !== undefined).length === 1;
  }, 'names exactly one of rule, destination, channel, everything')
  .describe('Actions wait or are dropped');

export const worldSchema = z.strictObject({
  channels: z.array(channelSchema).max(200).optional(),
  agents: z.array(agentSchema).max(500).optional(),
  faults: z.array(faultSchema).max(50).optional(),
  silences: z.array(silenceSchema).max(50).optional(),
  pauses: z.array(pauseSchema).max(50).optional(),
  echo: offset
    .optional()
    .describe('How long after an action changed a chat Zoho Desk tells of it by an event; without it, it never does'),
  cardBudget: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Cards of their own that a Slack channel gets in a minute (SLACK_CARD_BUDGET); without it there is no bound',
    ),
});
export type World = z.infer<typeof worldSchema>;

/** What only the beginning of a test can say. */
const firstWorldSchema = worldSchema.extend({
  calendars: z
    .record(text(64), calendarSchema)
    .optional()
    .describe('Calendars by name, in place of those of calendars.json'),
});
export type FirstWorld = z.infer<typeof firstWorldSchema>;
export type WorldFault = z.infer<typeof faultSchema>;

const eventSchema = z
  .looseObject({
    type: text(100).describe('IM_Session_Status, IM_Message_Add …'),
    sessionId: id.optional().describe('The chat; further fields are the fields of the event'),
  })
  .describe('An event as Zoho sends it: its type, and the fields of its payload');

const clickSchema = z.strictObject({
  button: z.enum(['acknowledge', 'snooze', 'resolve']),
  rule: id.optional().describe('Whose card; default: the rule of this file'),
  session: id.optional().describe('Of which chat; default: the only one that has a card'),
  for: moment.optional().describe('How long to snooze; default 30m'),
  by: text(100).optional(),
});

const expectedActionSchema = z.strictObject({
  type: z.enum(ACTION_TYPES),
  rule: id.optional(),
  session: id.optional(),
  state: z.enum(ACTION_STATES).optional().describe('Default delivered'),
  params: z.record(z.string(), z.json()).optional().describe('A part of what was sent, or of its result'),
});

const expectedDecisionSchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  rule: id.optional(),
  session: id.optional(),
});

const expectedCardSchema = z.strictObject({
  state: z.enum(ALERT_STATES),
  rule: id.optional(),
  session: id.optional(),
});

const stepSchema = z.strictObject({
  at: moment,
  event: eventSchema.optional(),
  events: z.array(eventSchema).min(1).max(1_000).optional(),
  happenedAt: moment.optional().describe('When the event happened, if it comes late; default: now'),
  click: clickSchema.optional().describe("A person's click on a card"),
  edit: z
    .record(id, z.record(z.string(), z.json()).nullable())
    .optional()
    .describe('Rules that are edited now: keys that change, null for one that goes; null for a rule that is removed'),
  down: moment.optional().describe('How long the service is down from now on: nothing is judged meanwhile'),
  world: worldSchema.optional().describe('What is different in the world from now on: agents and channels by id'),
  expect: z
    .array(expectedActionSchema)
    .max(1_000)
    .optional()
    .describe('Exactly what was done since the last expect; [] means nothing'),
  decisions: z
    .array(expectedDecisionSchema)
    .max(1_000)
    .optional()
    .describe('Exactly what was decided since the last decisions'),
  cards: z.array(expectedCardSchema).max(1_000).optional().describe('How the cards stand, all of them'),
});
export type TestStep = z.infer<typeof stepSchema>;
export type ExpectedAction = z.infer<typeof expectedActionSchema>;

const testSchema = z.strictObject({
  name: text(300),
  start: z.iso
    .datetime({ offset: true, error: 'is not a time with its offset such as 2026-03-02T10:00:00-03:00' })
    .optional()
    .describe('The virtual time of 0s; default 2026-03-02T10:00:00-03:00, a Monday'),
  with: z.array(id).max(100).optional().describe('Further rules that are in force; "*" for all of the folder'),
  world: firstWorldSchema.optional(),
  steps: z.array(stepSchema).min(1).max(1_000),
});
export type RuleTest = z.infer<typeof testSchema>;

export const testFileSchema = z.strictObject({
  $schema: z.string().optional(),
  tests: z.array(testSchema).min(1).max(500),
});
