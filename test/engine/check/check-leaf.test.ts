import { describe, expect, it } from 'vitest';
import { eventWith, expectFault, expectFine, holdWith } from './support.ts';

const session = (path: string, operator: string, value: string) =>
  `{ "fact": "session", "path": ${path}, "operator": ${operator}, "value": ${value} }`;
const event = (path: string, operator: string, value: string) =>
  `{ "fact": "event", "path": ${path}, "operator": ${operator}, "value": ${value} }`;

describe('facts of conditions', () => {
  it('are known', () => {
    const fault = expectFault(
      'unknown-fact',
      holdWith('{ "fact": ▶"sesion", "path": "$.status", "operator": "equal", "value": "OPEN" }'),
    );
    expect(fault.remedy).toBe('Did you mean "session"?');
  });

  it('of templates are not for conditions', () => {
    expectFault(
      'unknown-fact',
      holdWith('{ "fact": ▶"hold", "path": "$.elapsed", "operator": "greaterThan", "value": 3 }'),
    );
  });

  it('are named as a whole only where that means something', () => {
    expectFault('wrong-operator', holdWith('{ "fact": "session", "operator": ▶"equal", "value": "OPEN" }'));
    expectFine(eventWith('{ "fact": "transition", "operator": "exists", "value": true }'));
  });
});

describe('paths', () => {
  it.each(['$.timeIn.ON_HOLD', "$.timeIn['ON_HOLD']"])('%s is one', (path) => {
    expectFine(holdWith(session(JSON.stringify(path), '"greaterThan"', '3')));
  });

  it.each([
    ['"▶status"', 'bad-path'],
    ['"$▶..status"', 'bad-path'],
    ['"$.a▶[?(@.b==1)]"', 'bad-path'],
    ['"$▶.*"', 'bad-path'],
    ['"$▶.__proto__.x"', 'bad-path'],
    ['"$.status▶.constructor"', 'bad-path'],
    ['▶"$.statu"', 'unknown-path'],
    ['▶"$.status.x"', 'unknown-path'],
  ])('%s is refused', (path, code) => {
    expectFault(code, holdWith(session(path, '"equal"', '"OPEN"')));
  });

  it('a status that nobody knows is told among the times in each status', () => {
    expectFault('unknown-value', holdWith(session('▶"$.timeIn.ONHOLD"', '"greaterThan"', '3')), {}, 'warning');
  });

  it('any field of an event may be read; one that looks like a slip is told', () => {
    expectFine(eventWith(event('"$.cf.vip"', '"equal"', 'true')));
    expectFault('unknown-path', eventWith(event('▶"$.sessionStatu"', '"equal"', '"OPEN"')), {}, 'warning');
  });
});

describe('operators', () => {
  it.each([
    ['"$.status"', '"equal"', '"OPEN"'],
    ['"$.status"', '"in"', '["OPEN", "ON_HOLD"]'],
    ['"$.status"', '"startsWith"', '"ON"'],
    ['"$.status"', '"exists"', 'true'],
    ['"$.timeIn"', '"exists"', 'true'],
    ['"$.holds"', '"between"', '[1, 3]'],
    ['"$.holds"', '"greaterThanInclusive"', '2'],
    ['"$.holds"', '"not:equal"', '2'],
    ['"$.status"', '"someValue:containsText"', '["on", "hold"]'],
    ['"$.messagesCount"', '"equal"', '{ "fact": "session", "path": "$.messagesIn" }'],
  ])('%s %s %s is fine', (path, operator, value) => {
    expectFine(holdWith(session(path, operator, value)));
  });

  it.each([
    ['▶"equals"', 'unknown-operator', 'Did you mean "equal"?'],
    ['▶"=="', 'unknown-operator', undefined],
    ['▶"nope:equal"', 'unknown-operator', undefined],
    ['▶"matches"', 'unknown-operator', undefined],
    ['▶"greaterThan"', 'wrong-operator', 'Use equal, in or exists.'],
    ['▶"contains"', 'wrong-operator', 'For a part of a text use containsText.'],
    ['▶"olderThan"', 'wrong-operator', undefined],
    ['▶"changedTo"', 'wrong-operator', undefined],
  ])('%s of a text is refused: %s', (operator, code, remedy) => {
    const fault = expectFault(code, eventWith(session('"$.status"', operator, '"OPEN"')));
    if (remedy !== undefined) expect(fault.remedy).toBe(remedy);
  });

  it.each([
    ['"$.createdAt"', '▶"greaterThan"', '5'],
    ['"$.createdAt"', '▶"startsWith"', '"2026"'],
    ['"$.timeIn"', '▶"equal"', '5'],
  ])('%s %s %s does not go together', (path, operator, value) => {
    expectFault('wrong-operator', eventWith(session(path, operator, value)));
  });

  it('changedTo judges the whole transition', () => {
    expectFine(eventWith('{ "fact": "transition", "operator": "changedTo", "value": "ON_HOLD" }'));
    expectFine(
      eventWith('{ "fact": "transition", "operator": "someValue:changedFrom", "value": ["OPEN", "CREATED"] }'),
    );
    expectFault(
      'wrong-operator',
      eventWith('{ "fact": "transition", "path": "$.to", "operator": ▶"changedTo", "value": "ON_HOLD" }'),
    );
    expectFault(
      'unknown-value',
      eventWith('{ "fact": "transition", "operator": "changedTo", "value": ▶"ONHOLD" }'),
      {},
      'warning',
    );
    expectFault('bad-value', eventWith('{ "fact": "transition", "operator": "changedTo", "value": ▶["ON_HOLD"] }'));
  });
});

