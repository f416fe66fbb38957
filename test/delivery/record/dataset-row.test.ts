import { describe, expect, it } from 'vitest';
import { toDatasetRow } from '../../../src/delivery/record/dataset-row.ts';

describe('toDatasetRow', () => {
  it('keeps the types of values; a text that rendered to nothing is null, a long one is cut', () => {
    const fields = { status: 'ENDED', holds: 2, late: false, contact: '', agent: null, note: 'x'.repeat(5_000) };
    const result = toDatasetRow({ dataset: 'ended-chats', fields });
    expect(result).toEqual({
      ok: true,
      row: {
        dataset: 'ended-chats',
        fields: { status: 'ENDED', holds: 2, late: false, contact: null, agent: null, note: `${'x'.repeat(3_999)}…` },
      },
    });
  });

  it('is not led astray by names that objects have already', () => {
    const fields = JSON.parse('{"__proto__": "x", "constructor": 1}');
    const result = toDatasetRow({ dataset: 'd', fields });
    expect(result.ok && Object.keys(result.row.fields)).toEqual(['constructor']);
  });

  it.each([
    [{ dataset: '../etc', fields: { a: 1 } }, 'dataset must be a name'],
    [{ dataset: 'x'.repeat(65), fields: { a: 1 } }, 'dataset must be a name'],
    [{ dataset: 'd', fields: {} }, 'empty'],
    [{ dataset: 'd' }, 'fields are missing'],
    [{ dataset: 'd', fields: { a: [1] } }, 'fields.a is not a plain value'],
    [{ dataset: 'd', fields: { ['n'.repeat(101)]: 1 } }, 'over 100 characters'],
    [{ dataset: 'd', fields: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}`, i])) }, 'over 100'],
  ])('refuses %j with the reason', (params, reason) => {
    expect(toDatasetRow(params)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});
