import { describe, expect, it } from 'vitest';
import { eventRule, expectFault, expectFine, holdRule, holdWith } from './support.ts';

const OF_EVENT = '{ "fact": ▶"event", "path": "$.sessionStatus", "operator": "equal", "value": "OPEN" }';

describe('what a hold may read', () => {
  it('is the state', () => {
    expectFine(holdWith('{ "fact": "channel", "path": "$.integration", "operator": "equal", "value": "WHATSAPP" }'));
  });

  it.each([
    OF_EVENT,
    '{ "fact": ▶"transition", "path": "$.to", "operator": "equal", "value": "OPEN" }',
    '{ "fact": ▶"transition", "operator": "changedTo", "value": "OPEN" }',
    '{ "fact": ▶"clock", "path": "$.hour", "operator": "greaterThan", "value": 8 }',
    '{ "fact": "session", "path": "$.statusSince", "operator": ▶"olderThan", "value": "15m" }',
    '{ "fact": "session", "path": "$.statusSince", "operator": ▶"newerThan", "value": "15m" }',
    '{ "fact": "session", "path": "$.channelId", "operator": "equal", "value": ▶{ "fact": "event", "path": "$.channelId" } }',
  ])('is not %s', (condition) => {
    expectFault('not-in-hold', holdWith(condition));
    expectFine(eventRule({ conditions: `{ "all": [ ${condition.replace('▶', '')} ] }` }));
  });

  it('is no hours: the remedy is the calendar of the rule', () => {
    const hour = '{ "fact": ▶"clock", "path": "$.hour", "operator": "lessThan", "value": 18 }';
    expect(expectFault('not-in-hold', holdWith(hour)).remedy).toContain('"during"');
  });

  it('goes for named conditions where they are used', () => {
    const conditions = {
      'conditions.json': `{ "opened": ${OF_EVENT.replace('▶', '')}, "outer": { "all": [ { "condition": "opened" } ] } }`,
    };
    expectFine(eventRule({ conditions: '{ "condition": "outer" }' }), conditions);
    const fault = expectFault('not-in-hold', holdRule({ conditions: '{ "condition": ▶"outer" }' }), conditions);
    expect(fault.message).toContain('in "outer"');
  });
});

describe('what an event rule may read', () => {
  const transition = '{ "all": [ { "fact": ▶"transition", "path": "$.to", "operator": "equal", "value": "OPEN" } ] }';

  it('a transition only where events have one', () => {
    expectFault('never-there', eventRule({ on: '["IM_Message_Add"]', conditions: transition }));
    expectFine(eventRule({ on: '["IM_Message_Add", "IM_Session_Status"]', conditions: transition.replace('▶', '') }));
  });

  it('a session only where events belong to a chat', () => {
    const session = '{ "all": [ { "fact": ▶"session", "path": "$.status", "operator": "equal", "value": "OPEN" } ] }';
    expectFault('never-there', eventRule({ on: '["Ticket_Add"]', conditions: session }), {}, 'warning');
    expectFine(eventRule({ on: '["Ticket_Add", "IM_Message_Add"]', conditions: session.replace('▶', '') }));
  });
});

describe('what an episode goes by', () => {
  it.each(['"session.assigneeId"', '"channel.departmentId"', '"session.timeIn.ON_HOLD"'])('%s', (path) => {
    expectFine(holdRule({ episodeBy: `[${path}]` }));
  });

  it.each([
    ['"$.assigneeId"', 'bad-episode-by'],
    ['"session"', 'bad-episode-by'],
    ['"session.timeIn"', 'bad-episode-by'],
    ['"session."', 'bad-episode-by'],
    ['"event.channelId"', 'bad-episode-by'],
    ['"clock.hour"', 'bad-episode-by'],
    ['"sesion.assigneeId"', 'bad-episode-by'],
    ['"session.asigneeId"', 'unknown-path'],
  ])('not %s', (path, code) => {
    expectFault(code, holdRule({ episodeBy: `["session.channelId", ▶${path}]` }));
  });
});
