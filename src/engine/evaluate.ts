import { Almanac, Engine, Rule as EngineRule, type TopLevelCondition } from 'json-rules-engine';
import { errorText } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Rule } from '../domain/rule.ts';
import type { Condition } from '../domain/rule-file.ts';
import type { Trace } from '../domain/trace.ts';
import { type Comparison, compare, compileOutline, type FactSource, type Outline } from './comparisons.ts';
import type { Facts } from './facts.ts';
import { addOperators, operatorsOf } from './operators/index.ts';
import { toTrace, type Verdict } from './trace-of.ts';

/**
 * The only place where json-rules-engine runs: its operators make a rule's comparisons, and it says what follows from
 * them. It is no validator, store or dispatcher here (it accepts nonsense silently, and one engine's overlapping `run()`s
 * skip rules). A rule that throws yields an error of its own.
 *
 * What follows depends on nothing but which of the comparisons are true, so it is asked once for each such pattern, of a
 * rule that has in place of each comparison whether it is true; a rule meets a handful of patterns in its life. To ask anew
 * for each event would cost a clone of the whole condition tree and a promise for every node, ten to forty microseconds.
 */
export type Evaluation = { ok: true; result: boolean; readonly trace: Trace } | { ok: false; reason: string };

export interface Evaluator {
  /**
   * At once where the pattern was met before, else soon; then it has been learned.
   * @param computed queues and histories, by `runtimeName`
   */
  evaluate(
    rule: Rule,
    facts: Facts,
    now: number,
    computed?: ReadonlyMap<string, JsonObject>,
  ): Evaluation | Promise<Evaluation>;
}

/** Thrown where judging, which waits for nothing, meets an evaluation that is still to be learned: it is done anew then. */
export class StillLearning extends Error {
  readonly learning: Promise<unknown>;
  constructor(learning: Promise<unknown>) {
    super('an evaluation is still to be learned');
    this.learning = learning;
  }
}

/** The same evaluator, whose answers go through `see`: once more where one had to be learned first. */
export function watchEvaluator(
  evaluator: Evaluator,
  see: (evaluation: Evaluation, rule: Rule, facts: Facts, now: number) => Evaluation,
): Evaluator {
  return {
    evaluate(rule, facts, now, computed) {
      const evaluation = evaluator.evaluate(rule, facts, now, computed);
      if (evaluation instanceof Promise) return evaluation.then((one) => see(one, rule, facts, now));
      return see(evaluation, rule, facts, now);
    },
  };
}

/** json-rules-engine's rule with the method that its types leave out: `evaluate(almanac)` resolves to a RuleResult. */
interface EvaluableRule {
  evaluate(almanac: Almanac): Promise<{ result: boolean | null; conditions: EvaluatedCondition }>;
}

/** A condition of a RuleResult: the rule's own condition with what came of it. */
interface EvaluatedCondition {
  all?: EvaluatedCondition[];
  any?: EvaluatedCondition[];
  not?: EvaluatedCondition;
  result?: boolean;
}

/** Present since json-rules-engine 2 and held by this module's tests. */
function toEvaluable(rule: EngineRule): EvaluableRule {
  return rule as unknown as EvaluableRule;
}

interface CompiledRule {
  outline: Outline;
  comparisons: readonly Comparison[];
  logic: EvaluableRule;
  patterns: Branch;
  /** How many patterns there are. */
  size: number;
}

/** What followed from the comparisons that led here, each true or false; at the end of a pattern, once it was asked. */
interface Branch {
  yes?: Branch;
  no?: Branch;
  conclusion?: Verdict | { failure: string };
}

/** Patterns kept of one rule. Only an odd rule meets more, and then begins again. */
const MAX_PATTERNS = 10_000;

