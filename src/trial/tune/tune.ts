import type { ActionSpec } from '../../domain/action.ts';
import type { Calendar } from '../../domain/calendar.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { Rule } from '../../domain/rule.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { calendarOf } from '../../engine/hours.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { judgeHistory } from '../history/judge-history.ts';
import { createJudging, DEFAULT_FORGET_AFTER_MS, type Judged } from '../judging.ts';
import { copyRule, type Variant } from './copy-rule.ts';
import { createFiringTally, type Firings } from './firings.ts';
import { createHoldTimes, type Hold } from './hold-times.ts';
import { chooseLadder, quantile } from './ladder.ts';
import type { HoldSummary, Quantile, Threshold, TuneReport, TuneResult, Warning } from './report.ts';

/**
 * What other times of a rule would have meant: the recorded events are judged by copies of the rule, one for each
 * threshold, through the same core as the server. What a copy decides is counted and not carried out.
 */
export interface TuneOptions {
  /** Opens the events anew, in the order of their receipt: they are read twice where the durations are to choose the thresholds. */
  open: () => AsyncIterable<DeskEvent>;
  orgId: string;
  /** What is before only shows how the chats stood, epoch ms. Absent: all is counted. */
  fromAt?: number;
  /** The end of the record, epoch ms, asked for behind the last event. Absent: the last receipt. */
  untilAt?: () => number | undefined;
  /** What is known of channels beside the directory. */
  channels?: ReadonlyMap<string, KnownChannel>;
  /** Of the hours of the day. */
  zone: string;
  /** Thresholds for `for`, ms; the present one is always among them. Absent: chosen from the durations. */
  thresholdsMs?: readonly number[];
  /** The same for the delays of steps. */
  stepsMs?: readonly number[];
  onProgress?: (events: number) => void;
}

/** Longer than any record: a copy with this never fires. */
const NEVER_MS = 100 * 366 * 86_400_000;
const NEVER: Variant = { name: 'never', forMs: NEVER_MS, stepsMs: [], alone: true };
const DAY_MS = 86_400_000;
const FEW_HOLDS = 30;
const FEW_DAYS = 7;

/** Whether there is anything to try: a time that counts from the beginning of a state or from a firing. */
export function hasTimes({ trigger, steps }: Pick<Rule, 'trigger' | 'steps'>): boolean {
  return trigger.kind === 'hold' || steps.length > 0;
}

/** @returns undefined when there are no events in the stretch */
export async function tune(ruleset: Ruleset, rule: Rule, options: TuneOptions): Promise<TuneResult | undefined> {
  const looked = needsLook(rule, options) ? await run(ruleset, rule, { forMs: [], stepsMs: [] }, options) : undefined;
  const ladders = ladderOf(rule, options, looked?.holds ?? []);
  const tried = await run(ruleset, rule, ladders, options);
  return tried === undefined ? undefined : toResult(rule, tried, { zone: options.zone, clock: clockOf(ruleset, rule) });
}

/** Whether the durations have to be known before it is known what to try. */
function needsLook({ trigger, steps }: Rule, { thresholdsMs, stepsMs }: TuneOptions): boolean {
  return trigger.kind === 'hold' && (thresholdsMs === undefined || (steps.length > 0 && stepsMs === undefined));
}

interface Ladders {
  forMs: readonly number[];
  stepsMs: readonly number[];
}

function ladderOf({ trigger, steps }: Rule, { thresholdsMs, stepsMs }: TuneOptions, holds: readonly Hold[]): Ladders {
  const forMs = trigger.kind === 'hold' ? trigger.forMs : undefined;
  const lasted = durationsOf(holds);
  const afterFiring = lasted.flatMap((ms) => (ms > (forMs ?? 0) ? [ms - (forMs ?? 0)] : []));
  const present = steps.map(({ afterMs }) => afterMs);
  return {
    forMs: forMs === undefined ? [] : ladder([forMs], thresholdsMs, lasted),
    stepsMs: present.length === 0 ? [] : ladder(present, stepsMs, afterFiring),
  };
}

