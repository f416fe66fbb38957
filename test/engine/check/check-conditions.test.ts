import { describe, expect, it } from 'vitest';
import { eventRule, expectFault, expectFine, holdRule, load } from './support.ts';

const LEAF = '{ "fact": "session", "path": "$.status", "operator": "equal", "value": "ON_HOLD" }';
const withConditions = (conditions: string) => holdRule({ conditions });
const nested = (levels: number) => '{ "all": [ '.repeat(levels) + LEAF + ' ] }'.repeat(levels);

describe('the shape of conditions', () => {
  it('one group at the root', () => {
    expectFine(withConditions(`{ "any": [ ${LEAF} ] }`));
    expectFine(
      withConditions(
        `{ "not": { "all": [ ${LEAF}, { "fact": "session", "path": "$.status", "operator": "exists", "value": true } ] } }`,
      ),
    );
    expectFault('bad-root', withConditions(`▶${LEAF}`));
    expectFault('two-roots', withConditions(`{ "all": [ ${LEAF} ], ▶"any": [ ${LEAF} ] }`));
    expectFault(
      'two-roots',
      withConditions(
        `{ "all": [ { "fact": "session", "path": "$.id", "operator": "exists", "value": true, ▶"all": [] } ] }`,
      ),
    );
    expectFault('bad-condition', withConditions('▶{}'));
    const fault = expectFault('bad-condition', withConditions(`▶{ "al": [ ${LEAF} ] }`));
    expect(fault.remedy).toBe('Did you mean "all" instead of "al"?');
  });

  it('no empty group', () => {
    expectFault('too-small', withConditions('{ "any": ▶[] }'));
    expectFault('empty-group', withConditions('{ "all": ▶[] }'));
    expectFault('empty-group', withConditions(`{ "all": [ ${LEAF}, { "all": ▶[] } ] }`));
  });

  it('only an event rule may mean every event', () => {
    expectFine(eventRule({ conditions: '{ "all": [] }' }));
    expectFault('empty-group', eventRule({ conditions: '{ "any": [ { "all": ▶[] } ] }' }));
  });

  it('nesting and number are bounded', () => {
    expectFine(withConditions(nested(19)));
    expect(load(withConditions(nested(20))).faults.map(({ code }) => code)).toEqual(['nested-too-deep']);
    const many = (count: number) =>
      `{ "all": [ ${Array.from({ length: count }, () => `{ "any": [ ${Array(100).fill(LEAF).join(', ')} ] }`).join(', ')} ] }`;
    expectFine(withConditions(many(5)));
    expectFault('too-many-conditions', withConditions(`▶${many(6)}`));
  });

  it('named conditions count where they are used, however they multiply', () => {
    const doubling = Array.from({ length: 40 }, (_, index) => {
      const below = index === 0 ? LEAF : `{ "condition": "c${index - 1}" }`;
      return `"c${index}": { "all": [ ${below}, ${below} ] }`;
    });
    const conditions = `{ ${doubling.join(',\n')} }`;
    expectFault('too-many-conditions', withConditions('▶{ "condition": "c39" }'), { 'conditions.json': conditions });
    expectFine(withConditions('{ "condition": "c7" }'), { 'conditions.json': conditions });
  });
});

describe('named conditions', () => {
  it('are there', () => {
    expectFine(withConditions('{ "condition": "held" }'), { 'conditions.json': `{ "held": ${LEAF} }` });
    const fault = expectFault('unknown-condition', withConditions('{ "all": [ { "condition": ▶"heldd" } ] }'), {
      'conditions.json': `{ "held": ${LEAF} }`,
    });
    expect(fault.remedy).toBe('Did you mean "held"?');
    expectFault('unknown-condition', withConditions('{ "condition": ▶"held" }'));
  });

  it('never lead back to themselves', () => {
    expectFault('cyclic-condition', undefined, { 'conditions.json': '{ "a": { "not": { "condition": ▶"a" } } }' });
    expectFault('cyclic-condition', undefined, {
      'conditions.json':
        '{\n "a": { "all": [ { "condition": ▶"b" } ] },\n "b": { "any": [ { "condition": ▶"a" } ] }\n}',
    });
    expect(
      load(withConditions('{ "condition": "a" }'), { 'conditions.json': '{ "a": { "condition": "a" } }' }).faults,
    ).toHaveLength(1);
  });

  it('are checked like those of a rule', () => {
    expectFault('unknown-path', undefined, {
      'conditions.json': '{ "a": { "fact": "session", "path": ▶"$.statu", "operator": "equal", "value": "OPEN" } }',
    });
    expectFault('negation-of-absent', undefined, {
      'conditions.json': '{ "a": { "fact": "session", "path": "$.status", "operator": ▶"notEqual", "value": "OPEN" } }',
    });
    expectFault('empty-group', undefined, { 'conditions.json': '{ "a": { "all": ▶[] } }' });
    expectFault('bad-name', undefined, { 'conditions.json': `{ ▶"no blanks": ${LEAF} }` });
  });

  it('a broken conditions.json is told once, not at each rule that uses it', () => {
    expectFault('trailing-comma', withConditions('{ "condition": "held" }'), {
      'conditions.json': `{ "held": ${LEAF}▶, }`,
    });
  });
});