/** Compiles the conditions of all rules once. */
export function createEvaluator(rules: readonly Rule[], conditions: Readonly<Record<string, Condition>>): Evaluator {
  let now = 0;
  const engine = new Engine();
  addOperators(engine, () => now);
  const compiled = new Map(rules.map((rule) => [rule.id, compileRule(rule, conditions, engine)]));

  return {
    evaluate(rule, facts, moment, computed) {
      const own = compiled.get(rule.id);
      if (own === undefined) return { ok: false, reason: `rule ${rule.id} is not part of this ruleset` };
      // Comparisons are made without a pause, so each evaluation sees its own moment, however many are under way.
      now = moment;
      const source: FactSource = { facts, computed };
      let branch = own.patterns;
      for (const comparison of own.comparisons) branch = step(branch, compare(comparison, source));
      if (branch.conclusion !== undefined) return toEvaluation(own, branch.conclusion, source);
      const verdicts = own.comparisons.map((comparison) => compare(comparison, source));
      return learn(own, branch, verdicts).then((conclusion) => toEvaluation(own, conclusion, source));
    },
  };
}

function step(branch: Branch, isTrue: boolean): Branch {
  if (isTrue) {
    branch.yes ??= {};
    return branch.yes;
  }
  branch.no ??= {};
  return branch.no;
}

function compileRule(
  { id, conditions }: Rule,
  named: Readonly<Record<string, Condition>>,
  engine: Engine,
): CompiledRule {
  const { outline, comparisons, logic } = compileOutline(conditions, named, operatorsOf(engine));
  const rule = new EngineRule({ conditions: toTopLevel(logic), event: { type: 'matched' }, name: id });
  engine.addRule(rule);
  return { outline, comparisons, logic: toEvaluable(rule), patterns: {}, size: 0 };
}

/** json-rules-engine takes no comparison by itself. Guarantee: anything else is one of all, any, not, condition. */
function toTopLevel(condition: Condition): TopLevelCondition {
  return ('fact' in condition ? { all: [condition] } : condition) as TopLevelCondition;
}

/** Asks json-rules-engine what follows from a pattern that was not met before. */
async function learn(
  rule: CompiledRule,
  branch: Branch,
  verdicts: readonly boolean[],
): Promise<NonNullable<Branch['conclusion']>> {
  const conclusion = await conclude(rule, verdicts);
  branch.conclusion = conclusion;
  rule.size += 1;
  if (rule.size > MAX_PATTERNS) Object.assign(rule, { patterns: {}, size: 0 });
  return conclusion;
}

async function conclude({ logic }: CompiledRule, verdicts: readonly boolean[]): Promise<Verdict | { failure: string }> {
  const almanac = new Almanac();
  for (const [index, isTrue] of verdicts.entries()) almanac.addRuntimeFact(String(index), isTrue);
  try {
    const { result, conditions } = await logic.evaluate(almanac);
    // The engine leaves the verdict of the root to the rule's own.
    return toVerdict({ ...conditions, result: result === true });
  } catch (error) {
    return { failure: errorText(error) };
  }
}

function toVerdict({ all, any, not, result }: EvaluatedCondition): Verdict {
  const of = (all ?? any ?? (not === undefined ? [] : [not])).map(toVerdict);
  return result === undefined ? { of } : { result, of };
}

function toEvaluation(
  { outline }: CompiledRule,
  conclusion: NonNullable<Branch['conclusion']>,
  source: FactSource,
): Evaluation {
  if ('failure' in conclusion) return { ok: false, reason: conclusion.failure };
  return new Concluded(outline, conclusion, source);
}

/** The trace is made when somebody looks at it: most evaluations come to nothing, and nobody does. */
class Concluded {
  readonly ok = true;
  readonly result: boolean;
  readonly #outline: Outline;
  readonly #verdict: Verdict;
  readonly #source: FactSource;
  #trace: Trace | undefined;

  constructor(outline: Outline, verdict: Verdict, source: FactSource) {
    this.result = verdict.result === true;
    this.#outline = outline;
    this.#verdict = verdict;
    this.#source = source;
  }

  get trace(): Trace {
    this.#trace ??= toTrace(this.#outline, this.#verdict, this.#source);
    return this.#trace;
  }
}
