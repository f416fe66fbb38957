import type { Outcome, Sample } from './observe.ts';
import { DOOMED } from './soak-rules.ts';
import { slopeOf } from './statistics.ts';

/** One thing that a soak has to show. */
export interface Verdict {
  name: string;
  ok: boolean;
  /** What was found, with its bound. */
  found: string;
}

export interface Evidence {
  samples: readonly Sample[];
  outcome: Outcome;
  /** Items of requests that were answered 200. */
  acceptedItems: number;
  lostDeliveries: number;
  /** The backlog after the traffic: all zero when it was worked off in time. */
  backlog: { waitingEvents: number; openActions: number };
  /** Names of invariants that are violated, and how many were looked at. */
  invariants: { checked: number; violated: readonly string[] };
  /** Whether the run was long enough for its memory to be judged by a slope. */
  isLong: boolean;
}

/** MB a minute over the last half of a run. */
const MOST_GROWTH = 1;
/** A short run has only to show that nothing explodes, MB from its first sample to its largest. */
const MOST_SHORT_GROWTH = 150;

export function judge(evidence: Evidence): Verdict[] {
  const { outcome, backlog, invariants } = evidence;
  const { stored, repeats, rejected } = outcome.items;
  const items = stored + repeats + rejected;
  return [
    judgeMemory(evidence),
    verdict(
      'every accepted event is stored',
      items >= evidence.acceptedItems && evidence.lostDeliveries === 0,
      `${evidence.acceptedItems} items answered with 200, ${items} accounted for (${stored} events, ${repeats} repeats, ` +
        `${rejected} rejected); ${evidence.lostDeliveries} deliveries given up by the sender`,
    ),
    verdict(
      'everything is worked off',
      backlog.waitingEvents + backlog.openActions === 0,
      `${backlog.waitingEvents} events wait, ${backlog.openActions} actions are not finished`,
    ),
    judgeFailures(outcome),
    verdict(
      'finished jobs do not stay',
      outcome.overdueJobs === 0,
      `${outcome.finishedJobs} are kept, ${outcome.overdueJobs} of them longer than an hour and two rounds of maintenance`,
    ),
    verdict(
      'vigia doctor --deep finds nothing',
      invariants.checked > 0 && invariants.violated.length === 0,
      `${invariants.checked} invariants looked at, violated: ${invariants.violated.join(', ') || 'none'}`,
    ),
  ];
}

function verdict(name: string, ok: boolean, found: string): Verdict {
  return { name, ok, found };
}

/** The growth of resident memory over the last half of the samples, MB a minute. */
export function memoryGrowth(samples: readonly Sample[]): number {
  const lastHalf = samples.slice(Math.floor(samples.length / 2));
  return slopeOf(lastHalf.map(({ second, memoryMb }) => ({ x: second / 60, y: memoryMb })));
}

function judgeMemory({ samples, isLong }: Evidence): Verdict {
  const memory = samples.map(({ memoryMb }) => memoryMb);
  const [first = 0] = memory;
  const most = Math.max(...memory);
  const span = `${first.toFixed(0)} MB at first, ${most.toFixed(0)} MB at most`;
  if (!isLong) return verdict('memory stays within bounds', most - first < MOST_SHORT_GROWTH, span);
  const growth = memoryGrowth(samples);
  const found = `${growth.toFixed(2)} MB a minute over the last half (bound: ${MOST_GROWTH}); ${span}`;
  return verdict('memory does not grow', samples.length > 1 && growth < MOST_GROWTH, found);
}

/** Nothing failed but what was bound to, and all of that did. */
function judgeFailures({ failures, delivered }: Outcome): Verdict {
  const doomed: Record<string, string> = DOOMED;
  const unexpected = failures.filter(({ rule, state }) => doomed[rule] !== state);
  const spared = Object.keys(doomed).filter(
    (rule) => delivered[rule] !== undefined || !failures.some((failure) => failure.rule === rule),
  );
  const told = failures.map(({ rule, state, count }) => `${count} ${state} of ${rule}`);
  const faults = unexpected.map(
    ({ rule, state, count, reason }) => `unexpected: ${count} ${state} of ${rule} (${reason})`,
  );
  const missing = spared.map((rule) => `${rule} was to fail and did not`);
  return verdict(
    'only what was doomed failed',
    unexpected.length === 0 && spared.length === 0,
    [...told, ...faults, ...missing].join('; ') || 'nothing failed',
  );
}