function ladder(present: readonly number[], given: readonly number[] | undefined, durationsMs: readonly number[]) {
  if (given === undefined) return chooseLadder(present, durationsMs);
  return [...new Set([...present, ...given])].sort((a, b) => a - b);
}

interface Run {
  events: number;
  chats: number;
  fromAt: number;
  untilAt: number;
  /** Those that had not ended before the stretch. */
  holds: Hold[];
  thresholds: { ms: number; firings: Firings }[];
  steps: { ms: number; firings: Firings }[];
}

/** One run through the events. @returns undefined when there are none in the stretch */
async function run(
  ruleset: Ruleset,
  rule: Rule,
  { forMs, stepsMs }: Ladders,
  { open, orgId, fromAt: wantedFrom, untilAt, channels = new Map(), zone, onProgress }: TuneOptions,
): Promise<Run | undefined> {
  let fromAt = wantedFrom;
  const from = () => fromAt ?? Number.NEGATIVE_INFINITY;
  const [copies, idOf] = copiesOf(ruleset, rule, { forMs, stepsMs });
  const calendar = clockOf(ruleset, rule);
  const holdTimes = createHoldTimes(idOf(NEVER.name), rule, calendar);
  const tally = (name: string, step: number) => createFiringTally({ ruleId: idOf(name), step, fromAt: from, zone });
  const thresholds = forMs.map((ms) => ({ ms, tally: tally(nameOf(ms), 0) }));
  const steps = stepsMs.map((ms, index) => ({ ms, tally: tally(STEPS, index + 1) }));
  const tallies = [holdTimes, ...thresholds.map((one) => one.tally), ...steps.map((one) => one.tally)];
  const chats = new Set<string>();
  let events = 0;
  let isFirst = true;
  const { endAt } = await judgeHistory({
    begin: (start) =>
      createJudging({
        orgId,
        ruleset: copies,
        channels: () => channels,
        start,
        online: () => undefined,
        forgetAfterMs: DEFAULT_FORGET_AFTER_MS,
      }),
    events: open(),
    ...(untilAt === undefined ? {} : { untilAt }),
    onJudged: (judged: readonly Judged[]) => {
      for (const one of tallies) one.note(judged);
    },
    onEvent: ({ receivedAt, sessionId }, count) => {
      // Where nothing is known from before the stretch, the record begins with its first event.
      if (isFirst) fromAt = Math.max(receivedAt, fromAt ?? receivedAt);
      isFirst = false;
      if (receivedAt >= from()) {
        events += 1;
        if (sessionId !== undefined) chats.add(sessionId);
      }
      onProgress?.(count);
    },
  });
  if (endAt === undefined || events === 0) return undefined;
  const endOf = ({ ms, tally }: (typeof thresholds)[number]) => ({ ms, firings: tally.end() });
  return {
    events,
    chats: chats.size,
    fromAt: from(),
    untilAt: endAt,
    holds: holdTimes.end(endAt),
    thresholds: thresholds.map(endOf),
    steps: steps.map(endOf),
  };
}

const STEPS = 'steps';

function nameOf(ms: number): string {
  return `${ms}ms`;
}

function copiesOf(ruleset: Ruleset, rule: Rule, { forMs, stepsMs }: Ladders) {
  const copies = copyRule(ruleset, rule, [
    ...(rule.trigger.kind === 'hold' ? [NEVER] : []),
    ...forMs.map((ms): Variant => ({ name: nameOf(ms), forMs: ms, stepsMs: [] })),
    ...(stepsMs.length === 0 ? [] : [{ name: STEPS, stepsMs }]),
  ]);
  return [copies.ruleset, copies.idOf] as const;
}

/** What its hold counts by; undefined: the wall clock. */
function clockOf(ruleset: Ruleset, rule: Rule): Calendar | undefined {
  return rule.clock === 'business' ? calendarOf(ruleset, rule) : undefined;
}

