import { ZenEngine } from '@gorules/zen-engine';
import { LogicEngine } from 'json-logic-engine';
import { Engine, type RuleProperties } from 'json-rules-engine';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { valueAt } from '../../src/engine/facts.ts';
import type { Leaf } from './rule-sets.ts';

/**
 * The same rules in the engines that one would take otherwise, each in the form that suits it. Each resolves to how many
 * rules matched; none makes a trace, which Vigia does.
 */
export type Judge = () => Promise<number>;

type Facts = Record<string, unknown>;

/** json-rules-engine with all rules; `dotted` with our resolver of paths instead of its JSONPath. */
export function judgeByJsonRules({ rules }: CompiledRuleset, facts: Facts, dotted: boolean): Judge {
  const pathResolver = (value: object, path: string): unknown => valueAt(value, path);
  const engine = new Engine([], { allowUndefinedFacts: true, ...(dotted ? { pathResolver } : {}) });
  for (const { id, conditions } of rules) {
    engine.addRule({ name: id, conditions: conditions as RuleProperties['conditions'], event: { type: 'matched' } });
  }
  return async () => (await engine.run({ ...facts })).results.length;
}

/** zen-engine: one decision table, a row per rule, of which all that match are collected. */
export function judgeByZen(rules: readonly Leaf[][], facts: Facts): Judge {
  const columns = [...new Set(rules.flat().map(fieldOf))];
  const table = {
    hitPolicy: 'collect',
    inputs: columns.map((field) => ({ id: field, name: field, field })),
    outputs: [{ id: 'rule', name: 'rule', field: 'rule' }],
    rules: rules.map((leaves, index) => ({
      _id: String(index),
      ...Object.fromEntries(columns.map((field) => [field, toCell(leaves.find((leaf) => fieldOf(leaf) === field))])),
      rule: String(index),
    })),
  };
  const node = (id: string, type: string, content?: object) => ({
    id,
    name: id,
    type,
    position: { x: 0, y: 0 },
    ...(content === undefined ? {} : { content }),
  });
  const decision = new ZenEngine().createDecision({
    contentType: 'application/vnd.gorules.decision',
    nodes: [node('in', 'inputNode'), node('table', 'decisionTableNode', table), node('out', 'outputNode')],
    edges: [
      { id: 'a', type: 'edge', sourceId: 'in', targetId: 'table' },
      { id: 'b', type: 'edge', sourceId: 'table', targetId: 'out' },
    ],
  });
  return async () => (await decision.evaluate(facts)).result.length;
}

/** json-logic-engine: each rule compiled to a function. */
export function judgeByJsonLogic(rules: readonly Leaf[][], facts: Facts): Judge {
  const engine = new LogicEngine();
  const compiled = rules.map((leaves) => engine.build({ and: leaves.map(toLogic) }));
  return async () => compiled.reduce((count, rule) => count + (rule(facts) === true ? 1 : 0), 0);
}

function fieldOf({ fact, path }: Leaf): string {
  return `${fact}${path.slice(1)}`;
}

/** A cell that is empty fits everything. */
function toCell(leaf: Leaf | undefined): string {
  if (leaf === undefined) return '';
  const { operator, value } = leaf;
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(one)).join(', ');
  if (operator === 'greaterThan') return `> ${value}`;
  if (operator === 'greaterThanInclusive') return `>= ${value}`;
  return JSON.stringify(value);
}

function toLogic(leaf: Leaf): object {
  const field = { var: fieldOf(leaf) };
  switch (leaf.operator) {
    case 'in':
      return { in: [field, leaf.value] };
    case 'greaterThan':
      return { '>': [field, leaf.value] };
    case 'greaterThanInclusive':
      return { '>=': [field, leaf.value] };
    default:
      return { '===': [field, leaf.value] };
  }
}
