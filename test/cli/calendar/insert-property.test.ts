import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { insertProperty } from '../../../src/cli/calendar/insert-property.ts';

const insert = (text: string, key: string, path: string[] = []) =>
  insertProperty(text, { path, key, value: '0', before: (other) => other > key });

describe('a property written into a file', () => {
  it.each([
    ['before the first', 'a', '{ // head\n  "a": 0,\n  // own line\n  "b": 1, // of b\n  "d": 2 // of d\n  // tail\n}'],
    ['between two', 'c', '{ // head\n  // own line\n  "b": 1, // of b\n  "c": 0,\n  "d": 2 // of d\n  // tail\n}'],
    ['after the last', 'e', '{ // head\n  // own line\n  "b": 1, // of b\n  "d": 2, // of d\n  "e": 0\n  // tail\n}'],
  ])('%s leaves each comment where it belongs', (_, key, expected) => {
    expect(insert('{ // head\n  // own line\n  "b": 1, // of b\n  "d": 2 // of d\n  // tail\n}', key)).toBe(expected);
  });

  it.each([
    ['an empty object', '{\n\t"in": {}\n}', ['in'], '{\n\t"in": {\n\t\t"k": 0\n\t}\n}'],
    [
      'an object with nothing but a comment',
      '{\n    "in": { // none\n    }\n}',
      ['in'],
      '{\n    "in": { // none\n        "k": 0\n    }\n}',
    ],
    ['an object on one line', '{ "a": { "j": 1, "l": 2 } }', ['a'], '{ "a": { "j": 1, "k": 0, "l": 2 } }'],
    ['the end of an object on one line', '{ "a": { "j": 1 } }', ['a'], '{ "a": { "j": 1, "k": 0 } }'],
    ['the lines of a file with CRLF', '{\r\n  "a": 1\r\n}\r\n', [], '{\r\n  "a": 1,\r\n  "k": 0\r\n}\r\n'],
    ['commas that lead', '{\n    "a": 1\n  , "m": 2\n}', [], '{\n    "a": 1,\n    "k": 0\n  , "m": 2\n}'],
    ['two on one line', '{\n  "a": 1, "m": 2\n}', [], '{\n  "a": 1,\n  "k": 0,\n  "m": 2\n}'],
    ['a byte order mark', '\uFEFF{\n  "a": 1\n}', [], '\uFEFF{\n  "a": 1,\n  "k": 0\n}'],
  ])('fits into %s', (_, text, path, expected) => {
    expect(insert(text, 'k', path)).toBe(expected);
  });

  it('is there, in its order, with everything that was there and every comment', () => {
    const gap = fc.constantFrom('', ' ', '\n', '\n  ', ' // note\n', '\n  // note\n  ', ' /* note */ ', '\r\n\t');
    const object = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 5 }).chain((keys) =>
      fc.array(fc.tuple(gap, gap), { minLength: keys.length + 1, maxLength: keys.length + 1 }).map((gaps) => {
        const sorted = keys.toSorted();
        const parts = sorted.map((key, index) => `${gaps[index]?.[0]}"${key}": ${index}${gaps[index]?.[1]}`);
        return { keys: sorted, text: `{${parts.join(',')}${gaps.at(-1)?.[0]}}` };
      }),
    );
    fc.assert(
      fc.property(object, fc.stringMatching(/^[a-z]{4}$/), ({ keys, text }, key) => {
        const result = insert(text, key);
        expect(Object.keys(parse(result))).toEqual([...keys, key].sort());
        expect(parse(result)).toEqual({ ...parse(text), [key]: 0 });
        expect(result.split('note').length).toBe(text.split('note').length);
      }),
      { numRuns: 300 },
    );
  });
});
