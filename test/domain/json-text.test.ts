import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonText, toStorable } from '../../src/domain/json-text.ts';

describe('parseJsonText', () => {
  it('keeps every digit of ids that a number cannot hold, at any depth, and leaves the rest alone', () => {
    const text =
      '{"id":65403000000038063123,"list":[9007199254740993,1,2.5,1e3],"text":"65403000000038063123","n":-9007199254740993}';
    expect(parseJsonText(text)?.value).toEqual({
      id: '65403000000038063123',
      list: ['9007199254740993', 1, 2.5, 1000],
      text: '65403000000038063123',
      n: '-9007199254740993',
    });
  });

  it('agrees with JSON.parse on everything else, and answers undefined for what is no JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text));
        const expected: unknown = JSON.parse(text);
        expect(parseJsonText(text)).toEqual({ value: expected });
      }),
    );
    for (const text of ['', '<html>', '{"a":', '[12345678901234567890']) expect(parseJsonText(text)).toBeUndefined();
  });
});

describe('toStorable', () => {
  it('replaces what jsonb refuses, in texts and keys, and leaves the rest alone', () => {
    expect(toStorable({ 'a\0': ['x\0y', '\ud800', 1, null, true] })).toEqual({
      'a\ufffd': ['x\ufffdy', '\ufffd', 1, null, true],
    });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u0000') && text.isWellFormed() && !/\\ud[89a-f]/i.test(text));
        expect(JSON.stringify(toStorable(value))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
