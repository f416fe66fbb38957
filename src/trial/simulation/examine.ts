import type { CompiledRuleset } from '../../engine/compile.ts';
import type { Finding } from './invariants/finding.ts';
import { findErrors } from './invariants/no-error.ts';
import { findRepeatedFirings } from './invariants/one-firing.ts';
import { findActionsOnOverChats, findOpenCards, type Names } from './invariants/over-chat.ts';
import { findChangesByDuplicates, findChangesByOrder } from './invariants/same-outcome.ts';
import { findFiringsAfterEnd, findFiringsWithoutState } from './invariants/state-held.ts';
import { comparisonsOf } from './named-values.ts';
import { type Run, runTimeline, type Stage } from './run-timeline.ts';
import { SESSION_ID, type Timeline, toLate, toReversed, toTogether, toTwice, type Variant } from './timeline.ts';

export interface Examination {
  run: Run;
  findings: Found[];
  /** How many timelines were run. */
  runs: number;
}

/** A finding, and the way of arrival with which it came, when not the plain one. */
export type Found = Finding & { variant?: Variant };

/** One timeline with its other ways of arrival, and every invariant that it did not keep. */
export async function examine(
  timeline: Timeline,
  variants: readonly Variant[],
  stage: Stage,
  names: Names,
): Promise<Examination> {
  const play = (one: Timeline) => runTimeline(one, stage, SESSION_ID);
  const at = stage.start + timeline.untilMs;
  const run = await play(timeline);
  const findings: Found[] = [
    ...findRepeatedFirings(run.record),
    ...findFiringsAfterEnd(run.record),
    ...(await findFiringsWithoutState({ ...run, ruleset: stage.ruleset, channels: channelsOf(stage) })),
    ...findActionsOnOverChats(run.record, (_, moment) => statusAt(run, moment), names),
    ...findOpenCards(run.cards, () => run.session?.status, names, at),
    ...findErrors(run.record),
  ];
  let runs = 1;
  for (const variant of variants) {
    const others = await Promise.all(arrivals(timeline, variant).map(play));
    runs += others.length;
    findings.push(...judgeOthers(run, others, variant, at).map((finding) => ({ ...finding, variant })));
  }
  return { run, findings, runs };
}

/** The other timelines of a variant. */
export function arrivals(timeline: Timeline, variant: Variant): Timeline[] {
  switch (variant) {
    case 'twice':
      return [toTwice(timeline)];
    case 'reversed':
      return [toReversed(timeline)];
    case 'late':
      return [toLate(timeline)];
    case 'together':
      return toTogether(timeline);
  }
}

function judgeOthers(plain: Run, others: readonly Run[], variant: Variant, at: number): Finding[] {
  const own = others.flatMap(({ record }) => [...findErrors(record), ...findRepeatedFirings(record)]);
  const [first, second] = others;
  if (first === undefined) return own;
  if (variant === 'twice') return [...own, ...findChangesByDuplicates(plain, first, at)];
  return [...own, ...findChangesByOrder(second === undefined ? plain : first, second ?? first, at)];
}

/** The chat's status at an instant, as it was known then. */
export function statusAt({ snapshots }: Run, at: number): string | undefined {
  return snapshots.findLast((one) => one.at <= at)?.session.status;
}

function channelsOf({ world }: Stage) {
  return new Map((world.channels ?? []).map(({ id, ...channel }) => [id, defined(channel)]));
}

function defined({
  name,
  departmentId,
  integration,
}: { [K in 'name' | 'departmentId' | 'integration']?: string | undefined }) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(departmentId === undefined ? {} : { departmentId }),
    ...(integration === undefined ? {} : { integration }),
  };
}

/** Which statuses the conditions of each rule name. */
export function namesStatuses({ active, conditions }: CompiledRuleset): Names {
  const named = new Map(Object.entries(conditions));
  const byRule = new Map<string, Set<string>>();
  for (const [id, rule] of active) {
    const statuses = comparisonsOf(rule, named).flatMap(({ field, values }) => {
      // When a chat ended is known of ended ones only.
      if (field === 'session.endedAt') return ['ENDED'];
      return field === 'session.status' ? values : [];
    });
    byRule.set(id, new Set(statuses));
  }
  return (ruleId, status) => byRule.get(ruleId)?.has(status) === true;
}
