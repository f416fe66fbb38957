import { describe, expect, it } from 'vitest';
import { eventRule, eventWith, expectFault, expectFine, holdRule, holdWith } from './support.ts';

const leaf = (operator: string, value: string, path = '$.status') =>
  `{ "fact": "session", "path": "${path}", "operator": ${operator}, "value": ${value} }`;
const exists = (path = '$.status', value = 'true') => leaf('"exists"', value, path);

describe('what a field is not', () => {
  it.each([
    ['notEqual', '"OPEN"'],
    ['notIn', '["OPEN"]'],
    ['not:equal', '"OPEN"'],
    ['not:in', '["OPEN"]'],
    ['not:startsWith', '"O"'],
  ])('%s of a field that may be absent wants an exists beside it', (operator, value) => {
    const fault = expectFault('negation-of-absent', holdWith(leaf(`▶"${operator}"`, value)));
    expect(fault.message).toBe('session.status may be absent, and then this holds too');
    expectFine(holdWith(leaf(`"${operator}"`, value), exists()));
  });

  it('not: the same', () => {
    expectFault('negation-of-absent', holdWith(`{ "not": ${leaf('▶"equal"', '"OPEN"')} }`));
    expectFine(holdWith(`{ "not": ${leaf('"equal"', '"OPEN"')} }`, exists()));
    expectFine(holdWith(`{ "not": { "all": [ ${leaf('"equal"', '"OPEN"')}, ${exists()} ] } }`));
    expectFine(holdWith(`{ "not": ${leaf('"notEqual"', '"OPEN"')} }`));
    expectFine(holdWith(`{ "not": { "not": ${leaf('"equal"', '"OPEN"')} } }`));
  });

  it('an exists around it counts, one elsewhere or on another field does not', () => {
    expectFine(holdWith(exists(), `{ "any": [ ${leaf('"notEqual"', '"OPEN"')} ] }`));
    expectFine(
      holdRule({ conditions: `{ "any": [ ${exists('$.status', 'false')}, ${leaf('"notEqual"', '"OPEN"')} ] }` }),
    );
    expectFine(holdWith(`{ "all": [ ${exists()} ] }`, leaf('"notEqual"', '"OPEN"')));
    expectFault(
      'negation-of-absent',
      holdWith(`{ "any": [ ${exists()}, ${exists('$.replyStatus')} ] }`, leaf('▶"notEqual"', '"OPEN"')),
    );
    expectFault('negation-of-absent', holdWith(exists('$.replyStatus'), leaf('▶"notEqual"', '"OPEN"')));
  });

  it('a named condition that says exists counts', () => {
    const conditions = { 'conditions.json': `{ "seen": { "all": [ ${exists()} ] } }` };
    expectFine(holdWith('{ "condition": "seen" }', leaf('"notEqual"', '"OPEN"')), conditions);
  });

  it('a field that is always there needs none', () => {
    expectFine(holdWith(leaf('"notEqual"', '3', '$.holds')));
    expectFine(eventWith('{ "fact": "transition", "path": "$.late", "operator": "notEqual", "value": true }'));
  });

  it('a transition may be absent where other events fire the rule too', () => {
    const conditions = (operator: string) =>
      `{ "all": [ { "fact": "transition", "path": "$.late", "operator": ${operator}, "value": true } ] }`;
    const on = '["IM_Session_Status", "IM_Message_Add"]';
    expectFault('negation-of-absent', eventRule({ on, conditions: conditions('▶"notEqual"') }));
    expectFine(eventRule({ on, conditions: conditions('"equal"') }));
  });

  it('any other field of an event may be absent', () => {
    expectFault(
      'negation-of-absent',
      eventWith('{ "fact": "event", "path": "$.cf.vip", "operator": ▶"notEqual", "value": true }'),
    );
  });

  it('of a missing list nothing is true, so lists need none', () => {
    expectFine(eventWith('{ "fact": "event", "path": "$.tags", "operator": "someFact:notEqual", "value": "a" }'));
    expectFault(
      'negation-of-absent',
      eventWith('{ "fact": "event", "path": "$.tags", "operator": ▶"doesNotContain", "value": "a" }'),
    );
    expectFault(
      'negation-of-absent',
      eventWith('{ "fact": "event", "path": "$.tags", "operator": ▶"not:someFact:equal", "value": "a" }'),
    );
  });
});
