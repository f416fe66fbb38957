import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComparison, type Difference } from '../../../src/trial/backtest/compare-firings.ts';
import type { Firing } from '../../../src/trial/backtest/firing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function firing(identity: string, at: number, more: Partial<Firing> = {}): Firing {
  const [subject = 's'] = identity.split('@');
  return { ruleId: 'r', subject, identity, outcome: 'fired', mode: 'live', step: 0, at, reason: 'why', ...more };
}

function compare(maxWaiting?: number) {
  const differences: Difference[] = [];
  const comparison = createComparison({
    onDifference: (difference) => differences.push(difference),
    patienceMs: DAY,
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  return { comparison, differences, kinds: () => differences.map(({ kind }) => kind).sort() };
}

describe('comparing the firings of two sides', () => {
  it('pairs those of one episode however far apart, whichever side tells first', () => {
    const { comparison, differences } = compare();
    comparison.add('before', firing('s@1', 5));
    comparison.add('after', firing('s@1', 5));
    comparison.add('after', firing('s@2', 10));
    comparison.add('before', firing('s@2', 10 + 9 * HOUR));
    comparison.end();
    expect(differences.map(({ kind }) => kind)).toEqual(['same', 'moved']);
    expect(differences[1]).toMatchObject({ byMs: -9 * HOUR });
  });

  it('takes two of one rule and chat within an hour for one that has moved, the nearest first, and no others', () => {
    const { comparison, differences, kinds } = compare();
    comparison.add('before', firing('s@1', 0));
    comparison.add('after', firing('s@2', 50 * 60_000));
    comparison.add('after', firing('s@3', 10 * 60_000));
    comparison.add('before', firing('t@1', 0));
    comparison.add('after', firing('t@2', HOUR + 1));
    comparison.end();
    expect(kinds()).toEqual(['added', 'added', 'moved', 'removed']);
    expect(differences.find(({ kind }) => kind === 'moved')).toMatchObject({ byMs: 10 * 60_000 });
  });

  it('tells why the other side did not fire, and nothing of what neither did', () => {
    const { comparison, differences } = compare();
    comparison.add('before', firing('s@1', 5));
    comparison.add('after', firing('s@1', 5, { outcome: 'limited', reason: 'too many' }));
    comparison.add('before', firing('s@2', 5, { outcome: 'closed' }));
    comparison.add('after', firing('s@2', 5, { outcome: 'expired' }));
    comparison.end();
    expect(differences).toMatchObject([{ kind: 'removed', instead: { outcome: 'limited', reason: 'too many' } }]);
  });

  it('takes what was held back for a time, and has fired then, for fired; a silence for no other reason', () => {
    const { comparison, kinds } = compare();
    comparison.add('before', firing('s@1', 5, { outcome: 'inhibited' }));
    comparison.add('before', firing('s@1', 9, { reason: 'why; held back by silence 1 of x until y' }));
    comparison.add('after', firing('s@1', 9));
    comparison.end();
    expect(kinds()).toEqual(['same']);
  });

  it('does not move the ticks of a rule that goes by the clock', () => {
    const { comparison, kinds } = compare();
    comparison.add('before', firing('desk@1', 0));
    comparison.add('after', firing('desk@2', 60_000));
    comparison.end();
    expect(kinds()).toEqual(['added', 'removed']);
  });

  it('tells of what can find no partner any more while it goes on, and keeps no more than it may', () => {
    const { comparison, differences } = compare(100);
    comparison.add('after', firing('s@1', 0));
    for (const side of ['before', 'after'] as const) comparison.passed(side, DAY);
    expect(differences).toHaveLength(0);
    for (const side of ['before', 'after'] as const) comparison.passed(side, 3 * DAY);
    expect(differences).toHaveLength(1);
    for (let n = 0; n < 1_000; n += 1) comparison.add('after', firing(`c${n}@1`, 3 * DAY + n));
    expect(comparison.givenUp).toBe(900);
    comparison.end();
    expect(differences).toHaveLength(1_001);
  });

  it('counts every firing of either side exactly once, in whatever order they come', () => {
    const one = fc.record({
      side: fc.constantFrom('before' as const, 'after' as const),
      subject: fc.constantFrom('a', 'b', 'desk'),
      start: fc.nat({ max: 3 }),
      at: fc.nat({ max: 5 }).map((n) => n * 40 * 60_000),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (all, maxWaiting) => {
        const { comparison, differences } = compare(maxWaiting);
        // A side tells of an episode once.
        const told = new Map(all.map((each) => [`${each.side} ${each.subject}@${each.start}`, each]));
        for (const { side, subject, start, at } of told.values()) {
          comparison.add(side, firing(`${subject}@${start}`, at));
          comparison.passed(side, at);
        }
        comparison.end();
        for (const side of ['before', 'after'] as const) {
          const counted = differences.flatMap((difference) => {
            const found = side in difference ? difference[side as never] : undefined;
            return found === undefined ? [] : [(found as Firing).identity];
          });
          const expected = [...told.values()].filter((each) => each.side === side);
          expect(counted.sort()).toEqual(expected.map(({ subject, start }) => `${subject}@${start}`).sort());
        }
      }),
    );
  });
});
