import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/domain/json.ts';
import type { Column } from '../../../src/services/export/columns.ts';
import { csvHeader, csvRow } from '../../../src/services/export/csv.ts';

const columns: readonly Column<readonly (Json | undefined)[]>[] = [
  ['one', ([value]) => value],
  ['two', ([, value]) => value],
];

/** CSV as RFC 4180 has it, one row. */
function parseRow(text: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /^"((?:[^"]|"")*)"(,|\r\n)/.exec(text.slice(at));
    const plain = /^([^",\r\n]*)(,|\r\n)/.exec(text.slice(at));
    const [whole = '', cell = ''] = quoted ?? plain ?? [];
    if (whole === '') throw new Error(`no cell at ${at} of ${JSON.stringify(text)}`);
    cells.push(quoted === null ? cell : cell.replaceAll('""', '"'));
    at += whole.length;
  }
  return cells;
}

describe('CSV', () => {
  it('has a header, empty cells for what is absent, and JSON for objects', () => {
    expect(csvHeader(columns)).toBe('one,two\r\n');
    expect(csvRow(columns, [undefined, null])).toBe(',\r\n');
    expect(csvRow(columns, [-5, true])).toBe('-5,true\r\n');
    expect(parseRow(csvRow(columns, [{ a: 'say "x", y' }, 'z']))).toEqual(['{"a":"say \\"x\\", y"}', 'z']);
  });

  it('gives every text back, and none that a spreadsheet would compute', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('=1+1', '+5', '-x', '@x', '\tx', '\r=', 'a,"b"\r\nc'),
    );
    fc.assert(
      fc.property(text, text, (one, two) => {
        const cells = parseRow(csvRow(columns, [one, two]));
        for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
        const given = [one, two].map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell));
        expect(cells).toEqual(given);
      }),
    );
  });
});
