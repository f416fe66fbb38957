import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../src/delivery/retry-policy.ts';

describe('retryDelayMs', () => {
  it('doubles from one second to five minutes', () => {
    const longest = (attempt: number) => retryDelayMs(attempt, () => 1);
    expect([1, 2, 3, 4, 9, 10, 50].map(longest)).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
  });

  it('stays within the upper half of its step, whatever the dice say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, dice) => {
        const longest = retryDelayMs(attempt, () => 1);
        const delay = retryDelayMs(attempt, () => dice);
        expect(delay).toBeGreaterThanOrEqual(longest / 2);
        expect(delay).toBeLessThanOrEqual(longest);
      }),
    );
  });
});
