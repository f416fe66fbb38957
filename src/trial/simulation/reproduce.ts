import type { Rule } from '../../domain/rule.ts';
import type { RuleTest, TestStep, World } from '../../domain/test-file.ts';
import { type CompiledRuleset, compileRuleset } from '../../engine/compile.ts';
import { isOfARule } from '../carried.ts';
import { DEFAULT_START } from '../run-test.ts';
import type { SimulationCase } from './cases.ts';
import { OVER } from './dimensions.ts';
import { arrivals, type Examination, examine, type Found, statusAt } from './examine.ts';
import type { Names } from './invariants/over-chat.ts';
import type { Stage } from './run-timeline.ts';
import type { Timeline, TimelineEvent, Variant } from './timeline.ts';

/**
 * A violation as a test that can be put beside the rule: it fails as long as the violation is there. What is not needed
 * for it is left out, one thing after the other: other rules, agents and channels, events.
 */
export async function reproduce(
  found: Found,
  one: SimulationCase,
  timeline: Timeline,
  stage: Stage,
  names: Names,
): Promise<RuleTest> {
  const seek = async (events: Timeline, where: Stage) => {
    const examination = await examine(events, comparing(found), where, names);
    const again = examination.findings.find(({ invariant, ruleId }) => {
      return invariant === found.invariant && ruleId === found.ruleId;
    });
    return again === undefined ? undefined : { examination, again };
  };
  const start = startingFrom(found, timeline);
  const smaller = await firstThat(smallerStages(found, one, stage), (where) => seek(start, where));
  const where = smaller ?? stage;
  let left = start;
  for (const event of start.events.toReversed()) {
    const without = { ...left, events: left.events.filter((other) => other !== event) };
    if (without.events.length > 0 && (await seek(without, where)) !== undefined) left = without;
  }
  const early = startAtOnce(left);
  if ((await seek(early, where)) !== undefined) left = early;
  const result = await seek(left, where);
  return toTest(result ?? { examination: await examine(left, comparing(found), where, names), again: found }, {
    left,
    where,
    all: stage.ruleset,
    title: `${one.from} to ${one.to}, reply status ${one.reply}, assignee ${one.assignee}`,
  });
}

/** What came with another way of arrival is sought in that way alone, unless it is a matter of comparing the two. */
function startingFrom({ variant, invariant }: Found, timeline: Timeline): Timeline {
  if (variant === undefined || invariant === 'duplicates' || invariant === 'order') return timeline;
  return arrivals(timeline, variant)[0] ?? timeline;
}

function comparing({ variant, invariant }: Found): Variant[] {
  return variant !== undefined && (invariant === 'duplicates' || invariant === 'order') ? [variant] : [];
}

/** What is left begins at 0s. */
function startAtOnce(timeline: Timeline): Timeline {
  const idleMs = Math.min(...timeline.events.map(({ at, happenedAt }) => Math.min(at, happenedAt)));
  const events = timeline.events.map((one) => ({ ...one, at: one.at - idleMs, happenedAt: one.happenedAt - idleMs }));
  const { changeAt, endAt, untilMs } = timeline;
  return { events, changeAt: changeAt - idleMs, endAt: endAt - idleMs, untilMs: untilMs - idleMs };
}

/** The rule alone in an empty world; alone among two agents; all rules among two agents; the rule alone. */
function smallerStages({ ruleId }: Found, { setting }: SimulationCase, stage: Stage): Stage[] {
  const { world, ruleset } = stage;
  const small: World = {
    channels: (world.channels ?? []).filter(({ id }) => id === setting.channelId),
    agents: (world.agents ?? []).slice(0, 2),
  };
  const own = ruleset.rules.filter(({ id }) => id === ruleId);
  const alone = own.length === 0 ? ruleset : compileRuleset({ ...ruleset, rules: own });
  return [
    { ...stage, ruleset: alone, world: {} },
    { ...stage, ruleset: alone, world: small },
    { ...stage, world: small },
    { ...stage, ruleset: alone },
  ];
}

async function firstThat<T, R>(
  values: readonly T[],
  holds: (value: T) => Promise<R | undefined>,
): Promise<T | undefined> {
  for (const value of values) if ((await holds(value)) !== undefined) return value;
  return undefined;
}

interface TestInput {
  left: Timeline;
  where: Stage;
  all: CompiledRuleset;
  title: string;
}

function toTest(
  { examination, again }: { examination: Examination; again: Found },
  { left, where, all, title }: TestInput,
): RuleTest {
  const { start, world, ruleset } = where;
  const told = again.invariant === 'duplicates' ? (arrivals(left, 'twice')[0] ?? left) : left;
  const lastAt = Math.max(again.at - start, ...told.events.map(({ at }) => at));
  const isAlone = ruleset.rules.length < all.rules.length || all.rules.length === 1;
  return {
    name: `${again.invariant}: ${title}`.slice(0, 300),
    ...(start === Date.parse(DEFAULT_START) ? {} : { start: new Date(start).toISOString() }),
    ...(isAlone ? {} : { with: ['*'] }),
    ...(Object.keys(world).length === 0 ? {} : { world }),
    steps: [
      ...told.events.map(toStep),
      { at: toOffset(lastAt), ...toExpectations(examination, again, isRule(ruleset.rules)) },
    ],
  };
}

const isRule = (rules: readonly Rule[]) => (id: string) => rules.some((rule) => rule.id === id);

function toStep({ at, happenedAt, event }: TimelineEvent): TestStep {
  return { at: toOffset(at), ...(happenedAt === at ? {} : { happenedAt: toOffset(happenedAt) }), event };
}

/** How it should have been: as it was, but for what is wrong. */
function toExpectations(
  { run }: Examination,
  { invariant, at, wrongActions, failedActions, wrongDecisions }: Found,
  isInForce: (ruleId: string) => boolean,
): Partial<TestStep> {
  const before = run.record.filter((entry) => entry.at <= at);
  const expect = before.flatMap((entry): NonNullable<TestStep['expect']> => {
    if (entry.kind !== 'action') return [];
    const { carried } = entry;
    if (!isOfARule(carried)) return [];
    const { action, state } = carried;
    const { type } = action.spec;
    if (!isInForce(action.ruleId) || wrongActions?.has(action.id) === true) return [];
    const isDone = state === 'delivered' || failedActions?.has(action.id) === true;
    return [{ type, rule: action.ruleId, ...(isDone ? {} : { state }) }];
  });
  const decisions = before.flatMap((entry): NonNullable<TestStep['decisions']> => {
    if (entry.kind !== 'decision' || wrongDecisions?.has(entry.decision) === true) return [];
    return [{ outcome: entry.decision.outcome, rule: entry.decision.ruleId }];
  });
  switch (invariant) {
    case 'overChat':
      return { expect };
    case 'openCard':
      // One that was opened when the chat was over already should not be there; any other is resolved by then.
      return {
        cards: run.cards
          .filter(({ openedAt }) => !OVER.has(statusAt(run, openedAt) ?? ''))
          .map(({ ruleId }) => ({ state: 'resolved', rule: ruleId })),
      };
    case 'oneFiring':
    case 'stateHeld':
      return { decisions };
    case 'noError':
      return wrongDecisions === undefined ? { expect } : { decisions };
    case 'duplicates':
      return { expect, decisions };
    case 'order':
      return {};
  }
}

/** `1d2h3m4s`, as test files write a time since the start. */
export function toOffset(ms: number): string {
  let rest = Math.ceil(ms / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join('') || '0s';
}
