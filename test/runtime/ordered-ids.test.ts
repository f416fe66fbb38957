import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOrderedIds } from '../../src/runtime/ordered-ids.ts';

test('ids sort in the order of their making, whatever the clock does, and are UUIDs of version 7', () => {
  const tick = fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -50, max: 50 }) },
  );
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 200 }), (ticks) => {
      let now = Date.parse('2026-03-02T13:00:00Z');
      const nextId = createOrderedIds(() => now);
      const ids = ticks.map((ms) => {
        now += ms;
        return nextId();
      });
      expect([...ids].sort()).toEqual(ids);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

test('more ids in one millisecond than the counter has room for stay in order', () => {
  const nextId = createOrderedIds(() => 1_000);
  const ids = Array.from({ length: 10_000 }, nextId);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(10_000);
});
