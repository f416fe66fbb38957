import type { Engine } from 'json-rules-engine';
import { createDecorators } from './decorators.ts';
import { createOperators } from './operators.ts';

/** Gives an engine the operators and decorators of the rule language, in place of its own of the same names. */
export function addOperators(engine: Engine, now: () => number): void {
  for (const operator of createOperators(now)) engine.addOperator(operator);
  for (const decorator of createDecorators()) engine.addOperatorDecorator(decorator);
}

/** json-rules-engine's operators by name, decorated where the name says so. */
export interface OperatorMap {
  get(name: string): { evaluate(met: unknown, wanted: unknown): boolean } | null;
}

/** They are there since json-rules-engine 7, whose types leave them out; held by the tests of the evaluator. */
export function operatorsOf(engine: Engine): OperatorMap {
  return (engine as unknown as { operators: OperatorMap }).operators;
}
