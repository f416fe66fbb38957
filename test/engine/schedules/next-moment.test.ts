import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../../src/domain/rule.ts';
import { cronFault, lastMoment, nextMoment } from '../../../src/engine/schedules/next-moment.ts';

const cron = (line: string, zone = 'UTC'): Schedule => ({ kind: 'cron', cron: line, zone });

function momentsAfter(schedule: Schedule, after: string, count: number): string[] {
  const moments: string[] = [];
  for (let at = Date.parse(after); moments.length < count; ) {
    at = nextMoment(schedule, at) ?? Number.NaN;
    moments.push(new Date(at).toISOString().slice(0, 16));
  }
  return moments;
}

describe('moments of a schedule', () => {
  it('of an interval are its multiples counted from the epoch, whenever one begins to count', () => {
    const every: Schedule = { kind: 'interval', ms: 300_000 };
    expect(momentsAfter(every, '2026-03-02T10:01:07.123Z', 2)).toEqual(['2026-03-02T10:05', '2026-03-02T10:10']);
    expect(momentsAfter(every, '2026-03-02T10:05:00Z', 1)).toEqual(['2026-03-02T10:10']);
    expect(lastMoment(every, Date.parse('2026-03-02T10:05:00Z'))).toBe(Date.parse('2026-03-02T10:05:00Z'));
    expect(lastMoment(every, Date.parse('2026-03-02T10:09:59Z'))).toBe(Date.parse('2026-03-02T10:05:00Z'));
  });

  it('of a cron line are those of its zone', () => {
    expect(momentsAfter(cron('0 9 * * mon-fri', 'America/Sao_Paulo'), '2026-03-06T11:59:59Z', 2)).toEqual([
      '2026-03-06T12:00',
      '2026-03-09T12:00',
    ]);
    const daily = cron('0 8 * * *');
    const at = Date.parse('2026-03-02T08:00:00Z');
    expect([lastMoment(daily, at - 1), lastMoment(daily, at)]).toEqual([at - 86_400_000, at]);
  });

  // In Lisbon the clocks went from 01:00 to 02:00 on 29 March 2026, and from 02:00 back to 01:00 on 25 October.
  it('an hour that does not exist: a fixed time within it runs when it would have begun, once', () => {
    expect(momentsAfter(cron('30 1 * * *', 'Europe/Lisbon'), '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(momentsAfter(cron('*/30 * * * *', 'Europe/Lisbon'), '2026-03-29T00:10:00Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ]);
  });

  it('an hour that comes twice: a fixed time runs once, what goes on hour by hour runs in both', () => {
    expect(momentsAfter(cron('30 1 * * *', 'Europe/Lisbon'), '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(momentsAfter(cron('30 * * * *', 'Europe/Lisbon'), '2026-10-24T23:40:00Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-25T02:30',
    ]);
  });

  it('the last moment is the one after which the next comes, whatever the schedule', () => {
    const schedules = fc.oneof(
      fc.integer({ min: 5_000, max: 86_400_000 }).map((ms): Schedule => ({ kind: 'interval', ms })),
      fc
        .tuple(
          fc.constantFrom('*/7 * * * *', '30 1 * * *', '0 9,17 * * mon-fri', '5 0 1 * *', '15 */2 * * *'),
          fc.constantFrom('UTC', 'Europe/Lisbon', 'America/Sao_Paulo', 'Australia/Lord_Howe'),
        )
        .map(([line, zone]) => cron(line, zone)),
    );
    const instants = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-06-01') });
    fc.assert(
      fc.property(schedules, instants, (schedule, now) => {
        const last = lastMoment(schedule, now) ?? Number.NaN;
        const next = nextMoment(schedule, now) ?? Number.NaN;
        expect(last).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        expect(nextMoment(schedule, last)).toBe(next);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['* * * *', '61 * * * *', '* * * * * *', '@daily', 'foo', '0 9 * * mon-fry'])(
    '%s is no cron line',
    (line) => {
      expect(cronFault(line)).toMatch(/./);
    },
  );

  it.each(['*/5 * * * *', '0 9 * * mon-fri', '0 0 L * *', '30 8 1 jan *'])('%s is one', (line) => {
    expect(cronFault(line)).toBeUndefined();
  });
});
