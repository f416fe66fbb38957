import type { Calendar } from '../../domain/calendar.ts';
import { findSlackChannel } from '../../domain/directory.ts';
import { formatDuration, getDuration } from '../../domain/duration.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { DEFAULT_START } from '../../trial/run-test.ts';
import { formatOffset } from '../reporters/test-reporter.ts';
import { ALWAYS, type Answers } from './questions.ts';

/** A new rule and its test, as their files say it. */
export interface Draft {
  rule: JsonObject;
  test: JsonObject;
}

const SECOND = 1_000;
const MINUTE = 60_000;
/** When tests begin that say nothing of it. */
const DEFAULT_AT = Date.parse(DEFAULT_START);

/** The rule that the answers ask for: all of them are there and have been found good. */
export function draftRule(answers: Answers, ruleset: Ruleset): Draft {
  const { name = '', kind, slack = '', during } = answers;
  const hours: JsonObject = during === undefined || during === ALWAYS ? {} : { during };
  const parts = kind === 'event' ? ofEvent(answers) : kind === 'schedule' ? ofSchedule(answers) : ofHold(answers);
  const { type, text } = parts;
  const rule: JsonObject = {
    $schema: './rule.schema.json',
    name,
    ...parts.trigger,
    ...hours,
    conditions: { all: parts.conditions },
    actions: [{ type, params: { channel: slack, text } }],
  };
  const told = { type, params: { channel: findSlackChannel(ruleset.directory, slack) ?? slack } };
  const calendar = during === undefined ? undefined : ruleset.calendars.get(during);
  const start = startOf(parts, (at) => (calendar === undefined ? at : calendar.nextOpen(at)));
  const tests = parts.tests(told).map((one): JsonObject => ({ name: one.name, ...toStart(start), steps: one.steps }));
  if (calendar !== undefined) tests.push(...testOutside(parts, calendar, told));
  return { rule, test: { $schema: './test.schema.json', tests } };
}

interface Parts {
  trigger: JsonObject;
  conditions: JsonObject[];
  type: 'slack.alert' | 'slack.post';
  text: string;
  /** From the test's start to the firing. */
  dueMs: number;
  /** It fires at multiples of this since the epoch only. */
  everyMs?: number;
  tests(told: JsonObject): { name: string; steps: JsonObject[] }[];
}

function ofHold({ status = '', assignee = '', for: lasting = '' }: Answers): Parts {
  const forMs = getDuration(lasting);
  const other = status === 'ENDED' ? 'OPEN' : 'ENDED';
  const enters = statusEvent('s1', status, whoHas(assignee));
  const leaves = { ...statusEvent('s1', other, {}), sessionOldStatus: status };
  return {
    trigger: { for: lasting },
    conditions: [equal('status', status), ...assigneeIs(assignee)],
    type: 'slack.alert',
    text: `Chat {{ session.id }} on {{ channel.name }} has been ${status} for {{ hold.elapsed | duration }}.`,
    dueMs: forMs,
    tests: (told) => [
      {
        name: `after ${formatDuration(forMs)} it is told, and the card is resolved when it is over`,
        steps: [
          { at: '0s', event: enters },
          { at: formatOffset(forMs - SECOND), expect: [] },
          { at: formatOffset(forMs), expect: [told], cards: [{ state: 'open' }] },
          { at: formatOffset(forMs + MINUTE), event: leaves, cards: [{ state: 'resolved' }] },
        ],
      },
      {
        name: 'over before that: nothing is told',
        steps: [
          { at: '0s', event: enters },
          { at: formatOffset(forMs - SECOND), event: leaves },
          { at: formatOffset(forMs + MINUTE), expect: [] },
        ],
      },
      {
        name: 'another chat is left alone',
        steps: [
          {
            at: '0s',
            events: [
              statusEvent('s1', other, whoHas(assignee)),
              ...(assigneeIs(assignee).length === 0 ? [] : [statusEvent('s2', status, whoHasElse(assignee))]),
            ],
          },
          { at: formatOffset(forMs + MINUTE), expect: [] },
        ],
      },
    ],
  };
}

