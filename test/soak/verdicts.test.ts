import { describe, expect, test } from 'vitest';
import type { Sample } from '../../soak/observe.ts';
import { parseGauges } from '../../soak/observe.ts';
import { slopeOf } from '../../soak/statistics.ts';
import { type Evidence, judge, memoryGrowth } from '../../soak/verdicts.ts';

/** Ten minutes of samples whose memory is `memoryOf(minute)`. */
function samplesOf(memoryOf: (minute: number) => number): Sample[] {
  return Array.from({ length: 121 }, (_, index) => ({
    second: index * 5,
    memoryMb: memoryOf(index / 12),
    heapMb: 50,
    waitingEvents: 0,
    waitingSeconds: 0,
    openActions: 0,
    runningHolds: 0,
  }));
}

const failure = (rule: string, state: string) => ({ rule, state, count: 2, reason: 'why' });

/** A run in which all went well. */
const GOOD: Evidence = {
  samples: samplesOf((minute) => (minute < 2 ? 280 + minute * 20 : 320 + Math.sin(minute * 9) * 10)),
  outcome: {
    items: { stored: 90, repeats: 8, rejected: 2 },
    failures: [
      failure('doomed-channel', 'refused'),
      failure('doomed-system', 'dead'),
      failure('doomed-answer', 'uncertain'),
    ],
    delivered: { held: 5 },
    finishedJobs: 10,
    overdueJobs: 0,
  },
  acceptedItems: 100,
  lostDeliveries: 0,
  backlog: { waitingEvents: 0, openActions: 0 },
  invariants: { checked: 40, violated: [] },
  isLong: true,
};

const failed = (evidence: Evidence) => judge(evidence).flatMap(({ name, ok }) => (ok ? [] : [name]));
const { outcome } = GOOD;

describe('the verdicts of a soak', () => {
  test('are all good when all went well', () => {
    expect(failed(GOOD)).toEqual([]);
  });

  test.each<[verdict: string, what: string, change: Partial<Evidence>]>([
    ['memory does not grow', 'grows steadily', { samples: samplesOf((minute) => 280 + minute * 1.2) }],
    [
      'memory stays within bounds',
      'explodes in a short run',
      { isLong: false, samples: samplesOf((minute) => 280 + minute * 90) },
    ],
    ['every accepted event is stored', 'is lost', { acceptedItems: 101 }],
    ['every accepted event is stored', 'is given up by the sender', { lostDeliveries: 1 }],
    ['everything is worked off', 'an event waits', { backlog: { waitingEvents: 1, openActions: 0 } }],
    ['everything is worked off', 'an action is open', { backlog: { waitingEvents: 0, openActions: 1 } }],
    [
      'only what was doomed failed',
      'another rule fails',
      { outcome: { ...outcome, failures: [...outcome.failures, failure('held', 'dead')] } },
    ],
    [
      'only what was doomed failed',
      'a doomed rule fails otherwise',
      { outcome: { ...outcome, failures: [...outcome.failures, failure('doomed-system', 'refused')] } },
    ],
    [
      'only what was doomed failed',
      'a doomed rule never failed',
      { outcome: { ...outcome, failures: outcome.failures.slice(1) } },
    ],
    [
      'only what was doomed failed',
      'a doomed rule delivers',
      { outcome: { ...outcome, delivered: { 'doomed-system': 1 } } },
    ],
    ['finished jobs do not stay', 'a job stays', { outcome: { ...outcome, overdueJobs: 1 } }],
    ['vigia doctor --deep finds nothing', 'an invariant is violated', { invariants: { checked: 40, violated: ['x'] } }],
    ['vigia doctor --deep finds nothing', 'nothing was looked at', { invariants: { checked: 0, violated: [] } }],
  ])('"%s" fails when what is judged %s', (name, _, change) => {
    expect(failed({ ...GOOD, ...change })).toEqual([name]);
  });

  test('look at the last half of the memory alone, whatever a start took', () => {
    expect(memoryGrowth(samplesOf((minute) => Math.min(500, 100 + minute * 100)))).toBeCloseTo(0);
    expect(memoryGrowth(samplesOf((minute) => 100 + minute * 3))).toBeCloseTo(3);
  });

  test('rest on a straight line that fits best', () => {
    expect(
      slopeOf([
        { x: 1, y: 2 },
        { x: 2, y: 5 },
        { x: 3, y: 5 },
      ]),
    ).toBeCloseTo(1.5);
    expect(slopeOf([{ x: 1, y: 2 }])).toBe(0);
  });

  test('read the backlog from /metrics, labels summed', () => {
    const text =
      '# TYPE vigia_actions_unfinished gauge\nvigia_actions_unfinished{state="queued"} 2\n' +
      'vigia_actions_unfinished{state="delivering"} 3\nvigia_inbox_events 7\nvigia_inbox_oldest_seconds 0.5\nvigia_holds_running 4\n';
    expect(parseGauges(text)).toEqual({ waitingEvents: 7, waitingSeconds: 0.5, openActions: 5, runningHolds: 4 });
  });
});
