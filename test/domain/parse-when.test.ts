import { describe, expect, it } from 'vitest';
import { parseWhen } from '../../src/domain/parse-when.ts';

const NOW = Date.parse('2026-03-02T13:00:00Z');

describe('an instant as a person writes it', () => {
  it.each([
    ['2026-03-02T10:15:00-03:00', Date.parse('2026-03-02T13:15:00Z')],
    ['2028-02-29T00:00Z', Date.parse('2028-02-29T00:00:00Z')],
    ['1772456400000', 1_772_456_400_000],
    ['-15m', NOW - 900_000],
    ['+30s', NOW + 30_000],
  ])('%s is one', (text, at) => {
    expect(parseWhen(text, NOW)).toBe(at);
  });

  it.each([
    '2026-02-30T10:00:00Z',
    '2027-02-29T00:00+00:00',
    '2026-13-01T00:00Z',
    '2026-03-02T10:15',
    '123',
    '-soon',
    '',
  ])('%s is none: no day, no offset, or nothing of the kind', (text) => {
    expect(parseWhen(text, NOW)).toBeUndefined();
  });
});
