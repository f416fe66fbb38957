import { Almanac, Engine, Rule as EngineRule, type TopLevelCondition } from 'json-rules-engine';
import { errorText } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { blankPersonal, isPersonalPath } from '../domain/personal.ts';
import type { Rule } from '../domain/rule.ts';
import type { Condition } from '../domain/rule-file.ts';
import { MASKED, type Trace } from '../domain/trace.ts';
import { withRuntimeNames } from './computed/rule-reads.ts';
import { type Facts, valueAt } from './facts.ts';
import { addOperators } from './operators/index.ts';

/**
 * The only place where json-rules-engine runs: as an evaluator of one rule's conditions over facts that are already
 * there. It is no validator, store or dispatcher here (it accepts nonsense silently, and one engine's overlapping
 * `run()`s skip rules). A rule that throws yields an error of its own.
 */
export type Evaluation = { ok: true; result: boolean; trace: Trace } | { ok: false; reason: string };

export interface Evaluator {
  /** @param computed queues and histories, by `runtimeName` */
  evaluate(rule: Rule, facts: Facts, now: number, computed?: ReadonlyMap<string, JsonObject>): Promise<Evaluation>;
}

/** json-rules-engine's rule with the method that its types leave out: `evaluate(almanac)` resolves to a RuleResult. */
interface EvaluableRule {
  evaluate(almanac: Almanac): Promise<{ result: boolean | null; conditions: EvaluatedCondition }>;
}

/** A condition of a RuleResult: the rule's own condition with what was met. */
interface EvaluatedCondition {
  all?: EvaluatedCondition[];
  any?: EvaluatedCondition[];
  not?: EvaluatedCondition;
  condition?: string;
  fact?: string;
  path?: string;
  operator?: string;
  value?: Json;
  result?: boolean;
  factResult?: unknown;
  valueResult?: unknown;
}

/** Present since json-rules-engine 2 and held by this module's tests. */
function toEvaluable(rule: EngineRule): EvaluableRule {
  return rule as unknown as EvaluableRule;
}

/**
 * json-rules-engine takes no comparison by itself, which a named condition may be: it goes into a group of its own.
 * Guarantee: anything else is one of all, any, not, condition.
 */
function toTopLevel(condition: Condition): TopLevelCondition {
  const named = withRuntimeNames(condition);
  return ('fact' in named ? { all: [named] } : named) as TopLevelCondition;
}

const pathResolver = (value: object, path: string): unknown => valueAt(value, path);

/** Compiles the conditions of all rules once. */
export function createEvaluator(rules: readonly Rule[], conditions: Readonly<Record<string, Condition>>): Evaluator {
  let now = 0;
  const engine = new Engine([], { allowUndefinedFacts: true });
  addOperators(engine, () => now);
  for (const [name, condition] of Object.entries(conditions)) engine.setCondition(name, toTopLevel(condition));
  const compiled = new Map<string, EvaluableRule>();
  for (const rule of rules) {
    const engineRule = new EngineRule({
      conditions: toTopLevel(rule.conditions),
      event: { type: 'matched' },
      name: rule.id,
    });
    engine.addRule(engineRule);
    compiled.set(rule.id, toEvaluable(engineRule));
  }

  async function evaluateNow(
    rule: Rule,
    facts: Facts,
    computed: ReadonlyMap<string, JsonObject> | undefined,
  ): Promise<Evaluation> {
    const almanac = new Almanac({ allowUndefinedFacts: true, pathResolver });
    for (const [name, value] of Object.entries(facts)) almanac.addRuntimeFact(name, value);
    for (const [name, value] of computed ?? []) almanac.addRuntimeFact(name, value);
    try {
      const evaluated = await compiled.get(rule.id)?.evaluate(almanac);
      if (evaluated === undefined) return { ok: false, reason: `rule ${rule.id} is not part of this ruleset` };
      const result = evaluated.result === true;
      // The engine leaves the verdict of the root to the rule's own.
      return { ok: true, result, trace: toTrace(rule.conditions, { ...evaluated.conditions, result }, conditions) };
    } catch (error) {
      return { ok: false, reason: errorText(error) };
    }
  }

  // Operators such as olderThan ask for the moment of the evaluation, and an evaluation spans several microtasks:
  // evaluations of one ruleset run one after the other, so that each sees its own `now`. They use the CPU only.
  let last: Promise<unknown> = Promise.resolve();
  return {
    evaluate(rule, facts, moment, computed) {
      const turn = last.then(() => {
        now = moment;
        return evaluateNow(rule, facts, computed);
      });
      last = turn;
      return turn;
    },
  };
}

/** The rule's own condition tree with what the evaluation met. References are opened from `named`. */
function toTrace(
  condition: Condition,
  evaluated: EvaluatedCondition | undefined,
  named: Readonly<Record<string, Condition>>,
): Trace {
  const result = evaluated?.result === undefined ? {} : { result: evaluated.result };
  if ('all' in condition) {
    return { op: 'all', ...result, of: condition.all.map((child, i) => toTrace(child, evaluated?.all?.[i], named)) };
  }
  if ('any' in condition) {
    return { op: 'any', ...result, of: condition.any.map((child, i) => toTrace(child, evaluated?.any?.[i], named)) };
  }
  if ('not' in condition) return { op: 'not', ...result, of: [toTrace(condition.not, evaluated?.not, named)] };
  if ('condition' in condition) {
    const target = named[condition.condition];
    // The engine projects the named condition onto the reference, so `evaluated` has the shape of the target.
    const met = target !== undefined && 'fact' in target ? evaluated?.all?.[0] : evaluated;
    const of = target === undefined ? [] : [toTrace(target, met, named)];
    return { op: 'condition', name: condition.condition, ...result, of };
  }
  const { fact, params, path, operator, value } = condition;
  return {
    op: 'leaf',
    fact,
    ...(params === undefined ? {} : { params: { ...params } }),
    ...(path === undefined ? {} : { path }),
    operator,
    ...shown('expected', reference(value) ?? { fact: '', path: '' }, evaluated?.valueResult ?? value),
    ...shown('actual', { fact, path: path ?? '' }, evaluated?.factResult),
    ...result,
  };
}

function reference(value: Json): { fact: string; path: string } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (typeof value['fact'] !== 'string') return undefined;
  return { fact: value['fact'], path: typeof value['path'] === 'string' ? value['path'] : '' };
}

/** An object or a list of the event may have personal values somewhere in it. */
function withoutPersonal(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? blankPersonal({ value: value as Json })['value'] : value;
}

/** Longest value a trace keeps: enough to recognise it, small enough for a row per decision. */
const MAX_SHOWN = 500;

function shown(
  name: 'expected' | 'actual',
  from: { fact: string; path: string },
  value: unknown,
): Partial<Record<'expected' | 'actual', Json>> {
  if (value === undefined) return {};
  if (from.fact === 'event' && isPersonalPath(from.path)) return { [name]: MASKED };
  const text = JSON.stringify(from.fact === 'event' ? withoutPersonal(value) : value) ?? 'null';
  return { [name]: text.length <= MAX_SHOWN ? (JSON.parse(text) as Json) : `${text.slice(0, MAX_SHOWN)}…` };
}
