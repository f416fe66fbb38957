import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimiter } from '../../../src/delivery/zoho-desk/limiter.ts';
import { never } from '../../support/deliveries.ts';

describe('the limiter', () => {
  it('never lets more run at once than it has room for, and runs everything in the order it came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 3 })), async (max, works) => {
        const limiter = createLimiter(max);
        const started: number[] = [];
        let running = 0;
        let most = 0;
        await Promise.all(
          works.map((ticks, index) =>
            limiter.run(async () => {
              started.push(index);
              running += 1;
              most = Math.max(most, running);
              for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
              running -= 1;
            }, never),
          ),
        );
        expect(most).toBeLessThanOrEqual(max);
        expect(started).toEqual(works.map((_, index) => index));
      }),
    );
  });

  it('gives the place on when the work throws', async () => {
    const limiter = createLimiter(1);
    await expect(limiter.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
    expect(await limiter.run(async () => 'next', never)).toBe('next');
  });

  it('lets who stands in line go when it is told to stop, and nobody loses a place', async () => {
    const limiter = createLimiter(1);
    let finish = () => {};
    const first = limiter.run(
      () =>
        new Promise<string>((resolve) => {
          finish = () => resolve('first');
        }),
      never,
    );
    const stop = new AbortController();
    const second = limiter.run(async () => 'second', stop.signal);
    const third = limiter.run(async () => 'third', never);
    stop.abort();
    expect(await second).toBeUndefined();
    finish();
    expect(await Promise.all([first, third])).toEqual(['first', 'third']);
    expect(await limiter.run(async () => 'late', AbortSignal.abort())).toBeUndefined();
  });
});
