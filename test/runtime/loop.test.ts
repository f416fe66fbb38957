import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Loop, startLoop } from '../../src/runtime/loop.ts';
import { DatabaseAwayError } from '../../src/store/database-fault.ts';
import { captureLogs } from '../support/captured-logs.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a loop', () => {
  let loops: Loop[];
  let logs: Awaited<ReturnType<typeof captureLogs>>;
  beforeEach(async () => {
    loops = [];
    logs = await captureLogs();
  });
  afterEach(async () => {
    for (const loop of loops) await loop.stop();
    await logs.stop();
  });

  function start(pass: (signal: AbortSignal) => Promise<number>): Loop {
    const loop = startLoop({ name: 'tested', pass });
    loops.push(loop);
    return loop;
  }

  async function until(holds: () => boolean, ms = 5_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`not so within ${ms} ms`);
      await sleep(5);
    }
  }

  test('rests between its passes, and a wake ends the rest', async () => {
    let passes = 0;
    const loop = start(async () => {
      passes += 1;
      return 60_000;
    });
    await until(() => passes === 1);
    await sleep(50);
    expect(passes).toBe(1);
    loop.wake();
    await until(() => passes === 2);
    await sleep(50);
    expect(passes).toBe(2);
  });

  test('does not lose a wake that comes during a pass, and takes several as one', async () => {
    let passes = 0;
    let endPass: () => void = () => undefined;
    const loop = start(async () => {
      passes += 1;
      if (passes === 1) await new Promise<void>((resolve) => (endPass = resolve));
      return 60_000;
    });
    await until(() => passes === 1);
    loop.wake();
    loop.wake();
    endPass();
    await until(() => passes === 2);
    await sleep(50);
    expect(passes).toBe(2);
  });

  test('goes on at once while a pass asks for no rest, and lets other work have its turn', async () => {
    let passes = 0;
    start(async () => {
      passes += 1;
      return passes < 1_000 ? 0 : 60_000;
    });
    await sleep(0);
    expect(passes).toBeLessThan(1_000);
    await until(() => passes === 1_000);
  });

  test('never runs two passes at once', async () => {
    let running = 0;
    let most = 0;
    let passes = 0;
    const loop = start(async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(5);
      running -= 1;
      passes += 1;
      return 1;
    });
    for (let wakes = 0; wakes < 20; wakes += 1) {
      loop.wake();
      await sleep(3);
    }
    await until(() => passes > 5);
    expect(most).toBe(1);
  });

  test('tries a failing pass again after a pause that grows, says so, and recovers', async () => {
    const startedAt: number[] = [];
    let mended = false;
    const loop = start(async () => {
      startedAt.push(performance.now());
      if (!mended) throw new Error('the database is away');
      return 60_000;
    });
    await until(() => startedAt.length === 3);
    const [first = 0, second = 0, third = 0] = startedAt;
    expect(second - first).toBeGreaterThan(450);
    expect(third - second).toBeGreaterThan(1.5 * (second - first));
    expect(logs.lines.filter((line) => line.includes('the database is away'))).toHaveLength(3);
    expect(logs.lines[0]).toContain('tested');
    mended = true;
    loop.wake();
    await until(() => startedAt.length === 4, 1_000);
    await sleep(50);
    expect(startedAt).toHaveLength(4);
  });

  test('looks again every half second while the database is away, and says so once', async () => {
    let passes = 0;
    start(async () => {
      passes += 1;
      throw new DatabaseAwayError('The database is away: it does not answer.');
    });
    await until(() => passes === 5, 10_000);
    expect(logs.lines.filter((line) => line.includes('it does not answer'))).toHaveLength(1);
  });

  test('is not hurried by what woke it while it failed', async () => {
    let passes = 0;
    let loop: Loop | undefined;
    loop = start(async () => {
      passes += 1;
      await sleep(1);
      loop?.wake();
      throw new Error('no');
    });
    await sleep(200);
    expect(passes).toBe(1);
  });

  test('ends after the pass under way, which is told, and rests no more', async () => {
    let told = false;
    let ended = false;
    const loop = start(async (signal) => {
      signal.addEventListener('abort', () => {
        told = true;
      });
      await sleep(50);
      ended = true;
      return 60_000;
    });
    await loop.stop();
    expect([told, ended]).toEqual([true, true]);
    ended = false;
    loop.wake();
    await sleep(80);
    expect(ended).toBe(false);
  });

  test('ends at once while it rests', async () => {
    let passes = 0;
    const loop = start(async () => {
      passes += 1;
      return 60_000;
    });
    await until(() => passes === 1);
    const startedAt = performance.now();
    await loop.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
