import { Almanac, Engine, Rule as EngineRule, type TopLevelCondition } from 'json-rules-engine';
import { errorText } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Rule } from '../domain/rule.ts';
import type { Condition } from '../domain/rule-file.ts';
import type { Trace } from '../domain/trace.ts';
import { type Comparison, compareAll, compileOutline, type Met, type Outline } from './comparisons.ts';
import type { Facts } from './facts.ts';
import { addOperators, operatorsOf } from './operators/index.ts';
import { toTrace, type Verdict } from './trace-of.ts';

/**
 * The only place where json-rules-engine runs: its operators make a rule's comparisons, and it says what follows from
 * them. It is no validator, store or dispatcher here (it accepts nonsense silently, and one engine's overlapping `run()`s
 * skip rules). A rule that throws yields an error of its own.
 *
 * What follows depends on nothing but which of the comparisons are true, so it is asked once for each such pattern, of a
 * rule in whose place of each comparison stands whether it is true; a rule meets a handful of patterns in its life. Asking it
 * anew for each event costs a clone of the whole condition tree and a promise for every node: ten to forty microseconds.
 */
export type Evaluation = { ok: true; result: boolean; readonly trace: Trace } | { ok: false; reason: string };

export interface Evaluator {
  /**
   * At once when such a pattern was met before, else soon.
   * @param computed queues and histories, by `runtimeName`
   */
  evaluate(
    rule: Rule,
    facts: Facts,
    now: number,
    computed?: ReadonlyMap<string, JsonObject>,
  ): Evaluation | Promise<Evaluation>;
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
  /** What follows, by the pattern of the comparisons. */
  known: Map<string, Verdict>;
}

/** Patterns kept of one rule. Only an odd rule meets more, and then begins again. */
const MAX_PATTERNS = 1_000;

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
      const { met, pattern } = compareAll(own.comparisons, facts, computed);
      const verdict = own.known.get(pattern);
      return verdict === undefined ? conclude(own, pattern, met) : toEvaluation(own, verdict, met);
    },
  };
}

function compileRule(
  { id, conditions }: Rule,
  named: Readonly<Record<string, Condition>>,
  engine: Engine,
): CompiledRule {
  const { outline, comparisons, logic } = compileOutline(conditions, named, operatorsOf(engine));
  const rule = new EngineRule({ conditions: toTopLevel(logic), event: { type: 'matched' }, name: id });
  engine.addRule(rule);
  return { outline, comparisons, logic: toEvaluable(rule), known: new Map() };
}

/** json-rules-engine takes no comparison by itself. Guarantee: anything else is one of all, any, not, condition. */
function toTopLevel(condition: Condition): TopLevelCondition {
  return ('fact' in condition ? { all: [condition] } : condition) as TopLevelCondition;
}

/** Asks json-rules-engine what follows from a pattern that was not met before. */
async function conclude(rule: CompiledRule, pattern: string, met: readonly Met[]): Promise<Evaluation> {
  const almanac = new Almanac();
  for (const [index, { isTrue }] of met.entries()) almanac.addRuntimeFact(String(index), isTrue);
  try {
    const { result, conditions } = await rule.logic.evaluate(almanac);
    // The engine leaves the verdict of the root to the rule's own.
    const verdict = toVerdict({ ...conditions, result: result === true });
    if (rule.known.size >= MAX_PATTERNS) rule.known.clear();
    rule.known.set(pattern, verdict);
    return toEvaluation(rule, verdict, met);
  } catch (error) {
    return { ok: false, reason: errorText(error) };
  }
}

function toVerdict({ all, any, not, result }: EvaluatedCondition): Verdict {
  const of = (all ?? any ?? (not === undefined ? [] : [not])).map(toVerdict);
  return result === undefined ? { of } : { result, of };
}

/** The trace is made when somebody looks at it: most evaluations come to nothing, and nobody does. */
function toEvaluation({ outline }: CompiledRule, verdict: Verdict, met: readonly Met[]): Evaluation {
  let trace: Trace | undefined;
  return {
    ok: true,
    result: verdict.result === true,
    get trace() {
      trace ??= toTrace(outline, verdict, met);
      return trace;
    },
  };
}
