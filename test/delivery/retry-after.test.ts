import { describe, expect, it } from 'vitest';
import { parseRetryAfterMs } from '../../src/delivery/retry-after.ts';

const NOW = Date.parse('2026-03-02T13:00:00Z');

describe('parseRetryAfterMs', () => {
  it.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['Mon, 02 Mar 2026 13:00:05 GMT', 5_000],
    ['Mon, 02 Mar 2026 12:00:00 GMT', 0],
    ['9999999', 86_400_000],
  ])('reads %j as %i ms', (header, ms) => {
    expect(parseRetryAfterMs(header, NOW)).toBe(ms);
  });

  it.each([null, undefined, '', 'soon', '-5', '1.5', '5 apples', '99999999999999'])('knows nothing of %j', (header) => {
    expect(parseRetryAfterMs(header, NOW)).toBeUndefined();
  });
});
