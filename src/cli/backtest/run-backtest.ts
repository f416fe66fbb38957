import { findName } from '../../domain/directory.ts';
import { AppError } from '../../domain/errors.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { findBlindSpots } from '../../trial/backtest/blind-spots.ts';
import { createComparison } from '../../trial/backtest/compare-firings.ts';
import type { LineCounts, Progress } from '../../trial/backtest/read-lines.ts';
import type { BacktestReport, Compared } from '../../trial/backtest/report.ts';
import type { RulesetLoad } from '../../trial/backtest/run-ruleset.ts';
import { createTallies } from '../../trial/backtest/tally.ts';
import { measurePatience } from '../../trial/simulation/patience.ts';
import type { Piece } from '../history/read-pieces.ts';
import { type RulesetThread, startRulesetThread } from './ruleset-thread.ts';

/** A rules folder, loaded: what a thread gets, and what the report says of it. */
export interface LoadedRules {
  dir: string;
  files: ReadonlyMap<string, string>;
  ruleset: CompiledRuleset;
}

export interface BacktestInput {
  after: LoadedRules;
  /** Absent: what was recorded. */
  before?: LoadedRules;
  pieces: AsyncIterable<Piece>;
  /** Epoch ms; infinite where there is no bound. */
  range: { from: number; since: number; until: number };
  zone: string;
  hourOf: (at: number) => number;
  cardBudget: number;
  /** Of each rule and kind of difference. */
  maxExamples: number;
  onProgress?: (events: number, part: number | undefined) => void;
}

const DAY_MS = 86_400_000;

/**
 * Each ruleset in a thread of its own, both over all events: limits across chats and computed facts stay exact. This
 * thread reads, hands on, and compares what the others decide, as it comes.
 * @throws AppError when there is no event at all, or a history is not whole
 */
export async function runBacktest(input: BacktestInput): Promise<BacktestReport> {
  const { after, before, pieces, range, cardBudget, hourOf, maxExamples, onProgress } = input;
  const tallies = createTallies({ hourOf, maxExamples });
  const comparison = createComparison({
    onDifference: tallies.add,
    patienceMs: DAY_MS + Math.max(...[after, before].map((rules) => patienceOf(rules, range.since))),
  });
  const setup = { cardBudget, ...range };
  let counts: LineCounts | undefined;
  let presentAt: number | undefined;
  const threads: RulesetThread[] = [
    startRulesetThread({ ...setup, files: after.files, tellsRecorded: before === undefined }, (progress) => {
      counts = progress.counts;
      presentAt = progress.now;
      hear('after', progress);
      if (before === undefined) {
        for (const firing of progress.before) comparison.add('before', firing);
        if (progress.now !== undefined) comparison.passed('before', progress.now);
      }
    }),
  ];
  if (before !== undefined) {
    threads.push(
      startRulesetThread({ ...setup, files: before.files, tellsRecorded: false }, (progress) =>
        hear('before', progress),
      ),
    );
  }

  function hear(side: 'before' | 'after', progress: Progress): void {
    for (const firing of progress.after) comparison.add(side, firing);
    if (progress.now !== undefined) comparison.passed(side, progress.now);
  }

  try {
    for await (const { bytes, part } of pieces) {
      await Promise.all(threads.map((thread) => thread.give(bytes)));
      onProgress?.((counts?.judged ?? 0) + (counts?.warmUp ?? 0), part ?? partOf(presentAt, range, counts));
    }
    const until = Number.isFinite(range.until) ? range.until : undefined;
    const [afterEnd, beforeEnd] = await Promise.all(threads.map((thread) => thread.end(until)));
    comparison.end();
    if (counts === undefined || afterEnd?.load === undefined || counts.firstAt === undefined)
      throw nothingFound(counts);
    const load: BacktestReport['load'] = { after: afterEnd.load };
    if (beforeEnd?.load !== undefined) load.before = beforeEnd.load;
    const now = afterEnd.progress.now ?? range.until;
    return toReport(input, { counts, load, now }, tallies, comparison.givenUp);
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
  }
}

/** How far time has come, where both ends of the stretch are known. */
function partOf(
  at: number | undefined,
  range: BacktestInput['range'],
  counts: LineCounts | undefined,
): number | undefined {
  const from = Number.isFinite(range.from) ? range.from : counts?.firstAt;
  const until = Number.isFinite(range.until) ? range.until : counts?.endsAt;
  return at === undefined || from === undefined || until === undefined || until <= from
    ? undefined
    : Math.min(1, Math.max(0, (at - from) / (until - from)));
}

function patienceOf(rules: LoadedRules | undefined, since: number): number {
  if (rules === undefined) return 0;
  return measurePatience(rules.ruleset, Number.isFinite(since) ? [since] : []).stayMs;
}

function nothingFound(counts: LineCounts | undefined): AppError {
  const [first] = counts?.faults ?? [];
  if (first !== undefined) {
    return new AppError('bad_request', `no event could be read: line ${first.line}: ${first.reason}`, {
      remedy: 'One event per line (JSON Lines); docs/backtest.md tells how to export them.',
    });
  }
  return new AppError('not_found', 'no event was found in that stretch of time', {
    remedy: 'Give an earlier --since, or a file of recorded events with --events.',
  });
}

function toReport(
  { after, before, range, zone }: BacktestInput,
  { counts, load, now }: { counts: LineCounts; load: { before?: RulesetLoad; after: RulesetLoad }; now: number },
  tallies: ReturnType<typeof createTallies>,
  givenUp: number,
): BacktestReport {
  const { firstAt, firstCountedAt, hashes, endsAt: _, channelNames, ...events } = counts;
  const from = firstAt ?? range.from;
  const compared = tallies.rules().map((one) => {
    const rule = after.ruleset.rules.find(({ id }) => id === one.ruleId);
    const known = rule ?? before?.ruleset.rules.find(({ id }) => id === one.ruleId);
    return { ...one, name: known?.name ?? one.ruleId, ...(rule === undefined ? {} : { mode: rule.mode }) };
  });
  const ids = new Set([
    ...compared.flatMap(({ channels, agents }) => [...channels, ...agents].map(({ id }) => id)),
    ...[load.before, load.after].flatMap((one) =>
      one === undefined ? [] : [...one.reassignments.takenFrom, ...one.reassignments.givenTo].map(({ name }) => name),
    ),
  ]);
  const names = [...ids].flatMap((id): [string, string][] => {
    const name = findName(after.ruleset.directory, id) ?? channelNames[id];
    return name === undefined ? [] : [[id, name]];
  });
  return {
    range: {
      from,
      since: Number.isFinite(range.since) ? range.since : (firstCountedAt ?? from),
      until: Number.isFinite(range.until) ? range.until : now,
      zone,
    },
    events,
    before: before === undefined ? { kind: 'recorded', hashes } : toCompared(before),
    after: toCompared(after),
    rules: compared,
    newAlerts: tallies.newAlerts(),
    load,
    blindSpots: findBlindSpots(after.ruleset),
    names: Object.fromEntries(names),
    givenUp,
  };
}

function toCompared({ dir, ruleset: { hash, active } }: LoadedRules): Extract<Compared, { kind: 'rules' }> {
  return { kind: 'rules', hash, dir, rules: active.size };
}
