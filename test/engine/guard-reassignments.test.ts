import { expect, test } from 'vitest';
import type { Rule } from '../../src/domain/rule.ts';
import type { JudgedNotice } from '../../src/engine/subject-state.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent, Timeline } from '../support/timeline.ts';

const ASSIGN = anAction('zoho.assignSession', { pick: 'leastBusy' }, { id: 'assign' });
const TELL = anAction('slack.post', { channel: '#ops', text: 'x' }, { id: 'tell' });
const at = (minute: number) => START + minute * MINUTE;

const reassigning = (rule: Partial<Rule> & { id: string }) =>
  aRule({
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    conditions: { all: [] },
    actions: [ASSIGN, TELL],
    ...rule,
  });

/** Two agents between whom the chat goes back and forth. */
const handOver = (minute: number) => statusEvent(at(minute), 'ON_HOLD', { currentAssigneeId: `a${minute % 2}` });

async function play(rules: Rule[], minutes: number[]) {
  const chat = new Timeline(rulesetOf(rules));
  const notices: JudgedNotice[] = chat.notices;
  for (const minute of minutes) await chat.run(at(minute), handOver(minute));
  const types = (type: string) => chat.actions.filter(({ spec }) => spec.type === type).length;
  return { chat, notices, assignments: types('zoho.assignSession'), posts: types('slack.post') };
}

test('all rules together reassign a chat three times within an hour, whatever they say; the rest of a firing goes on', async () => {
  const { chat, assignments, posts, notices } = await play(
    [reassigning({ id: 'one' }), reassigning({ id: 'two' })],
    [0, 1, 2],
  );
  expect(assignments).toBe(3);
  expect(posts).toBe(6);
  const limited = chat.decisions.filter(({ outcome }) => outcome === 'limited');
  expect(limited.map(({ ruleId }) => ruleId)).toEqual(['two', 'one', 'two']);
  expect(limited[0]?.reason).toContain('3 times within 1h');
  expect(notices[0]).toMatchObject({ kind: 'reassignments', sessionId: 's1', ruleId: 'two', times: 3 });
});

test('after the hour it may go on, and each chat counts for itself', async () => {
  const { chat, assignments } = await play([reassigning({ id: 'one' })], [0, 1, 2, 3, 59, 60, 61]);
  expect(assignments).toBe(5);
  await chat.run(at(62), statusEvent(at(62), 'ON_HOLD', { sessionId: 's1' }));
  const other = new Timeline(rulesetOf([reassigning({ id: 'one' })]), 's2', chat.limits);
  await other.run(at(62), statusEvent(at(62), 'ON_HOLD', { sessionId: 's2' }));
  expect(other.actions.some(({ spec }) => spec.type === 'zoho.assignSession')).toBe(true);
});

test('what fell due during a downtime counts by when it is carried out', async () => {
  const chat = new Timeline(rulesetOf([reassigning({ id: 'one' })]));
  await chat.run(at(300), handOver(0), handOver(61), handOver(122), handOver(183));
  expect(chat.actions.filter(({ spec }) => spec.type === 'zoho.assignSession')).toHaveLength(3);
});

test('a rule in shadow takes no place', async () => {
  const { assignments, notices } = await play(
    [reassigning({ id: 'one' }), reassigning({ id: 'shadow', mode: 'shadow' })],
    [0, 1, 2],
  );
  expect(assignments).toBe(3);
  expect(notices).toEqual([]);
});

test('an assignment for a failure is left out, its action is not', async () => {
  const failing = { ...TELL, onFailure: [ASSIGN, { ...TELL, id: 'other' }] };
  const { chat } = await play([reassigning({ id: 'one', actions: [failing] })], [0, 1, 2, 3]);
  expect(chat.actions.map(({ spec }) => spec.onFailure.length)).toEqual([2, 2, 2, 1]);
});

test('the limit is a matter of configuration', async () => {
  const chat = new Timeline(rulesetOf([reassigning({ id: 'one' })]));
  chat.maxReassignments = 1;
  for (const minute of [0, 1]) await chat.run(at(minute), handOver(minute));
  expect(chat.actions.filter(({ spec }) => spec.type === 'zoho.assignSession')).toHaveLength(1);
});
