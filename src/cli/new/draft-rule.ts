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
  const tests = parts
    .tests(told)
    .map((one): JsonObject => ({ name: one.name, ...startOf(parts, during, ruleset), steps: one.steps }));
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
  const enters = statusEvent('s1', status, { ...whoHas(assignee) });
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

function statusEvent(sessionId: string, sessionStatus: string, more: JsonObject): JsonObject {
  return { type: 'IM_Session_Status', sessionId, sessionStatus, channelId: 'c1', ...more };
}

/** Of a schedule that is seldom within its hours, so many moments are looked at. */
const MAX_TICKS = 10_000;

/** The usual time of tests where that does, else one from which the firing falls into the hours and onto a moment of the schedule. */
function startOf({ dueMs, everyMs }: Parts, during: string | undefined, { calendars }: Ruleset): { start?: string } {
  const calendar = during === undefined ? undefined : calendars.get(during);
  const usual = Date.parse(DEFAULT_START) + dueMs;
  let due: number | undefined;
  if (everyMs === undefined) due = calendar === undefined ? usual : calendar.nextOpen(usual);
  else {
    const first = Math.ceil(usual / everyMs) * everyMs;
    const ticks = Array.from({ length: calendar === undefined ? 1 : MAX_TICKS }, (_, index) => first + index * everyMs);
    due = ticks.find((tick) => calendar?.isOpen(tick) ?? true);
  }
  if (due === undefined || due === usual) return {};
  return { start: new Date(due - dueMs).toISOString().replace('.000Z', 'Z') };
}
