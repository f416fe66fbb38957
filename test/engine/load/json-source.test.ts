import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonSource } from '../../../src/engine/load/json-source.ts';

function parse(text: string) {
  const result = parseJsonSource('x.json', text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.source;
}

function faults(text: string) {
  const result = parseJsonSource('x.json', text);
  return result.ok ? [] : result.faults.map(({ line, column, code, message }) => [line, column, code, message]);
}

describe('a JSON source', () => {
  it('reads JSON with comments', () => {
    expect(parse('// why\n{ "a": [1, true, null, "x"], /* b */ "b": { "c": 0.5 } }').value).toEqual({
      a: [1, true, null, 'x'],
      b: { c: 0.5 },
    });
  });

  it('tells the line and column of a value, of its key, and of what is nearest', () => {
    const source = parse('{\n  "a": [\n    { "b": 1 }\n  ]\n}');
    expect(source.positionOf(['a', 0, 'b'], 'value')).toEqual({ line: 3, column: 12 });
    expect(source.positionOf(['a', 0, 'b'], 'key')).toEqual({ line: 3, column: 7 });
    expect(source.positionOf(['a', 0, 'missing'], 'key')).toEqual({ line: 3, column: 5 });
    expect(source.positionOf([], 'key')).toEqual({ line: 1, column: 1 });
  });

  it('tells the place within a text, stepping over escapes', () => {
    const source = parse('{ "t": "a\\n\\u00e7{{ x }}" }');
    expect(source.value).toEqual({ t: 'a\nç{{ x }}' });
    expect(source.positionInText(['t'], 3)).toEqual({ line: 1, column: 18 });
    expect(source.positionInText(['t'], 0)).toEqual({ line: 1, column: 9 });
  });

  it('counts CRLF as one line break and takes a byte order mark', () => {
    const source = parse('\uFEFF{\r\n  "a": 1\r\n}');
    expect(source.positionOf(['a'], 'value')).toEqual({ line: 2, column: 8 });
  });

  it.each([
    ['', 1, 1, 'syntax', 'the file is empty'],
    [' \n', 1, 1, 'syntax', 'the file is empty'],
    ['{ "a": 1, }', 1, 9, 'trailing-comma', 'the comma before "}" is one too many'],
    ['{ "a": "http://x", // y\n}', 1, 18, 'trailing-comma', 'the comma before "}" is one too many'],
    ['[1,]', 1, 3, 'trailing-comma', 'the comma before "]" is one too many'],
    ["{ 'a': 1 }", 1, 3, 'syntax', 'this is no JSON value'],
    ['{ "a" 1 }', 1, 7, 'syntax', '":" is expected here'],
    ['{ "a": 1\n  "b": 2 }', 2, 3, 'syntax', '"," is expected here'],
    ['{ "a": 1', 1, 9, 'syntax', '"}" is expected here'],
    ['{ "a": "x }', 1, 8, 'syntax', 'this text is not closed'],
    ['{} {}', 1, 4, 'syntax', 'the file should end here'],
    ['{ "a": 1, "a": 2 }', 1, 11, 'duplicate-key', 'the key "a" stands here a second time'],
    ['{ "__proto__": 1 }', 1, 3, 'forbidden-key', '"__proto__" cannot be a key'],
    ['{ "id": 65403000000190001 }', 1, 9, 'inexact-number', '65403000000190001 is more than a number can hold exactly'],
    ['{ "n": 1e999 }', 1, 8, 'inexact-number', '1e999 is more than a number can hold exactly'],
    [`${'['.repeat(101)}`, 1, 101, 'nested-too-deep', 'nested more than 100 levels deep'],
    [`"${'x'.repeat(262_144)}"`, 1, 1, 'file-too-large', 'the file is larger than 256 KiB'],
  ])('%.40j is refused at %i:%i: %s', (text, line, column, code, message) => {
    expect(faults(text)).toEqual([[line, column, code, message]]);
  });

  it('a hundred thousand brackets do not overflow the stack', () => {
    expect(faults('['.repeat(200_000))[0]?.[2]).toBe('nested-too-deep');
  });

  it('reads what JSON.stringify writes, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        const result = parseJsonSource('x.json', text);
        if (result.ok) expect(result.source.value).toEqual(JSON.parse(text));
        else
          expect(result.faults.every(({ code }) => code === 'inexact-number' || code === 'forbidden-key')).toBe(true);
      }),
    );
  });
});
