import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toIsoTime } from '../../src/domain/iso-time.ts';

test('a time is written as Date writes it, whatever was written before', () => {
  const days = fc.integer({ min: -100_000_000, max: 99_999_999 }).map((day) => day * 86_400_000);
  const near = fc.integer({ min: -3, max: 3 }).map((day) => day * 86_400_000 + 1_772_456_400_000);
  const times = fc
    .tuple(fc.oneof(days, near), fc.oneof(fc.integer({ min: 0, max: 86_399_999 }), fc.constantFrom(0, 86_399_999, 0.5)))
    .map(([day, rest]) => day + rest);
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 20 }), (all) => {
      expect(all.map(toIsoTime)).toEqual(all.map((at) => new Date(at).toISOString()));
    }),
    { numRuns: 300 },
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])('%d is no time', (at) => {
  toIsoTime(1_772_456_400_000);
  expect(() => toIsoTime(at)).toThrow(RangeError);
});