describe('values', () => {
  it.each([
    ['"$.holds"', '"equal"', '▶"2"'],
    ['"$.holds"', '"greaterThan"', '▶"2"'],
    ['"$.holds"', '"between"', '▶[3, 1]'],
    ['"$.holds"', '"between"', '▶[3]'],
    ['"$.holds"', '"in"', '[1, ▶"2"]'],
    ['"$.id"', '"equal"', '▶654'],
    ['"$.id"', '"equal"', '▶null'],
    ['"$.id"', '"equal"', '▶""'],
    ['"$.id"', '"equal"', '▶["a"]'],
    ['"$.id"', '"in"', '▶"abc"'],
    ['"$.id"', '"in"', '▶[]'],
    ['"$.id"', '"in"', '["a", ▶null]'],
    ['"$.id"', '"exists"', '▶"true"'],
    ['"$.id"', '"startsWith"', '▶""'],
    ['"$.id"', '"someValue:startsWith"', '▶"a"'],
    ['"$.id"', '"equal"', '▶{ "fact": "session" }'],
    ['"$.id"', '"equal"', '▶{ "fact": "session", "path": "$.holds" }'],
    ['"$.id"', '"in"', '▶{ "fact": "session", "path": "$.id" }'],
    ['"$.createdAt"', '"olderThan"', '▶"15 minutes"'],
    ['"$.createdAt"', '"olderThan"', '▶900'],
    ['"$.createdAt"', '"newerThan"', '▶"0s"'],
  ])('%s %s %s is refused', (path, operator, value) => {
    expectFault('bad-value', eventWith(session(path, operator, value)));
  });

  it('another fact is checked like the first', () => {
    expectFine(eventWith(session('"$.channelId"', '"equal"', '{ "fact": "event", "path": "$.channelId" }')));
    expectFault('unknown-fact', eventWith(session('"$.id"', '"equal"', '{ "fact": ▶"sesion", "path": "$.id" }')));
    expectFault('unknown-path', eventWith(session('"$.id"', '"equal"', '{ "fact": "session", "path": ▶"$.idd" }')));
    expectFault('bad-path', eventWith(session('"$.id"', '"equal"', '{ "fact": "session", "path": "▶id" }')));
  });

  it('one outside the known vocabulary is told, with the nearest', () => {
    const fault = expectFault('unknown-value', holdWith(session('"$.status"', '"equal"', '▶"ON HOLD"')), {}, 'warning');
    expect(fault.remedy).toBe('Did you mean "ON_HOLD"? If it is new, keep it.');
    expectFault(
      'unknown-value',
      holdWith(session('"$.replyStatus"', '"in"', '["ACCEPTED", ▶"SOMETHING"]')),
      {},
      'warning',
    );
    expectFault('unknown-value', eventWith(event('"$.type"', '"equal"', '▶"IM_Session_State"')), {}, 'warning');
  });
});
