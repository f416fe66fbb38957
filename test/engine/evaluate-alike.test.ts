import fc from 'fast-check';
import { Almanac, Engine, Rule as EngineRule, type RuleProperties, type TopLevelCondition } from 'json-rules-engine';
import { expect, test } from 'vitest';
import type { Condition } from '../../src/domain/rule-file.ts';
import type { Trace } from '../../src/domain/trace.ts';
import { createEvaluator } from '../../src/engine/evaluate.ts';
import { type Facts, valueAt } from '../../src/engine/facts.ts';
import { addOperators } from '../../src/engine/operators/index.ts';
import { conditionOf, facts, NAMES, named, root } from '../support/conditions.ts';
import { aRule } from '../support/rules.ts';
import { START } from '../support/timeline.ts';

/** What is there of a condition when it has been evaluated: of what was never reached, nothing. */
type Met = 'never reached' | { result: boolean; of?: Met[]; actual?: unknown; expected?: unknown };

interface Evaluated {
  all?: Evaluated[];
  any?: Evaluated[];
  not?: Evaluated;
  value?: unknown;
  result?: boolean;
  factResult?: unknown;
  valueResult?: unknown;
}

/** Judged by json-rules-engine itself: the conditions as they are written, every comparison its own. */
async function judgePlainly(
  condition: Condition,
  others: Record<string, Condition>,
  given: Facts,
): Promise<Met | string> {
  const engine = new Engine([], { allowUndefinedFacts: true });
  addOperators(engine, () => START);
  const toTopLevel = (one: Condition) => ('fact' in one ? { all: [one] } : one) as TopLevelCondition;
  for (const [name, one] of Object.entries(others)) engine.setCondition(name, toTopLevel(one));
  const rule = new EngineRule({
    conditions: toTopLevel(condition) as RuleProperties['conditions'],
    event: { type: 'matched' },
  });
  engine.addRule(rule);
  const almanac = new Almanac({ allowUndefinedFacts: true, pathResolver: (value, path) => valueAt(value, path) });
  for (const [name, value] of Object.entries(given)) almanac.addRuntimeFact(name, value);
  const evaluable = rule as unknown as {
    evaluate(almanac: Almanac): Promise<{ result: boolean | null; conditions: Evaluated }>;
  };
  try {
    const { result, conditions } = await evaluable.evaluate(almanac);
    return toMet({ ...conditions, result: result === true });
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

function toMet({ all, any, not, value, result, factResult, valueResult }: Evaluated): Met {
  if (result === undefined) return 'never reached';
  const of = all ?? any ?? (not === undefined ? undefined : [not]);
  return of === undefined
    ? { result, actual: factResult, expected: valueResult ?? value }
    : { result, of: of.map(toMet) };
}

function fromTrace(trace: Trace): Met {
  if (trace.result === undefined) return 'never reached';
  if (trace.op === 'leaf') return { result: trace.result, actual: trace.actual, expected: trace.expected };
  const [first] = trace.of;
  if (trace.op !== 'condition') return { result: trace.result, of: trace.of.map(fromTrace) };
  // A named comparison is a group of its own to json-rules-engine.
  if (first === undefined || first.op !== 'leaf') return first === undefined ? 'never reached' : fromTrace(first);
  return { result: trace.result, of: [fromTrace(first)] };
}

/** Some of its conditions with a priority, which decides what is reached. */
function prioritised(condition: Condition, priorities: readonly number[], at = { index: 0 }): Condition {
  const priority = priorities[at.index % priorities.length] ?? 0;
  at.index += 1;
  const own = priority === 0 ? {} : { priority };
  if ('all' in condition) return { ...own, all: condition.all.map((one) => prioritised(one, priorities, at)) };
  if ('any' in condition) return { ...own, any: condition.any.map((one) => prioritised(one, priorities, at)) };
  if ('not' in condition) return { ...own, not: prioritised(condition.not, priorities, at) };
  return { ...condition, ...own };
}

const priorities = fc.array(fc.constantFrom(0, 0, 1, 5, 10), { minLength: 1, maxLength: 7 });
const broken: Condition = { fact: 'session', path: '$.status', operator: 'noSuchOperator', value: 1 };
const condition = fc.oneof(
  { weight: 5, arbitrary: root },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES).map((name): Condition => ({ condition: name })) },
  { weight: 1, arbitrary: conditionOf(NAMES).map((one): Condition => ({ any: [one, broken] })) },
  { weight: 1, arbitrary: conditionOf(NAMES).map((one): Condition => ({ all: [one, { condition: 'nowhere' }] })) },
);

test('an evaluation is what json-rules-engine makes of the same conditions, in every part of it, at first and later', async () => {
  let held = 0;
  let unreached = 0;
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(
      condition,
      named,
      priorities,
      fc.array(facts, { minLength: 1, maxLength: 4 }),
      async (written, others, order, moments) => {
        const rule = aRule({ id: 'r', conditions: prioritised(written, order) });
        const prior = Object.fromEntries(Object.entries(others).map(([name, one]) => [name, prioritised(one, order)]));
        const evaluator = createEvaluator([rule], prior);
        for (const given of [...moments, ...moments]) {
          const evaluation = await evaluator.evaluate(rule, given, START);
          const plain = await judgePlainly(rule.conditions, prior, given);
          const own = evaluation.ok ? fromTrace(evaluation.trace) : evaluation.reason;
          expect(JSON.parse(JSON.stringify(own))).toEqual(JSON.parse(JSON.stringify(plain)));
          if (typeof plain === 'string') failed += 1;
          else if (JSON.stringify(plain).includes('never reached')) unreached += 1;
          if (evaluation.ok && evaluation.result) held += 1;
        }
      },
    ),
    { numRuns: 300 },
  );
  // It says something only if conditions hold, some of them are not reached, and some cannot be evaluated.
  expect(held).toBeGreaterThan(200);
  expect(unreached).toBeGreaterThan(100);
  expect(failed).toBeGreaterThan(100);
});
