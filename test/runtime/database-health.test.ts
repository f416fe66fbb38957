import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDatabaseHealth } from '../../src/runtime/database-health.ts';
import { captureLogs } from '../support/captured-logs.ts';

const diskFull = () => Object.assign(new Error('could not extend file'), { code: '53100' });
const refused = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

describe('the health of the database', () => {
  let probe: () => Promise<void>;
  let probes: number;
  let away: number;
  let returned: number;
  let health: ReturnType<typeof createDatabaseHealth>;
  let logs: Awaited<ReturnType<typeof captureLogs>>;

  beforeEach(async () => {
    vi.useFakeTimers();
    logs = await captureLogs();
    probe = async () => undefined;
    [probes, away, returned] = [0, 0, 0];
    health = createDatabaseHealth({
      name: 'the database',
      probe: {
        ask: () => {
          probes += 1;
          return probe();
        },
        drop: () => undefined,
      },
      everyMs: 1_000,
      onAway: () => {
        away += 1;
      },
      onReturn: () => {
        returned += 1;
      },
    });
    health.start();
    await vi.advanceTimersByTimeAsync(10);
  });
  afterEach(async () => {
    const stopped = health.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    await stopped;
    await logs.stop();
    vi.useRealTimers();
  });

  test('one late answer is asked for again; two are an outage, and connections are made anew at its end', async () => {
    let late = 1;
    probe = () => (late-- > 0 ? new Promise(() => undefined) : Promise.resolve());
    await vi.advanceTimersByTimeAsync(6_000);
    expect([health.state().ok, away]).toEqual([true, 0]);
    late = 2;
    await vi.advanceTimersByTimeAsync(4_200);
    expect(away).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect([health.state().ok, away, returned]).toEqual([true, 1, 1]);
  });

  test('a statement that fails makes one failing probe enough', async () => {
    probe = async () => {
      throw refused();
    };
    health.suspect(refused());
    const before = probes;
    await vi.advanceTimersByTimeAsync(1);
    expect(probes).toBe(before + 1);
    expect(health.state()).toMatchObject({ ok: false, reason: 'nothing listens there' });
  });

  test('a disk that stays full is told once a minute, tried ever more seldom, and costs no connection', async () => {
    let tried = 0;
    for (let ms = 0; ms < 120_000; ms += 100) {
      if (health.state().ok) {
        tried += 1;
        health.suspect(diskFull());
      }
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(tried).toBeLessThan(10);
    expect([away, returned]).toEqual([0, 0]);
    const lines = logs.lines.filter((line) => line.includes('the database'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(4);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(health.state().ok).toBe(true);
  });

  test('what runs out for one statement alone stops nobody else', async () => {
    for (const code of ['53200', '53300', '53400', '40P01', '57014']) {
      health.suspect(Object.assign(new Error('no'), { code }));
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(health.state().ok).toBe(true);
  });
});