function ofEvent({ status = '' }: Answers): Parts {
  const other = status === 'OPEN' ? 'ON_HOLD' : 'OPEN';
  return {
    trigger: { on: ['IM_Session_Status'] },
    conditions: [{ fact: 'transition', operator: 'changedTo', value: status }],
    type: 'slack.post',
    text: `Chat {{ session.id }} on {{ channel.name }} is ${status} now.`,
    dueMs: 0,
    tests: (told) => [
      {
        name: `a change to ${status} is told, and nothing else is`,
        steps: [
          { at: '0s', event: { ...statusEvent('s1', status, {}), sessionOldStatus: other }, expect: [told] },
          { at: '1m', event: { ...statusEvent('s1', status, {}), sessionOldStatus: status }, expect: [] },
          { at: '2m', event: { ...statusEvent('s1', other, {}), sessionOldStatus: status }, expect: [] },
        ],
      },
    ],
  };
}

function ofSchedule({ status = '', every = '', above = '' }: Answers): Parts {
  const everyMs = getDuration(every);
  const many = Number(above) + 1;
  const chats = Array.from({ length: many }, (_, index) => statusEvent(`s${index + 1}`, status, {}));
  const fewer = chats.slice(1);
  return {
    trigger: { every },
    conditions: [{ fact: 'queue', params: { status }, path: '$.count', operator: 'greaterThan', value: Number(above) }],
    type: 'slack.alert',
    text: `{{ queue.count }} chats are ${status}.`,
    dueMs: everyMs,
    everyMs,
    tests: (told) => [
      {
        name: `${many} with the status: told`,
        steps: [
          { at: '0s', events: chats },
          { at: formatOffset(everyMs), expect: [told], cards: [{ state: 'open' }] },
        ],
      },
      {
        name: `${fewer.length} with it: not told`,
        steps: [
          ...(fewer.length === 0 ? [] : [{ at: '0s', events: fewer }]),
          { at: formatOffset(everyMs), expect: [] },
        ],
      },
    ],
  };
}

function equal(field: string, value: string): JsonObject {
  return { fact: 'session', path: `$.${field}`, operator: 'equal', value };
}

function assigneeIs(assignee: string): JsonObject[] {
  if (assignee === 'nobody') return [{ fact: 'session', path: '$.assigneeId', operator: 'exists', value: false }];
  return assignee === 'agent' || assignee === 'bot' ? [equal('assigneeType', assignee.toUpperCase())] : [];
}

function whoHas(assignee: string): JsonObject {
  if (assignee !== 'agent' && assignee !== 'bot') return {};
  return { currentAssigneeId: `${assignee}-1`, assigneeType: assignee.toUpperCase() };
}

/** Somebody whose chats are not meant. */
function whoHasElse(assignee: string): JsonObject {
  return whoHas(assignee === 'agent' ? 'bot' : 'agent');
}

function statusEvent(sessionId: string, sessionStatus: string, more: JsonObject): JsonObject {
  return { type: 'IM_Session_Status', sessionId, sessionStatus, channelId: 'c1', ...more };
}

/** Of a schedule that is seldom within its hours, so many moments are looked at. */
const MAX_TICKS = 10_000;

/**
 * A start from which the firing falls onto a moment that is wanted, and of the schedule if there is one: epoch ms, that of
 * tests by default where it does; undefined where there is none in the next months.
 * @param next the first such moment at `at` or later
 */
function startOf({ dueMs, everyMs }: Parts, next: (at: number) => number | undefined): number | undefined {
  const usual = DEFAULT_AT + dueMs;
  let due: number | undefined;
  if (everyMs === undefined) due = next(usual);
  else {
    const first = Math.ceil(usual / everyMs) * everyMs;
    const ticks = Array.from({ length: MAX_TICKS }, (_, index) => first + index * everyMs);
    due = ticks.find((tick) => next(tick) === tick);
  }
  return due === undefined ? undefined : due - dueMs;
}

/** The same as what is told first, where the firing falls outside the hours. A calendar that never closes has no outside. */
function testOutside(parts: Parts, calendar: Calendar, told: JsonObject): JsonObject[] {
  const start = startOf(parts, (at) => calendar.nextClose(at));
  const [first] = parts.tests(told);
  if (start === undefined || first === undefined) return [];
  const isTold = ({ expect }: JsonObject) => Array.isArray(expect) && expect.length > 0;
  const until = first.steps.findIndex(isTold);
  const steps = first.steps
    .slice(0, until + 1)
    .map(({ cards: _, ...step }): JsonObject => (isTold(step) ? { ...step, expect: [] } : step));
  return [{ name: 'outside the hours nothing is told', ...toStart(start), steps }];
}

function toStart(at: number | undefined): { start?: string } {
  return at === undefined || at === DEFAULT_AT ? {} : { start: new Date(at).toISOString().replace('.000Z', 'Z') };
}
