import { describe, expect, test } from 'vitest';
import { RECONCILE_SOURCE } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Session } from '../../src/domain/session.ts';
import type { OwnChange } from '../../src/engine/own-changes.ts';
import { toTransition } from '../../src/engine/to-ledger.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { START, statusEvent, Timeline } from '../support/timeline.ts';

const SECOND = 1_000;
const assigned: OwnChange = {
  kind: 'assign',
  actionId: 'act1',
  startedAt: START,
  assignees: ['desk-2', 'zuid-2'],
  complete: true,
  from: 'zuid-1',
};
const held: OwnChange = { kind: 'status', actionId: 'act2', startedAt: START, status: 'ON_HOLD' };

const session: Session = {
  orgId: 'o1',
  id: 's1',
  status: 'OPEN',
  assigneeId: 'zuid-1',
  createdAt: START - 1,
  holds: 0,
  reassignments: 0,
  messagesIn: 0,
  messagesOut: 0,
  timeIn: {},
  lastEventAt: START - 1,
};

function causeOf(changes: OwnChange[], at: number, payload: JsonObject & { old?: string }, before = session) {
  const { sessionStatus = 'OPEN', ...more } = payload;
  return toTransition(statusEvent(at, String(sessionStatus), more), 's1', before, changes).causedBy;
}

describe('an event that shows what an action of ours did', () => {
  test('is linked to it by the new assignee, under any of the ids that name them', () => {
    expect(causeOf([assigned], START + SECOND, { currentAssigneeId: 'zuid-2' })).toBe('act1');
    expect(causeOf([assigned], START + SECOND, { currentAssigneeId: 'desk-2' })).toBe('act1');
    expect(causeOf([assigned], START + SECOND, { currentAssigneeId: 'zuid-3' })).toBeUndefined();
    expect(causeOf([assigned], START + SECOND, { currentAssigneeId: null })).toBeUndefined();
  });

  test('is linked also before it is known whom a pick has chosen, unless it still shows who had the chat', () => {
    const underWay: OwnChange = { ...assigned, assignees: [], complete: false };
    expect(causeOf([underWay], START + SECOND, { currentAssigneeId: 'zuid-7' })).toBe('act1');
    expect(causeOf([underWay], START + SECOND, { currentAssigneeId: 'zuid-1' })).toBeUndefined();
  });

  test('is linked by the status that it enters', () => {
    expect(causeOf([held], START, { sessionStatus: 'ON_HOLD', old: 'OPEN' })).toBe('act2');
    expect(causeOf([held], START, { sessionStatus: 'ON_HOLD', old: 'ON_HOLD' })).toBeUndefined();
    expect(causeOf([held], START, { sessionStatus: 'ENDED', old: 'OPEN' })).toBeUndefined();
  });

  test.each([
    ['two minutes after the attempt', 120 * SECOND, 'act1'],
    ['later than that', 121 * SECOND, undefined],
    ['five seconds before it, by the clock of Zoho', -5 * SECOND, 'act1'],
    ['earlier than that', -6 * SECOND, undefined],
  ])('counts within the window: %s', (_, offset, expected) => {
    expect(causeOf([assigned], START + offset, { currentAssigneeId: 'zuid-2' })).toBe(expected);
  });

  test('what the new assignee does next is not ours', () => {
    const after = { ...session, assigneeId: 'zuid-2', lastEventAt: START + SECOND };
    const answer = { sessionStatus: 'ON_PROGRESS', old: 'OPEN', currentAssigneeId: 'zuid-2' };
    expect(causeOf([assigned], START + 30 * SECOND, answer, after)).toBeUndefined();
  });
});

test('rules may ask whether it was us, and whether no webhook told', async () => {
  const rule = (id: string, path: string) =>
    aRule({
      id,
      trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
      conditions: { all: [{ fact: 'transition', path, operator: 'equal', value: true }] },
      actions: [anAction('record', { dataset: 'd', fields: {} })],
    });
  const chat = new Timeline(rulesetOf([rule('ours', '$.ours'), rule('inferred', '$.inferred')]));
  chat.ownChanges = [assigned];
  await chat.run(START, statusEvent(START, 'OPEN', { currentAssigneeId: 'zuid-1' }));
  expect(chat.outcomes()).toEqual([]);
  await chat.run(START + SECOND, statusEvent(START + SECOND, 'OPEN', { currentAssigneeId: 'zuid-2' }));
  expect(chat.outcomes()).toEqual(['ours fired']);
  const found = { ...statusEvent(START + 9 * SECOND, 'ENDED', { old: 'OPEN' }), source: RECONCILE_SOURCE };
  await chat.run(START + 9 * SECOND, found);
  expect(chat.outcomes()).toEqual(['ours fired', 'inferred fired']);
  expect(chat.state.session).toMatchObject({ status: 'ENDED', statusSinceApproximate: true });
});