function toResult(rule: Rule, done: Run, { zone, clock }: { zone: string; clock: Calendar | undefined }): TuneResult {
  const { events, chats, fromAt, untilAt } = done;
  const days = (untilAt - fromAt) / DAY_MS;
  const holds = done.holds.filter(({ startedAt }) => startedAt >= fromAt);
  const { trigger, steps } = rule;
  const toThreshold =
    (present: readonly number[]) =>
    ({ ms, firings }: Run['thresholds'][number]): Threshold => ({
      ms,
      present: present.includes(ms),
      perDay: days > 0 ? round(firings.fired / days, 2) : firings.fired,
      shareOfChats: chats === 0 ? 0 : round(firings.chats / chats, 4),
      ...firings,
    });
  const report: TuneReport = {
    ruleId: rule.id,
    name: rule.name,
    mode: rule.mode,
    fromAt,
    untilAt,
    days: round(days, 2),
    zone,
    events,
    chats,
    ...(trigger.kind === 'hold' ? { holds: summarise(holds) } : {}),
    thresholds: done.thresholds
      .map(toThreshold(trigger.kind === 'hold' ? [trigger.forMs] : []))
      .map((one) => ({ ...one, reached: done.holds.filter((hold) => reaches(hold, one.ms, fromAt, clock)).length })),
    steps: done.steps.map(toThreshold(steps.map(({ afterMs }) => afterMs))),
    warnings: warningsOf(rule, holds, days),
  };
  return { report, holds };
}

/** Whether it came to `ms`, and within the stretch. What ends it at that very moment goes first. */
function reaches({ startedAt, untilAt, standing }: Hold, ms: number, fromAt: number, clock?: Calendar): boolean {
  const at = clock === undefined ? startedAt + ms : clock.addOpenTime(startedAt, ms);
  return at !== undefined && at >= fromAt && (standing ? at <= untilAt : at < untilAt);
}

function summarise(holds: readonly Hold[]): HoldSummary {
  const sorted = durationsOf(holds);
  const running = holds.filter((one) => one.running);
  const toQuantile = (share: number): Quantile | undefined => {
    const ms = quantile(sorted, share);
    return ms === undefined ? undefined : { ms, atLeast: running.some(({ lastedMs }) => lastedMs <= ms) };
  };
  const [median, p90, longest] = [toQuantile(0.5), toQuantile(0.9), toQuantile(1)];
  const ended = Map.groupBy(
    holds.filter((one) => !one.running),
    ({ endedIn = '' }) => endedIn,
  );
  return {
    count: holds.length,
    running: running.length,
    approximate: holds.filter(({ approximate }) => approximate).length,
    ...(median && { median }),
    ...(p90 && { p90 }),
    ...(longest && { longest }),
    endedIn: [...ended]
      .map(([status, own]) => ({ status, count: own.length }))
      .sort((a, b) => b.count - a.count || (a.status < b.status ? -1 : 1)),
  };
}

function durationsOf(holds: readonly Hold[]): number[] {
  return holds.map(({ lastedMs }) => lastedMs).sort((a, b) => a - b);
}

function warningsOf(rule: Rule, holds: readonly Hold[], days: number): Warning[] {
  const few = rule.trigger.kind === 'hold' && holds.length < FEW_HOLDS;
  const changes =
    rule.mode === 'live' && [...rule.actions, ...rule.steps.flatMap((step) => step.actions)].some(changesChat);
  return [
    ...(few ? (['fewHolds'] as const) : []),
    ...(days < FEW_DAYS ? (['fewDays'] as const) : []),
    ...(changes ? (['ownChanges'] as const) : []),
  ];
}

function changesChat({ type, onFailure }: ActionSpec): boolean {
  return type === 'zoho.assignSession' || type === 'zoho.setSessionStatus' || onFailure.some(changesChat);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
